"""Runs what the README says, in its order, on a bank of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

from serving.deployment.bootstrap import DEMO_PRINCIPALS
from tests.architecture.documents import runnable, shows
from tests.architecture.house import ROOT

STEP_TIMEOUT_SECONDS = 180


def test_the_commands_of_the_readme_do_what_it_shows(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{ROOT / 'bin'}:{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(ROOT),
        "SLUICEGATE_DATA_DIR": str(tmp_path / "var"),
        "COLUMNS": "110",
        "NO_COLOR": "1",
    }
    made = subprocess.run(
        [sys.executable, "-m", "serving.supervisor", "--setup-only"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        timeout=STEP_TIMEOUT_SECONDS,
        check=True,
    )
    assert made.stdout.count(b" sg_") == len(DEMO_PRINCIPALS)
    for path in (tmp_path / "var").rglob("*"):
        # Policy is no secret, and an OPA server that runs as somebody else reads it.
        if path.name != "bundle.tar.gz":
            assert path.stat().st_mode & 0o077 == 0, path
    for step in runnable((ROOT / "README.md").read_text("utf-8")):
        # What the README calls var/ is this test's own folder, so that yours is left alone.
        command = re.sub(r"\bvar/", f"{tmp_path / 'var'}/", step.command)
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=STEP_TIMEOUT_SECONDS,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert done.returncode == 0, f"$ {step.command}\n{printed}"
        assert shows(step.expected, printed) == [], f"$ {step.command}\n{printed}"
