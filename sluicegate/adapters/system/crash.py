"""Crash points that really kill, for fault tests."""

import os
import signal

from sluicegate.domain.errors import InvalidInput
from sluicegate.ports.crash import CrashPoints, NoCrash


class KillAt:
    """Ends this process with SIGKILL when its point is reached the n-th time: no clean-up."""

    def __init__(self, point: str, *, pass_number: int = 1) -> None:
        self._point = point
        self._left = pass_number

    def reach(self, point: str) -> None:
        """Kill this process at the armed point; do nothing at others."""
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def crash_points(armed: str) -> CrashPoints:
    """Return what to hand to a Database: a killer where a point is named, nothing otherwise.

    `armed` is ``name``, or ``name#n`` for the n-th time that the process passes it. Raise
    InvalidInput where n is not a number above zero.
    """
    if not armed:
        return NoCrash()
    name, _, number = armed.partition("#")
    if number and not (number.isascii() and number.isdigit() and int(number) > 0):
        raise InvalidInput(
            f"Crash point {armed!r} has no number above zero after its #.",
            next_step="Unset SLUICEGATE_CRASH_AT, or write name#2.",
        )
    return KillAt(name, pass_number=int(number or 1))
