"""Writes the files of a new unit from templates, and never over what is there."""

import keyword
import re
from pathlib import Path
from string import Template
from typing import Final, Literal, get_args

from sluicegate.domain.errors import Conflict, InvalidInput

Kind = Literal["agent", "graph", "policy", "suite"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
NAME_CHARS_MAX: Final = 40

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
_NAME: Final = re.compile(rf"[a-z][a-z0-9_]{{1,{NAME_CHARS_MAX - 1}}}", re.ASCII)
_POLICY_NAME: Final = re.compile(
    rf"(?:(?P<process>{_NAME.pattern})[./])?(?P<rule>{_NAME.pattern})", re.ASCII
)
_DEFAULT_PROCESS: Final = "dispute"
# These folders in their rooms are no unit, or would hide a module of that name.
_TAKEN: Final[dict[Kind, frozenset[str]]] = {
    "agent": frozenset({"prompts", "chat_model"}),
    "graph": frozenset(),
    "policy": frozenset({"lib", "schemas"}),
    "suite": frozenset(),
}

# Where each template goes. {name} is the unit's, {process} the one that a policy belongs to.
_LAYOUT: Final[dict[Kind, tuple[tuple[str, str], ...]]] = {
    "agent": (
        ("__init__.py", "agents/{name}/__init__.py"),
        ("agent.py", "agents/{name}/agent.py"),
        ("output.py", "agents/{name}/output.py"),
        ("prompt.md", "agents/{name}/prompt.md"),
        ("test_agent.py", "tests/unit/agents/{name}/test_agent.py"),
    ),
    "graph": (
        ("__init__.py", "graphs/{name}/__init__.py"),
        ("state.py", "graphs/{name}/state.py"),
        ("nodes.py", "graphs/{name}/nodes.py"),
        ("graph.py", "graphs/{name}/graph.py"),
        ("README.md", "graphs/{name}/README.md"),
        ("test_graph.py", "tests/unit/graphs/{name}/test_graph.py"),
    ),
    "policy": (
        ("rule.rego", "policies/{process}/{name}/rule.rego"),
        ("rule_test.rego", "policies/{process}/{name}/rule_test.rego"),
        ("README.md", "policies/{process}/{name}/README.md"),
    ),
    "suite": (
        ("__init__.py", "evals/{name}/__init__.py"),
        ("suite.py", "evals/{name}/suite.py"),
        ("samples.jsonl", "evals/{name}/samples.jsonl"),
        ("README.md", "evals/{name}/README.md"),
        ("test_suite.py", "tests/unit/evals/{name}/test_suite.py"),
    ),
}

_NEXT: Final[dict[Kind, str]] = {
    "agent": "Write {first}/prompt.md, then make tests/unit/agents/{name}/test_agent.py pass.",
    "graph": "Write {first}/nodes.py, then make tests/unit/graphs/{name}/test_graph.py pass.",
    "policy": "Make the tests in {first} pass, then import it in policies/{process}/decision.rego.",
    "suite": "Fill {first}/samples.jsonl until tests/unit/evals/{name}/test_suite.py passes.",
}


def scaffold(kind: str, name: str, root: Path) -> tuple[Path, ...]:
    """Write the files of a new unit under `root` and return their paths.

    A policy's name may carry its process: ``kyc/expired_document``; without one it is a dispute's.
    Raise InvalidInput for an unknown kind or an unusable name, Conflict where a file is there.
    """
    known, process, unit = _read(kind, name)
    words = {
        "name": unit,
        "process": process,
        "Name": "".join(part.capitalize() for part in unit.split("_")),
        "title": unit.replace("_", " "),
        "Title": unit.replace("_", " ").capitalize(),
        "CODE": unit.upper(),
    }
    written = tuple(
        (root / target.format(name=unit, process=process), _render(known, template, words))
        for template, target in _LAYOUT[known]
    )
    present = [path.relative_to(root).as_posix() for path, _ in written if path.exists()]
    if present:
        raise Conflict(
            f"{present[0]} is there already; nothing was written.",
            next_step="Choose another name, or remove what is there.",
        )
    for path, text in written:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tuple(path for path, _ in written)


def next_steps(kind: str, name: str) -> str:
    """Return what to do after `scaffold`, for a person; raise InvalidInput as it does."""
    known, process, unit = _read(kind, name)
    first = _LAYOUT[known][0][1].format(name=unit, process=process).rsplit("/", 1)[0]
    return _NEXT[known].format(first=first, name=unit, process=process)


def _read(kind: str, name: str) -> tuple[Kind, str, str]:
    known = next((candidate for candidate in KINDS if candidate == kind), None)
    if known is None:
        raise InvalidInput(
            f"There is no kind {kind[:40]!r} of unit.", next_step=f"Use one of: {', '.join(KINDS)}."
        )
    process, unit = _DEFAULT_PROCESS, name
    if known == "policy":
        match = _POLICY_NAME.fullmatch(name)
        if match is not None:
            process, unit = match["process"] or _DEFAULT_PROCESS, match["rule"]
    usable = _NAME.fullmatch(unit) is not None and not unit.endswith("_test")
    if not usable or keyword.iskeyword(unit) or keyword.iskeyword(process):
        raise InvalidInput(
            f"{name[:60]!r} cannot be the name of a unit.",
            next_step=f"Use 2 to {NAME_CHARS_MAX} of a-z, 0-9 and _, a letter first.",
        )
    if unit in _TAKEN[known] or process in _TAKEN[known]:
        raise InvalidInput(
            f"The name {name!r} is used by the room itself.", next_step="Choose another name."
        )
    return known, process, unit


def _render(kind: Kind, template: str, words: dict[str, str]) -> str:
    return Template((_TEMPLATES / kind / f"{template}.tmpl").read_text("utf-8")).substitute(words)
