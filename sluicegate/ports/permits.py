"""Permits: issued by the gate, claimed and consumed by the executor."""

from typing import Literal, Protocol

from sluicegate.domain.permit import Permit
from sluicegate.domain.receipt import Receipt
from sluicegate.domain.value import Natural, Value

PermitStatus = Literal["issued", "consumed", "refused", "expired"]


class StoredPermit(Value):
    """A permit and what became of it. `receipt` is there once the status is not ``issued``."""

    permit: Permit
    attempt: Natural
    status: PermitStatus
    receipt: Receipt | None = None


class UnreadablePermit(Value):
    """A row among the permits that holds none, or one of another name. It is refused, not read."""

    permit_id: str
    problem: str


class PermitStore(Protocol):
    """Stores permits. All calls happen inside the caller's transaction."""

    def issue(self, permit: Permit, *, attempt: int) -> None:
        """Store a permit; raise Conflict where its effect has a live or consumed permit already."""
        ...

    def latest(self, proposal_id: str) -> StoredPermit | None:
        """Return the newest permit of a proposal."""
        ...

    def get(self, permit_id: str) -> StoredPermit:
        """Return a permit; raise NotFound."""
        ...

    def reserved_minor(self, transaction_id: str, *, except_proposal: str) -> int:
        """Return the sum of issued, not yet consumed permits for a transaction, those of one
        proposal left out.
        """
        ...

    def has_waiting(self) -> bool:
        """Say whether any permit is issued and not yet claimed to its end."""
        ...

    def claim(self, *, limit: int) -> tuple[StoredPermit | UnreadablePermit, ...]:
        """Return issued permits, oldest first, locked for this transaction; rows locked elsewhere
        are skipped.
        """
        ...

    def consume(self, permit_id: str, receipt: Receipt) -> bool:
        """Turn an issued permit into a consumed one; False where it is not issued any more."""
        ...

    def close(self, permit_id: str, receipt: Receipt) -> bool:
        """Turn an issued permit into a refused or expired one, as the receipt says, and free its
        effect.
        """
        ...
