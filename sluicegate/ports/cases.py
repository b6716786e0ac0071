"""Cases, and the lease that keeps two processes from driving one case at the same time."""

from typing import Protocol

from sluicegate.domain.case import Case, CaseStatus


class CaseStore(Protocol):
    """Stores cases. All calls happen inside the caller's transaction."""

    def open(self, case: Case) -> None:
        """Store a new case; an equal one that is there already changes nothing."""
        ...

    def get(self, case_id: str) -> Case:
        """Return a case; raise NotFound."""
        ...

    def set_status(self, case_id: str, status: CaseStatus, outcome: str) -> None:
        """Move a case on; raise NotFound."""
        ...

    def lease(self, case_id: str, holder: str, *, now_ms: int, until_ms: int) -> bool:
        """Take or renew the right to drive a case; False while someone else's lease is live."""
        ...

    def release(self, case_id: str, holder: str) -> None:
        """Give the lease back, where `holder` still has it."""
        ...

    def movable(self, *, now_ms: int, limit: int) -> tuple[Case, ...]:
        """Return cases that can go on and that nobody holds a live lease on, oldest first.

        Those are the running ones, and those that waited for a review and have none pending now.
        """
        ...

    def recent(self, *, limit: int) -> tuple[Case, ...]:
        """Return the newest cases first."""
        ...
