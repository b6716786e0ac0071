"""The life of a process of ours: how it begins, says what went wrong, and ends with its parent."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Final

from sluicegate.domain.errors import SluicegateError
from sluicegate.settings import keep_files_private

_STDIN: Final = 0


def stop_when_parent_goes() -> None:
    """Send this process SIGTERM once standard input ends, as it does when the parent is killed."""

    def watch() -> None:
        # Not sys.stdin: a thread that waits in it holds a lock that the interpreter's end needs.
        while os.read(_STDIN, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="lifeline").start()


def run_process(name: str, body: Callable[[], None]) -> int:
    """Run one of our processes to its end; say an error in a line and return the exit status."""
    keep_files_private()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        body()
    except SluicegateError as error:
        logging.getLogger(f"sluicegate.{name}").critical("%s %s", error.message, error.next_step)
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return 0
