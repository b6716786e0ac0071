"""Going on with cases that nobody drives: after a crash, a late receipt, a decision elsewhere."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from serving.cases import CaseService
from serving.incidents import incident_id
from sluicegate.domain.errors import SluicegateError

EVERY_S: Final = 2.0
PAUSE_S_MAX: Final = 60.0
"""Rounds that fail come ever later, up to this, so that a part that is away is not hammered."""
STOP_S: Final = 5.0

_log = logging.getLogger("sluicegate.api")


@contextmanager
def recovering(cases: CaseService, every_s: float = EVERY_S) -> Iterator[None]:
    """Look for cases to go on with, again and again, beside the block."""
    stopped = threading.Event()
    args = (cases, every_s, stopped)
    thread = threading.Thread(target=_recover, args=args, daemon=True, name="recovery")
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        # A round that is under way may take as long as a model does; its cases keep their leases
        # until they end, and another process goes on with them.
        thread.join(STOP_S)


def _recover(cases: CaseService, every_s: float, stopped: threading.Event) -> None:
    pause_s = every_s
    while not stopped.wait(pause_s):
        try:
            cases.recover()
            pause_s = every_s
        except SluicegateError as error:
            _log.warning("recovery waits: %s", error.message)
            pause_s = min(2 * pause_s, PAUSE_S_MAX)
        except Exception as error:
            _log.error("incident %s: recovery", incident_id(), exc_info=error)
            pause_s = min(2 * pause_s, PAUSE_S_MAX)
