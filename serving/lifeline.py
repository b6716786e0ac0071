"""The life of a process of ours: how it begins, says what went wrong, and ends with its parent."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sluicegate.domain.errors import SluicegateError, Unavailable
from sluicegate.settings import keep_files_private

_STDIN: Final = 0


def stop_when_parent_goes() -> None:
    """Send this process SIGTERM once standard input ends, as it does when the parent is killed."""

    def watch() -> None:
        # Not sys.stdin: a thread that waits in it holds a lock that the interpreter's end needs.
        with suppress(OSError):  # closed from the start: there is no parent either
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
    except (SluicegateError, OSError) as cause:
        error = explained(cause)
        logging.getLogger(f"sluicegate.{name}").critical("%s %s", error.message, error.next_step)
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return 0


def explained(cause: SluicegateError | OSError) -> SluicegateError:
    """Return an error to show to a person: one of ours as it is, one of the system in our words."""
    if isinstance(cause, SluicegateError):
        return cause
    where = f" ({cause.filename})" if cause.filename else ""
    return Unavailable(
        f"{cause.strerror or 'The system refused something'}{where}.",
        next_step="Make room or give rights where it is wanted, then start it again; nothing is "
        "half done.",
    )
