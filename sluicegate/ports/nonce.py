"""Unpredictable numbers, as a port; each one drawn becomes a recorded input of the gate."""

from typing import Protocol


class NonceSource(Protocol):
    """Draws nonces."""

    def fresh(self) -> str:
        """Return 32 hexadecimal digits that were never returned before."""
        ...
