"""A service as `make run` starts it: gate, executor and API over a bank of its own."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.architecture.house import ROOT
from tests.deployment import Deployment

START_SECONDS = 120.0
STOP_SECONDS = 40.0
COMMAND_SECONDS = 150.0
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Running:
    """Where a deployment is, how its processes find it, and its demo keys by holder."""

    url: str
    environment: dict[str, str] = field(repr=False)
    data_dir: Path
    keys: dict[str, str] = field(repr=False)

    def example(self, name: str) -> Path:
        """Return the file of an example event."""
        return self.data_dir / "examples" / f"{name}.json"

    def cli(
        self, *arguments: str, key: str = "", given: bytes = b"", columns: int = 80
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as a process of its own, its output piped."""
        done = subprocess.run(
            [sys.executable, "-m", "serving.cli", *arguments],
            cwd=ROOT,
            env={**self.environment, "COLUMNS": str(columns), "SLUICEGATE_KEY": key},
            input=given,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def api(self, key: str = "") -> httpx.Client:
        """Return a client of the API that shows a key."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _deployed(template: Deployment, folder: Path, port: int) -> Running:
    shutil.copytree(template.settings.data_dir, folder)
    environment = {
        **{name: value for name, value in os.environ.items() if "SLUICEGATE" not in name},
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
        "SLUICEGATE_DATA_DIR": str(folder),
        "SLUICEGATE_MODEL_CACHE_DIR": str(folder / "no-models"),
        "SLUICEGATE_PORT": str(port),
        "SLUICEGATE_EXECUTOR_POLL_MS": "10",
    }
    return Running(f"http://127.0.0.1:{port}", environment, folder, template.keys)


@pytest.fixture
def stopped_service(sqlite_deployment: Deployment, tmp_path: Path) -> Running:
    """A deployment of which nothing runs; the URL answers nobody."""
    return _deployed(sqlite_deployment, tmp_path / "var", _free_port())


@pytest.fixture(scope="module")
def running_service(
    sqlite_deployment: Deployment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A deployment whose three processes run until the tests of one file are through.

    Tests share it: a transaction is credited once, so each settles an example of its own.
    """
    folder = tmp_path_factory.mktemp("running") / "var"
    running = _deployed(sqlite_deployment, folder, _free_port())
    output = folder.parent / "supervisor.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "serving.supervisor"],
            cwd=ROOT,
            env=running.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_healthy(running, process, output)
        yield running
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _wait_until_healthy(running: Running, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    with running.api() as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get("/v1/healthz").status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(POLL_SECONDS)
    raise RuntimeError(log.read_text("utf-8", "replace")[-3_000:])
