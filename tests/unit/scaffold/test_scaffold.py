import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from serving.scaffold import KINDS, next_steps, scaffold
from sluicegate.domain.errors import Conflict, InvalidInput
from tests.architecture.house import ROOT, inside

TOOL_TIMEOUT_SECONDS = 240
PYTHON_KINDS = tuple(kind for kind in KINDS if kind != "policy")


def python_tool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=TOOL_TIMEOUT_SECONDS,
        check=False,
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for room in ("sluicegate", "agents", "graphs"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "evals").mkdir()
    (tmp_path / "evals/__init__.py").write_text('"""Suites."""\n', "utf-8")
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
def test_a_unit_is_laid_in_the_right_room(kind: str, tmp_path: Path) -> None:
    written = scaffold(kind, "new_thing", tmp_path)
    room = {"agent": "agents", "graph": "graphs", "policy": "policies/dispute", "suite": "evals"}[
        kind
    ]
    assert all(path.is_file() for path in written)
    assert written[0].parent == tmp_path / room / "new_thing"
    assert any("test" in path.name for path in written)
    assert next_steps(kind, "new_thing")


def test_what_is_laid_passes_the_checks_of_the_house(house: Path) -> None:
    written = [path for kind in KINDS for path in scaffold(kind, "new_thing", house)]
    sources = [str(path.relative_to(house)) for path in written if path.suffix == ".py"]
    style = python_tool(house, "ruff", "check", "--no-cache", *sources)
    assert style.returncode == 0, style.stdout
    layout = python_tool(house, "ruff", "format", "--check", "--no-cache", *sources)
    assert layout.returncode == 0, layout.stdout
    types = python_tool(house, "mypy", "--explicit-package-bases", *sources)
    assert types.returncode == 0, types.stdout


@pytest.mark.parametrize("kind", PYTHON_KINDS)
def test_what_is_laid_holds_a_failing_test(kind: str, house: Path) -> None:
    written = scaffold(kind, "new_thing", house)
    tests = [str(path) for path in written if path.name.startswith("test_")]
    done = python_tool(house, "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed" in done.stdout
    assert "error" not in done.stdout.lower().split("short test summary")[0].replace(
        "assertionerror", ""
    )


def test_a_policy_can_name_its_process(tmp_path: Path) -> None:
    written = scaffold("policy", "kyc/expired_document", tmp_path)
    assert written[0] == tmp_path / "policies/kyc/expired_document/rule.rego"
    assert "package kyc.expired_document\n" in written[0].read_text("utf-8")


def test_a_laid_policy_has_the_shape_of_the_shipped_ones(tmp_path: Path) -> None:
    shipped = next((ROOT / "policies/dispute").glob("*/rule.rego"))
    rule = scaffold("policy", "new_thing", tmp_path)[0].read_text("utf-8")
    for mark in (
        "# METADATA",
        "#   codes: [",
        "import data.lib.finding",
        "passes if",
        "findings contains finding.deny(",
    ):
        assert mark in rule
        assert mark.split("(")[0].removesuffix("deny") in shipped.read_text("utf-8"), inside(
            shipped
        )


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x",
        "Upper",
        "has-dash",
        "has space",
        "../escape",
        "a/b/c",
        "/absolute",
        "class",
        "ümlaut",
        "n" * 41,
        "1st",
        "rule_test",
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_an_unusable_name_is_refused_and_nothing_is_written(
    kind: str, name: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput):
        scaffold(kind, name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "name"), [("agent", "prompts"), ("policy", "lib/thing"), ("policy", "lib")]
)
def test_a_name_of_the_room_itself_is_refused(kind: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        scaffold(kind, name, tmp_path)


def test_an_unknown_kind_is_refused_by_naming_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        scaffold("tool", "new_thing", tmp_path)
    assert all(kind in refused.value.next_step for kind in KINDS)


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    first = scaffold("agent", "new_thing", tmp_path)
    first[0].write_text("mine", "utf-8")
    with pytest.raises(Conflict):
        scaffold("agent", "new_thing", tmp_path)
    assert first[0].read_text("utf-8") == "mine"


def test_one_file_in_the_way_means_that_none_is_written(tmp_path: Path) -> None:
    in_the_way = tmp_path / "tests/unit/agents/new_thing/test_agent.py"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("mine", "utf-8")
    with pytest.raises(Conflict):
        scaffold("agent", "new_thing", tmp_path)
    assert not (tmp_path / "agents").exists()
