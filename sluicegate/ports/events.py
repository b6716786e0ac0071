"""The event spine: what came in, and what we tell others, each stored once and read in order."""

from typing import Protocol

from pydantic import JsonValue

from sluicegate.domain.event import DisputeEvent
from sluicegate.domain.value import Name, Natural, TimestampMs, Value


class StoredEvent(Value):
    """An event on the spine. `position` grows by one and has no gaps that a reader could take for
    loss.
    """

    position: Natural
    topic: Name
    key: Name
    dedupe_key: Name
    payload: dict[str, JsonValue]
    stored_at_ms: TimestampMs


class OutboxMessage(Value):
    """A message written in the transaction of what it tells of; the relay moves it to the spine
    once.
    """

    id: Name
    topic: Name
    key: Name
    payload: dict[str, JsonValue]
    created_at_ms: TimestampMs


class EventStore(Protocol):
    """Inbox and spine. All calls happen inside the caller's transaction."""

    def accept(self, event: DisputeEvent, *, now_ms: int) -> bool:
        """Store an incoming event; return False for an exact repeat.

        Raise Conflict where the same (source, id) came before with other content.
        """
        ...

    def incoming(self, event_id: str) -> DisputeEvent:
        """Return an accepted event; raise NotFound."""
        ...

    def enqueue(self, message: OutboxMessage) -> None:
        """Write an outbox row; a message id that is there already raises Conflict."""
        ...

    def outgoing(self, message_id: str) -> OutboxMessage | None:
        """Return an outbox message, sent or not; None where there is none."""
        ...

    def has_unsent(self) -> bool:
        """Say whether the outbox holds rows that the relay has not moved yet."""
        ...

    def relay(self, *, now_ms: int, limit: int) -> int:
        """Move up to `limit` unsent rows to the spine, in order, each once; return how many."""
        ...

    def replay(self, *, after_position: int, limit: int) -> tuple[StoredEvent, ...]:
        """Return spine events after a position, in order."""
        ...
