"""Runs mypy over refused.py without its ignores, and expects exactly the errors they named."""

import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.house import ROOT

REFUSED = Path(__file__).with_name("refused.py")
IGNORE = re.compile(r"  # type: ignore\[(?P<codes>[a-z, -]+)\]$")
ERROR = re.compile(r"^[^:]+:(?P<line>\d+): error: .*\[(?P<code>[a-z-]+)\]$")
MYPY_TIMEOUT_SECONDS = 240


def test_what_must_not_type_check_does_not(tmp_path: Path) -> None:
    expected: set[tuple[int, str]] = set()
    lines = REFUSED.read_text("utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        match = IGNORE.search(line)
        if match is not None:
            expected |= {(number, code) for code in match["codes"].split(", ")}
    laid_bare = tmp_path / "refused.py"
    laid_bare.write_text("\n".join(IGNORE.sub("", line) for line in lines) + "\n", "utf-8")

    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")),
            *("--no-error-summary", "--hide-error-context", "--no-pretty", str(laid_bare)),
        ],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=MYPY_TIMEOUT_SECONDS,
        check=False,
    )

    found = {
        (int(match["line"]), match["code"])
        for match in map(ERROR.match, done.stdout.splitlines())
        if match is not None
    }
    assert expected, "refused.py names no error at all"
    assert found == expected, done.stdout + done.stderr
