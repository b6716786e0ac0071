"""Names for failures that nobody foresaw: shown to the caller, written beside the trace."""

import itertools
import os
import time

from sluicegate.domain.ids import derive_id

_count = itertools.count(1)


def incident_id() -> str:
    """Return a name by which one failure is found in the log; it says nothing about the failure."""
    parts = (str(os.getpid()), str(time.perf_counter_ns()), str(next(_count)))
    return derive_id("inc", *parts)
