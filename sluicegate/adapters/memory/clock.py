"""A clock that stands still until it is told to go on."""

from typing import Final

START_MS: Final = 1_790_000_000_000


class FixedClock:
    """Implements the port Clock."""

    def __init__(self, start_ms: int = START_MS) -> None:
        self._now_ms = start_ms

    def now_ms(self) -> int:
        """Return the time it was set to, in milliseconds."""
        return self._now_ms

    def advance(self, by_ms: int) -> None:
        """Go on by some milliseconds, never back."""
        if by_ms < 0:
            raise ValueError("a clock does not go back")
        self._now_ms += by_ms
