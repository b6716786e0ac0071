"""A case: one event being worked on, and where it stands."""

from enum import StrEnum

from sluicegate.domain.ids import CaseId
from sluicegate.domain.value import Digest, Name, TimestampMs, Value


class CaseStatus(StrEnum):
    """Where a case stands."""

    RUNNING = "running"
    WAITING_FOR_REVIEW = "waiting_for_review"
    SETTLED = "settled"
    REJECTED = "rejected"
    DENIED = "denied"
    NO_ACTION = "no_action"

    @property
    def is_final(self) -> bool:
        """Say whether nothing more will happen to the case."""
        return self not in (CaseStatus.RUNNING, CaseStatus.WAITING_FOR_REVIEW)


class Case(Value):
    """A dispute case. `thread_id` names its graph run in the checkpointer."""

    id: CaseId
    event_id: Name
    event_digest: Digest
    opened_by: Name
    opened_at_ms: TimestampMs
    thread_id: Name
    status: CaseStatus
    outcome: str = ""
