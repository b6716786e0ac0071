"""Nonces that count."""


class SequenceNonce:
    """Implements the port NonceSource: 1, 2, 3, … in 32 hexadecimal digits."""

    def __init__(self) -> None:
        self._last = 0

    def fresh(self) -> str:
        """Return the next one."""
        self._last += 1
        return f"{self._last:032x}"
