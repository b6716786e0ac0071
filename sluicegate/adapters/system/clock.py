"""The machine's clock."""

import time


class SystemClock:
    """Implements the port Clock."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970-01-01T00:00:00Z."""
        return time.time_ns() // 1_000_000
