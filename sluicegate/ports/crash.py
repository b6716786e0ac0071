"""Named crash points: places where a fault test kills the process. In normal runs nothing is armed.

Every commit on the money path passes two of them: ``<seam>.before_commit`` and
``<seam>.after_commit``.
"""

from typing import Protocol


class CrashPoints(Protocol):
    """Told of every point that is passed."""

    def reach(self, point: str) -> None:
        """Do nothing, or end the process without any clean-up."""
        ...


class NoCrash:
    """The normal case."""

    def reach(self, point: str) -> None:
        """Do nothing."""
