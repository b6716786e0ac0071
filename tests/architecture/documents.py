"""Reads our Markdown pages: their links, their headings, and the code blocks that say `run`."""

import re
from pathlib import Path
from typing import NamedTuple

LINK = re.compile(
    r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)(?: \"[^\"]*\")?\)|!\[[^\]]*\]\((?P<image>[^)\s]+)\)"
)
HEADING = re.compile(r"^#{1,6} (?P<text>.+?)\s*$", re.MULTILINE)
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
ANY_TEXT = "…"
"""Stands in a transcript for text that differs from run to run."""


class Step(NamedTuple):
    """A command of a transcript and the lines it is shown to print."""

    command: str
    expected: tuple[str, ...]


def prose(page: str) -> str:
    """Return a page without its code blocks."""
    return FENCE.sub("", page)


def links(page: str) -> list[str]:
    """Return the targets of a page's links and images."""
    return [match["target"] or match["image"] for match in LINK.finditer(prose(page))]


def anchors(page: str) -> set[str]:
    """Return the names under which a page's headings can be linked to, as GitHub makes them."""
    names = set()
    for match in HEADING.finditer(prose(page)):
        words = re.sub(r"[^\w\- ]", "", match["text"].lower())
        names.add(words.replace(" ", "-"))
    return names


def runnable(page: str) -> list[Step]:
    """Return the commands of the blocks marked ``sh run`` and ``console run``, in order.

    In a console block each command follows a ``$ `` and what it prints follows it.
    """
    steps: list[Step] = []
    for match in FENCE.finditer(page):
        words = match["info"].split()
        if words[1:2] != ["run"]:
            continue
        lines = match["body"].splitlines()
        if words[0] == "console":
            steps += _transcript(lines)
        else:
            steps += [Step(line, ()) for line in lines if line.strip() and not line.startswith("#")]
    return steps


def shows(expected: tuple[str, ...], printed: str) -> list[str]:
    """Return the expected lines that were not printed, in order; ``…`` stands for any text."""
    remaining = [line.rstrip() for line in printed.splitlines()]
    missing = []
    for line in expected:
        pattern = ".*".join(re.escape(part) for part in line.rstrip().split(ANY_TEXT))
        place = next((at for at, got in enumerate(remaining) if re.fullmatch(pattern, got)), None)
        if place is None:
            missing.append(line)
        else:
            remaining = remaining[place + 1 :]
    return missing


def pages(root: Path) -> list[Path]:
    """Return the pages that stand at the root and under docs."""
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])


def _transcript(lines: list[str]) -> list[Step]:
    steps: list[Step] = []
    for line in lines:
        if line.startswith("$ "):
            steps.append(Step(line[2:], ()))
        elif steps and line.strip() not in ("", ANY_TEXT):
            last = steps.pop()
            steps.append(Step(last.command, (*last.expected, line)))
    return steps
