"""The executor process: ``python -m serving.workers.executor``. It waits for permits and carries
them out.
"""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

from serving.lifeline import run_process, stop_when_parent_goes
from serving.workers.bootstrap import open_executor
from sluicegate.domain.errors import SluicegateError

BACKOFF_S: Final = 1.0
"""Pause after an error, so that a database that is away is not asked in a tight loop."""

_log = logging.getLogger("sluicegate.executor")


def main() -> None:
    """Carry out permits until told to stop."""
    parser = argparse.ArgumentParser(prog="sluicegate-executor", description="The executor.")
    parser.add_argument("--lifeline", action="store_true", help="stop when standard input ends")
    given = parser.parse_args()
    if given.lifeline:
        stop_when_parent_goes()
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with open_executor() as runtime:
        # Apart, so that a permit that cannot be carried out keeps no message from being told.
        steps = (runtime.executor.run_once, runtime.executor.relay_once)
        while not stopped.is_set():
            done = [_attempt(step) for step in steps]
            if None in done:
                stopped.wait(BACKOFF_S)
            elif not any(done):
                stopped.wait(runtime.poll_ms / 1000)


def _attempt(step: Callable[[], int]) -> int | None:
    """Return how much a step did; None where it failed, which is logged."""
    try:
        return step()
    except SluicegateError as cause:
        _log.error("%s: %s", cause.code, cause.message)
        return None


if __name__ == "__main__":
    sys.exit(run_process("executor", main))
