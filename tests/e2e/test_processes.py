"""The three processes as processes: each may be killed, and the whole may be started again."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psutil
import pytest

from serving.bootstrap import open_service
from serving.models.llm.catalogue import CHOICE_FILE, ChosenWeights
from sluicegate.integrations.http_client import HttpGateClient
from sluicegate.settings import Settings
from tests.architecture.house import ROOT
from tests.e2e.conftest import Running

WAIT_SECONDS = 60.0
POLL_SECONDS = 0.1
MODULES = ("serving.workers.gate", "serving.workers.executor", "serving.api")


@contextmanager
def supervised(running: Running) -> Iterator[psutil.Process]:
    """Run the supervisor over a deployment; end it as Ctrl-C does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "serving.supervisor"],
        cwd=ROOT,
        env=running.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: healthy(running))
        yield psutil.Process(process.pid)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(WAIT_SECONDS)


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail when it does not in time."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(POLL_SECONDS)


def healthy(running: Running) -> bool:
    """Say whether the service and the gate behind it answer."""
    try:
        with running.api() as client:
            answer = client.get("/v1/healthz", timeout=2)
        return answer.status_code == httpx.codes.OK and answer.json()["gate"] == "ok"
    except httpx.HTTPError:
        return False


def child(supervisor: psutil.Process, module: str) -> psutil.Process | None:
    """Return the supervisor's child that runs a module."""
    for process in supervisor.children():
        try:
            if module in process.cmdline():
                return process
        except psutil.Error:
            continue
    return None


def credit(running: Running, name: str) -> str:
    """Send an example and return its case's status, however it was reached."""
    with running.api(running.keys["service:cards"]) as client:
        sent = client.post(
            "/v1/disputes",
            content=running.example(name).read_bytes(),
            headers={"content-type": "application/json"},
        )
        assert sent.is_success, sent.text
        return str(client.get(sent.headers["location"]).json()["case"]["status"])


def verified(running: Running, *, entries: int) -> None:
    """Check the books from the command line, which works whatever runs."""
    done = running.cli("verify", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["journal_entries"] == entries


@pytest.mark.parametrize("module", MODULES)
def test_a_killed_process_is_started_again_and_the_case_ends_with_one_effect(
    stopped_service: Running, module: str
) -> None:
    with supervised(stopped_service) as supervisor:
        first = child(supervisor, module)
        assert first is not None
        first.kill()
        wait_for(lambda: child(supervisor, module) not in (None, first))
        wait_for(lambda: healthy(stopped_service))
        wait_for(lambda: credit(stopped_service, "demo-allowed") == "settled")
    verified(stopped_service, entries=1)


def test_killing_the_supervisor_leaves_no_process_and_loses_nothing(
    stopped_service: Running,
) -> None:
    with supervised(stopped_service) as supervisor:
        assert credit(stopped_service, "demo-allowed") == "settled"
        children = supervisor.children(recursive=True)
        assert len(children) >= len(MODULES)
        supervisor.kill()
        _, alive = psutil.wait_procs(children, timeout=WAIT_SECONDS)
        assert alive == []
    with supervised(stopped_service):
        assert credit(stopped_service, "demo-allowed") == "settled"
    verified(stopped_service, entries=1)


def test_what_anyone_may_ask_of_the_reader_names_no_file(
    stopped_service: Running, caplog: pytest.LogCaptureFixture
) -> None:
    cache = stopped_service.data_dir / "models-of-make-model"
    weights = cache / "broken.gguf"
    cache.mkdir()
    weights.write_bytes(b"not a model")
    chosen = ChosenWeights(name="broken", path=str(weights), weights_digest="sha256:" + "0" * 64)
    (cache / CHOICE_FILE).write_bytes(chosen.canonical())
    settings = Settings(data_dir=stopped_service.data_dir, model_cache_dir=cache)
    with (
        HttpGateClient(stopped_service.url, "unused") as nobody,
        open_service(settings, gate=nobody) as runtime,
    ):
        assert "cannot be used" in runtime.reader_line
        assert str(cache) not in runtime.reader_line
    assert str(weights) in caplog.text
