"""Finding the running gate, or starting a private gate and executor for as long as one command
lasts.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from serving.run_files import GATE_RUN_FILE, RunFile, read_run_file
from sluicegate.domain.errors import GateUnavailable
from sluicegate.integrations.http_client import HttpGateClient
from sluicegate.settings import (
    PROJECT_ROOT,
    Settings,
    service_environment,
    worker_environment,
)

GATE_MODULE: Final = "serving.workers.gate"
EXECUTOR_MODULE: Final = "serving.workers.executor"
SERVICE_MODULE: Final = "serving.api"
START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 10.0
POLL_S: Final = 0.05


@contextmanager
def gate_client(settings: Settings) -> Iterator[HttpGateClient]:
    """Yield a client of the running gate; where none runs, of a private one that ends with the
    block.

    Any number of gates and executors may work on one database: what must be unique is kept so
    there.
    """
    with ExitStack() as stack:
        token = read_token(settings)
        url = settings.gate_url or _running_gate(settings, token)
        locate = None
        if url is None:
            url = stack.enter_context(_private_workers(settings, token))
        elif not settings.gate_url:
            locate = partial(_noted_gate, settings)
        yield stack.enter_context(HttpGateClient(url, token, locate=locate))


def read_token(settings: Settings) -> str:
    """Return the token that the service shows to the gate; raise GateUnavailable before set-up."""
    try:
        return settings.gate_token.read_text().strip()
    except OSError:
        raise GateUnavailable(
            f"Nothing is set up in {settings.data_dir} yet.",
            next_step="Run `make run` once; it sets everything up.",
        ) from None


def start_worker(
    settings: Settings, module: str, *arguments: str, name: str
) -> subprocess.Popen[bytes]:
    """Start one of our processes, tied to this one: it stops when this one does.

    What it says goes to ``NAME.log`` in the data directory. It gets no key and no credential that
    it has no use for.
    """
    log = settings.log_dir / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    asks_models = module == SERVICE_MODULE
    environment = service_environment(settings) if asks_models else worker_environment(settings)
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments, "--lifeline"],
            cwd=PROJECT_ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )


def stop_worker(worker: subprocess.Popen[bytes]) -> None:
    """Ask a process to stop, and end it when it does not."""
    worker.terminate()
    try:
        worker.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
    if worker.stdin is not None:
        worker.stdin.close()


def wait_for_gate(run_file: Path, token: str, worker: subprocess.Popen[bytes]) -> str:
    """Return the gate's address once it answers; raise GateUnavailable otherwise."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        found = read_run_file(run_file)
        if found is not None and found.pid == worker.pid and _answers(found, token):
            return found.url
        if worker.poll() is not None:
            break
        time.sleep(POLL_S)
    raise GateUnavailable(
        "The gate process did not start.",
        next_step="Look into gate.log, in the folder log of the data directory.",
    )


def _running_gate(settings: Settings, token: str) -> str | None:
    found = read_run_file(settings.run_dir / GATE_RUN_FILE)
    return found.url if found is not None and _answers(found, token) else None


def _noted_gate(settings: Settings) -> str | None:
    """Return the address that the run file names now; it is written before the gate answers."""
    found = read_run_file(settings.run_dir / GATE_RUN_FILE)
    return found.url if found is not None else None


def _answers(found: RunFile, token: str) -> bool:
    with HttpGateClient(found.url, token) as client:
        return client.healthy()


@contextmanager
def _private_workers(settings: Settings, token: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="sluicegate-") as folder, ExitStack() as stack:
        run_file = Path(folder) / GATE_RUN_FILE
        gate = start_worker(settings, GATE_MODULE, "--run-file", str(run_file), name="gate")
        stack.callback(stop_worker, gate)
        executor = start_worker(settings, EXECUTOR_MODULE, name="executor")
        stack.callback(stop_worker, executor)
        yield wait_for_gate(run_file, token, gate)
