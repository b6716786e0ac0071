"""What no file of ours may say. The words are in pieces, so that this file does not hold them."""

import re
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, files, inside

TEXT_SUFFIXES = (
    ".py",
    ".rego",
    ".md",
    ".toml",
    ".txt",
    ".in",
    ".yml",
    ".yaml",
    ".json",
    ".sh",
    ".mako",
    ".ini",
    ".cfg",
)
UNFINISHED = re.compile("|".join((r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bXX" + r"X:")))
MACHINE_PATHS = re.compile(
    "|".join(("/wo" + "rk/", "/ro" + "ot/", r"/ho" + r"me/\w", "/Us" + "ers/"))
)
REGISTRIES = re.compile(
    "|".join(
        ("py" + r"pi\.org", "pythonhos" + r"ted\.org", "npm" + r"js\.org", "regis" + r"try\.npm")
    ),
    re.IGNORECASE,
)
# Who wrote a file and when it was asked for belongs to the history, which has dates and reasons.
PROCESS_TALK = re.compile(
    "|".join(
        (
            r"\bthe bri" + r"ef\b",
            r"\biss" + r"ues? #?\d",
            r"\bAI" + r"-generated",
            r"\bCla" + r"ude\b",
        )
    ),
    re.IGNORECASE,
)


def ours() -> list[Path]:
    extensionless = [
        ROOT / "Makefile",
        ROOT / "Dockerfile",
        *files(under=ROOT / "bin"),
        *files(under=ROOT / ".ci"),
    ]
    return [*files(*TEXT_SUFFIXES), *(path for path in extensionless if path.is_file())]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param(UNFINISHED, "finish it or leave it out", id="unfinished"),
        pytest.param(MACHINE_PATHS, "no path of one machine", id="machine-paths"),
        pytest.param(
            REGISTRIES, "which registry serves a package is the machine's choice", id="registries"
        ),
        pytest.param(PROCESS_TALK, "the history says who and when", id="process-talk"),
    ],
)
def test_no_file_says(words: re.Pattern[str], why: str) -> None:
    found = [
        f"{inside(path)}:{number}: {line.strip()[:80]}"
        for path in ours()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if words.search(line)
    ]
    assert found == [], why


def test_files_are_utf_8_with_unix_line_ends_and_a_last_newline() -> None:
    for path in ours():
        raw = path.read_bytes()
        raw.decode("utf-8")
        assert b"\r" not in raw, inside(path)
        assert raw == b"" or raw.endswith(b"\n"), inside(path)
