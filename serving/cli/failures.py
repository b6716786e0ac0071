"""How a command that failed ends: a clear error, a fixed exit status, never a traceback."""

import json
import os
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from serving.cli.plain import plain, rows
from serving.incidents import incident_id
from sluicegate.domain.errors import SluicegateError
from sluicegate.domain.problem import Problem, problem_of

EXIT_USAGE: Final = 2
EXIT_UNEXPECTED: Final = 70
"""EX_SOFTWARE of sysexits.h."""
EXIT_INTERRUPTED: Final = 130
EXIT_BROKEN_PIPE: Final = 141
LOG_NAME: Final = "cli.log"
_LOG_MODE: Final = 0o600


def report_error(error: SluicegateError, *, as_json: bool) -> int:
    """Tell an error that was raised on purpose; return the exit status."""
    _report(problem_of(error), as_json=as_json)
    return error.exit_code


def report_usage(message: str, *, as_json: bool) -> int:
    """Tell that the command line itself is wrong; return the exit status."""
    _report(
        Problem(
            type="urn:sluicegate:problem:usage",
            title="Usage",
            status=400,
            detail=message,
            next_step="Add --help to see what a command takes.",
        ),
        as_json=as_json,
    )
    return EXIT_USAGE


def report_interrupted(*, as_json: bool) -> int:
    """Tell that a person stopped the command; return the exit status."""
    _report(
        Problem(
            type="urn:sluicegate:problem:interrupted",
            title="Interrupted",
            status=499,
            detail="The command was stopped.",
            next_step="Nothing is lost: the same command again goes on where this one was.",
        ),
        as_json=as_json,
    )
    return EXIT_INTERRUPTED


def report_unexpected(error: BaseException, log_dir: Path | None, *, as_json: bool) -> int:
    """Tell what nobody foresaw by a name, put the trace into a log file; return the exit status."""
    name = incident_id()
    log = _write_trace(error, name, log_dir)
    _report(
        Problem(
            type="urn:sluicegate:problem:internal_error",
            title="Internal error",
            status=500,
            detail=f"Something went wrong here ({type(error).__name__}); its name is {name}.",
            next_step=(
                f"The trace is in {log}. Running the command again has no second effect."
                if log is not None
                else "No trace could be written. Running the command again has no second effect."
            ),
            detail_data={"incident": name},
        ),
        as_json=as_json,
    )
    return EXIT_UNEXPECTED


def _report(problem: Problem, *, as_json: bool) -> None:
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    if as_json:
        console.file.write(json.dumps(problem.as_json()) + "\n")
        return
    console.print(Text.assemble(("error: ", "bold red"), plain(problem.detail)), soft_wrap=True)
    for finding in rows(problem.detail_data, "findings"):
        console.print(Text(f"  {_finding(finding)}"), soft_wrap=True)
    if problem.next_step:
        console.print(Text.assemble(("next:  ", "bold"), plain(problem.next_step)), soft_wrap=True)


def _finding(finding: Mapping[str, object]) -> str:
    return f"{plain(finding.get('code'))}: {plain(finding.get('sentence'))}"


def _write_trace(error: BaseException, name: str, log_dir: Path | None) -> Path | None:
    if log_dir is None:
        return None
    path = log_dir / LOG_NAME
    try:
        log_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _LOG_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{name}\n{''.join(traceback.format_exception(error))}\n")
    except OSError:
        return None
    return path
