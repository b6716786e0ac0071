"""Run files: where a process says its address and number, for others of the same data directory."""

import os
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from sluicegate.domain.value import Name, Natural, Value

GATE_RUN_FILE: Final = "gate.json"
_FILE_MODE: Final = 0o600
_DIR_MODE: Final = 0o700


class RunFile(Value):
    """A process's address. It may be out of date: who answers there has to prove who they are."""

    url: Name
    pid: Natural


def write_run_file(path: Path, content: RunFile) -> None:
    """Write the file whole: readers see the old one or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=_DIR_MODE)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_bytes(content.canonical())
    partial.chmod(_FILE_MODE)
    partial.replace(path)


def read_run_file(path: Path) -> RunFile | None:
    """Return what the file says; None where there is none or it is not one of ours."""
    try:
        return RunFile.from_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
