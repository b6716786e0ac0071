"""Driving cases beside requests: a bounded number at a time, each case once."""

import asyncio
import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from serving.cases import CaseService
from serving.incidents import incident_id
from sluicegate.domain.errors import CaseBusy, Unavailable

THREADS: Final = 4
"""Two cores and one model: more at a time only makes each of them slower."""
WAITING_MAX: Final = 256
"""More than this and a case is left to the next recovery round; its event is stored either way."""
WAIT_S: Final = 25.0
"""How long a request waits for its case before it answers 202."""

_log = logging.getLogger("sluicegate.api")


class Drivers:
    """Runs graphs for requests. A second request for a case joins the run that is under way."""

    def __init__(self, cases: CaseService) -> None:
        self._cases = cases
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="drive")
        self._lock = threading.Lock()
        self._running: dict[str, Future[None]] = {}

    def start(self, case_id: str, *, anew: bool = False) -> "Future[None] | None":
        """Drive a case beside the caller; None where too many are waiting already.

        `anew` does not join a run that is under way, for it may have looked before what has just
        happened; the case's lease keeps the two apart.
        """
        with self._lock:
            known = self._running.get(case_id)
            if known is not None and not anew:
                return known
            if len(self._running) >= WAITING_MAX:
                return None
            run = self._pool.submit(self._drive, case_id)
            self._running[case_id] = run
        run.add_done_callback(lambda ended: self._note(case_id, ended))
        return run

    async def finish(self, case_id: str, wait_s: float = WAIT_S, *, anew: bool = False) -> bool:
        """Drive a case and wait; say whether it got as far as it goes. Other failures raise.

        Requests that wait hold no thread: forty of them would leave none for the other routes.
        """
        run = self.start(case_id, anew=anew)
        if run is None:
            return False
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        run.add_done_callback(lambda _run: _wake(loop, ended))
        try:
            await asyncio.wait_for(ended.wait(), wait_s)
            if run.cancelled():
                return False
            run.result()
        except (TimeoutError, CaseBusy, Unavailable):
            return False  # the case is stored; recovery drives it on
        return True

    def close(self) -> None:
        """Take no more work and drop what has not begun; recovery finds those cases again."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _drive(self, case_id: str) -> None:
        self._cases.drive(case_id)

    def _note(self, case_id: str, run: "Future[None]") -> None:
        with self._lock:
            if self._running.get(case_id) is run:
                del self._running[case_id]
        if run.cancelled():
            return
        failure = run.exception()
        if isinstance(failure, CaseBusy | Unavailable):
            _log.warning("case %s waits: %s", case_id, failure.message)
        elif failure is not None:
            _log.error("incident %s: case %s", incident_id(), case_id, exc_info=failure)


def _wake(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop is closed; nobody waits any more
        loop.call_soon_threadsafe(ended.set)
