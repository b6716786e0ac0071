"""What `make run` starts: set-up where it is missing, then gate, executor and service, kept alive
together.
"""

import argparse
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

import httpx
from rich.console import Console

from serving.deployment.bootstrap import prepare
from serving.lifeline import explained
from serving.processes import (
    EXECUTOR_MODULE,
    GATE_MODULE,
    SERVICE_MODULE,
    read_token,
    start_worker,
    stop_worker,
    wait_for_gate,
)
from serving.run_files import GATE_RUN_FILE
from sluicegate.domain.errors import InvalidInput, SluicegateError, Unavailable
from sluicegate.settings import Settings, keep_files_private, read_settings

RESTARTS_MAX: Final = 5
RESTART_WINDOW_S: Final = 60.0
WATCH_S: Final = 0.5
SERVICE_START_TIMEOUT_S: Final = 90.0


@dataclass
class Supervised:
    """One process that is started again when it ends, a bounded number of times in a window."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes]
    restarts_at_s: list[float] = field(default_factory=list)

    def revive(self) -> None:
        """Start it again; raise Unavailable where it keeps ending."""
        now_s = time.monotonic()
        recent = [moment for moment in self.restarts_at_s if now_s - moment < RESTART_WINDOW_S]
        self.restarts_at_s[:] = [*recent, now_s]
        if len(recent) >= RESTARTS_MAX:
            raise Unavailable(
                f"The {self.name} process ended {len(recent) + 1} times within a minute.",
                next_step=f"Look into {self.name}.log, in the folder log of the data directory.",
            )
        self.process = self.start()


def main() -> int:
    """Set up, start everything, wait for Ctrl-C; return the exit status."""
    parser = argparse.ArgumentParser(prog="sluicegate-supervisor", description=__doc__)
    parser.add_argument("--setup-only", action="store_true", help="set up, start nothing")
    setup_only = parser.parse_args().setup_only
    console = Console(highlight=False)
    keep_files_private()
    try:
        settings = read_settings()
        if not setup_only:
            _check_port(settings)
        examples = prepare(settings, lambda line: console.print(line, markup=False, soft_wrap=True))
        if setup_only:
            return 0
        _run(settings, examples, console)
    except (SluicegateError, OSError) as cause:
        error = explained(cause)
        Console(stderr=True, highlight=False).print(
            f"error: {error.message}\n{error.next_step}".strip(), markup=False, soft_wrap=True
        )
        return error.exit_code
    return 0


def _run(settings: Settings, examples: tuple[Path, ...], console: Console) -> None:
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    running: list[Supervised] = []
    try:
        running.append(_start_gate(settings))
        running.append(_supervise(settings, "executor", EXECUTOR_MODULE))
        running.append(_supervise(settings, "service", SERVICE_MODULE))
        greet_until_s: float | None = time.monotonic() + SERVICE_START_TIMEOUT_S
        while not stopped.wait(WATCH_S):
            for one in running:
                if one.process.poll() is not None:
                    console.print(f"{one.name} ended; starting it again", markup=False)
                    one.revive()
            if greet_until_s is None:
                continue
            reader = _reader(settings)
            if reader is not None:
                _greet(settings, examples, reader, console)
                greet_until_s = None
            elif time.monotonic() > greet_until_s:
                raise Unavailable(
                    "The service did not start.",
                    next_step=f"Look into {settings.log_dir / 'service.log'}.",
                )
    finally:
        for one in reversed(running):
            stop_worker(one.process)
    console.print("stopped; nothing is lost", markup=False)


def _start_gate(settings: Settings) -> Supervised:
    run_file = settings.run_dir / GATE_RUN_FILE
    run_file.unlink(missing_ok=True)  # one that a killed gate left behind names nobody
    gate = _supervise(settings, "gate", GATE_MODULE, "--run-file", str(run_file))
    try:
        wait_for_gate(run_file, read_token(settings), gate.process)
    except SluicegateError:
        stop_worker(gate.process)
        raise
    return gate


def _supervise(settings: Settings, name: str, module: str, *arguments: str) -> Supervised:
    def start() -> subprocess.Popen[bytes]:
        return start_worker(settings, module, *arguments, name=name)

    return Supervised(name=name, start=start, process=start())


def _check_port(settings: Settings) -> None:
    """Look before minutes of set-up whether the address is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as cause:
            raise InvalidInput(
                f"Port {settings.port} on {settings.host} cannot be used: {cause.strerror}.",
                next_step="Stop what uses it, or choose another: SLUICEGATE_PORT=8010 make run",
            ) from None


def _reader(settings: Settings) -> str | None:
    """Return the line that says which reader runs; None while the service is not healthy yet."""
    address = f"http://{settings.host}:{settings.port}/v1/healthz"
    try:
        answer = httpx.get(address, timeout=2.0, trust_env=False).raise_for_status()
        return str(answer.json()["reader"])
    except (httpx.HTTPError, KeyError, ValueError):
        return None


def _greet(settings: Settings, examples: tuple[Path, ...], reader: str, console: Console) -> None:
    lines = [
        "",
        f"Sluicegate is at http://{settings.host}:{settings.port}",
        f"Reader: {reader}",
        "",
        "Try, in another terminal:",
        *(f"  bin/sluicegate triage {_shown(path)}" for path in examples),
        "  bin/sluicegate review list",
        "  bin/sluicegate verify",
        "",
        "Ctrl-C stops it; nothing is lost.",
    ]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def _shown(path: Path) -> Path:
    """Return a path as short as it can be typed where `make run` was typed."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    sys.exit(main())
