"""What came of a permit. Unknown is a state, not an error, and is never retried blindly."""

from typing import Annotated, Literal

from pydantic import Field

from sluicegate.domain.ids import PermitId
from sluicegate.domain.value import Name, TimestampMs, Value


class Receipt(Value):
    """The rail's answer. The embedded rail is our own journal ("book"): it settles in the posting
    itself.
    """

    permit_id: PermitId
    status: Literal["settled", "refused", "expired", "unknown"]
    rail: Name
    reference: Annotated[str, Field(max_length=200)]
    reason: Annotated[str, Field(max_length=500)] = ""
    at_ms: TimestampMs
