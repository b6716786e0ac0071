"""A process of ours ends in order: when told to, when its parent goes, when it cannot start."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

WAIT_SECONDS = 60
CHILD = """
import signal, sys, threading
from serving.lifeline import stop_when_parent_goes

told = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: told.set())
stop_when_parent_goes()
print("ready", flush=True)
told.wait()
"""
PROCESSES = {
    "serving.workers.gate": ("--run-file", "gate.json"),
    "serving.workers.executor": (),
    "serving.api": (),
}


def start(tmp_path: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "SLUICEGATE_DATA_DIR": "nothing-here"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_child_that_is_told_to_stop_ends_without_a_fatal_error(tmp_path: Path) -> None:
    child = start(tmp_path, "-c", CHILD)
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(signal.SIGTERM)
    # Its standard input stays open until it has ended: the lifeline's thread still waits in it.
    assert child.wait(WAIT_SECONDS) == 0
    _, said = child.communicate()
    assert said == b""


def test_a_child_stops_when_its_parent_goes(tmp_path: Path) -> None:
    child = start(tmp_path, "-c", CHILD)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    _, said = child.communicate(timeout=WAIT_SECONDS)  # closes standard input
    assert (child.returncode, said) == (0, b"")


@pytest.mark.parametrize("module", PROCESSES)
def test_a_process_that_cannot_start_says_why_in_a_line(tmp_path: Path, module: str) -> None:
    child = start(tmp_path, "-m", module, *PROCESSES[module])
    _, said = child.communicate(timeout=WAIT_SECONDS)
    assert child.returncode == 6
    assert b"Traceback" not in said
    assert len(said.splitlines()) == 1, said


def test_a_file_that_cannot_be_had_is_said_like_any_other_failure(tmp_path: Path) -> None:
    body = "open('/nowhere/file')"
    script = f"from serving.lifeline import run_process; exit(run_process('x', lambda: {body}))"
    child = start(tmp_path, "-c", script)
    _, said = child.communicate(timeout=WAIT_SECONDS)
    assert child.returncode == 6
    assert b"No such file or directory (/nowhere/file)" in said
    assert b"Traceback" not in said
