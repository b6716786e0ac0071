"""Crash points that really kill, for fault tests."""

import os
import signal

from sluicegate.ports.crash import CrashPoints, NoCrash


class KillAt:
    """Ends this process with SIGKILL at its point: no handlers, no flushing, no clean-up."""

    def __init__(self, point: str) -> None:
        self._point = point

    def reach(self, point: str) -> None:
        """Kill this process at the armed point; do nothing at others."""
        if point == self._point:
            os.kill(os.getpid(), signal.SIGKILL)


def crash_points(armed: str) -> CrashPoints:
    """Return what to hand to a Database: a killer where a point is named, nothing otherwise."""
    return KillAt(armed) if armed else NoCrash()
