"""Named streams of numbers: a part that draws more moves no other part."""

import hashlib
import math
from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np

Item = TypeVar("Item")

_BUFFER: Final = 4_096
_FLOAT_BITS: Final = 53


class Stream:
    """Draws from PCG64, whose raw output numpy keeps stable; the rest is plain arithmetic."""

    def __init__(self, seed: int, *names: str) -> None:
        material = hashlib.sha256(repr((seed, names)).encode()).digest()
        self._bits = np.random.PCG64(int.from_bytes(material, "big"))
        self._buffer: list[int] = []

    def fraction(self) -> float:
        """Return a number from 0 up to, not including, 1."""
        if not self._buffer:
            raw = self._bits.random_raw(_BUFFER) >> np.uint64(64 - _FLOAT_BITS)
            self._buffer = [int(word) for word in raw[::-1]]
        return self._buffer.pop() / (1 << _FLOAT_BITS)

    def chance(self, probability: float) -> bool:
        """Return True with a probability."""
        return self.fraction() < probability

    def integer(self, low: int, high: int) -> int:
        """Return an integer from `low` to `high`, both possible."""
        return low + int(self.fraction() * (high - low + 1))

    def normal(self) -> float:
        """Return a standard normal number (Box and Muller 1958)."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.fraction()))
        return radius * math.cos(2.0 * math.pi * self.fraction())

    def lognormal(self, median: float, sigma: float) -> float:
        """Return a lognormal number with this median."""
        return median * math.exp(sigma * self.normal())

    def exponential(self, mean: float) -> float:
        """Return an exponential number with this mean."""
        return -mean * math.log(1.0 - self.fraction())

    def poisson(self, mean: float) -> int:
        """Return a Poisson number (Knuth 1969); meant for means of a few units."""
        limit, product, count = math.exp(-mean), self.fraction(), 0
        while product > limit:
            product *= self.fraction()
            count += 1
        return count

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of the items."""
        return items[self.integer(0, len(items) - 1)]

    def weighted(self, items: Sequence[Item], weights: Sequence[float]) -> Item:
        """Return one of the items with a probability in proportion to its weight."""
        mark = self.fraction() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            mark -= weight
            if mark < 0:
                return item
        return items[-1]

    def sample(self, items: Sequence[Item], count: int) -> list[Item]:
        """Return up to `count` different items, in the order drawn."""
        left = list(items)
        return [left.pop(self.integer(0, len(left) - 1)) for _ in range(min(count, len(left)))]
