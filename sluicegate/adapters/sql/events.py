"""Inbox, outbox and spine, in tables."""

import json
from typing import Final

from sqlalchemy import Connection, bindparam, func, select, text, update

from sluicegate.adapters.sql.statements import Statements
from sluicegate.adapters.sql.tables import Outbox, SpineEvent, SpineIncoming, table_of
from sluicegate.domain.canonical import canonical_bytes, sha256_digest
from sluicegate.domain.errors import Conflict, NotFound
from sluicegate.domain.event import DisputeEvent
from sluicegate.ports.events import OutboxMessage, StoredEvent

_INCOMING = table_of(SpineIncoming).c
_OUTBOX = table_of(Outbox).c
_SPINE = table_of(SpineEvent).c

_SAME_NAME = select(_INCOMING.digest).where(
    _INCOMING.source == bindparam("source"),
    _INCOMING.source_event_id == bindparam("source_event_id"),
)
_INCOMING_BODY = select(_INCOMING.body).where(_INCOMING.id == bindparam("id"))
_UNSENT = (
    select(_OUTBOX.place, _OUTBOX.id, _OUTBOX.topic, _OUTBOX.key, _OUTBOX.payload)
    .where(_OUTBOX.sent_at_ms.is_(None))
    .order_by(_OUTBOX.place)
    .limit(bindparam("limit"))
)
_OUTGOING = select(
    _OUTBOX.id, _OUTBOX.topic, _OUTBOX.key, _OUTBOX.payload, _OUTBOX.created_at_ms
).where(_OUTBOX.id == bindparam("id"))
_ANY_UNSENT = select(_OUTBOX.place).where(_OUTBOX.sent_at_ms.is_(None)).limit(1)
_MARK_SENT = (
    update(table_of(Outbox))
    .where(_OUTBOX.place.in_(bindparam("places", expanding=True)))
    .values(sent_at_ms=bindparam("now_ms"))
)
_LAST_POSITION = select(func.max(_SPINE.position))
_REPLAY = (
    select(table_of(SpineEvent))
    .where(_SPINE.position > bindparam("after"))
    .order_by(_SPINE.position)
    .limit(bindparam("limit"))
)
_RELAY_LOCK: Final = text("SELECT pg_advisory_xact_lock(7301002)")


class SqlEvents:
    """Implements the port EventStore."""

    def __init__(self, connection: Connection) -> None:
        self._sql = Statements(connection)

    def accept(self, event: DisputeEvent, *, now_ms: int) -> bool:
        """Store an incoming event; False for an exact repeat; raise Conflict for other content."""
        body = event.canonical()
        digest = sha256_digest(body)
        stored = self._sql.insert_new(
            SpineIncoming,
            {
                "id": event.event_id(),
                "source": event.source,
                "source_event_id": event.id,
                "digest": digest,
                "body": body.decode(),
                "received_at_ms": now_ms,
            },
        )
        if stored:
            return True
        earlier = self._sql.first(_SAME_NAME, {"source": event.source, "source_event_id": event.id})
        if earlier is None or earlier[0] != digest:
            raise Conflict(
                "An event with this source and id came before, with other content.",
                next_step="Give a new event a new id; to correct a claim, send another event.",
            )
        return False

    def incoming(self, event_id: str) -> DisputeEvent:
        """Return an accepted event; raise NotFound."""
        row = self._sql.first(_INCOMING_BODY, {"id": event_id})
        if row is None:
            raise NotFound(f"There is no event {event_id}.")
        return DisputeEvent.from_json(str(row[0]))

    def enqueue(self, message: OutboxMessage) -> None:
        """Write an outbox row; raise Conflict where its id is there already."""
        stored = self._sql.insert_new(
            Outbox,
            {
                "id": message.id,
                "topic": message.topic,
                "key": message.key,
                "payload": canonical_bytes(message.payload).decode(),
                "created_at_ms": message.created_at_ms,
                "sent_at_ms": None,
            },
        )
        if not stored:
            raise Conflict(f"The outbox has a message {message.id} already.")

    def outgoing(self, message_id: str) -> OutboxMessage | None:
        """Return an outbox message, sent or not; None where there is none."""
        row = self._sql.first(_OUTGOING, {"id": message_id})
        if row is None:
            return None
        return OutboxMessage(
            id=row.id,
            topic=row.topic,
            key=row.key,
            payload=json.loads(row.payload),
            created_at_ms=row.created_at_ms,
        )

    def has_unsent(self) -> bool:
        """Say whether the outbox holds rows that the relay has not moved yet."""
        return self._sql.first(_ANY_UNSENT, {}) is not None

    def relay(self, *, now_ms: int, limit: int) -> int:
        """Move up to `limit` unsent outbox rows to the spine, in order; return how many."""
        if self._sql.is_postgres:
            # Two relays at once would give out one position twice. On SQLite there is one writer.
            self._sql.first(_RELAY_LOCK, {})
        rows = self._sql.all(_UNSENT, {"limit": limit})
        if not rows:
            return 0
        position = self._sql.number(_LAST_POSITION, {})
        self._sql.insert_many(
            SpineEvent,
            [
                {
                    "position": position + offset,
                    "topic": row.topic,
                    "key": row.key,
                    "dedupe_key": row.id,
                    "payload": row.payload,
                    "stored_at_ms": now_ms,
                }
                for offset, row in enumerate(rows, start=1)
            ],
        )
        self._sql.change(_MARK_SENT, {"places": [row.place for row in rows], "now_ms": now_ms})
        return len(rows)

    def replay(self, *, after_position: int, limit: int) -> tuple[StoredEvent, ...]:
        """Return spine events after a position, in order."""
        rows = self._sql.all(_REPLAY, {"after": after_position, "limit": limit})
        return tuple(
            StoredEvent(
                position=row.position,
                topic=row.topic,
                key=row.key,
                dedupe_key=row.dedupe_key,
                payload=json.loads(row.payload),
                stored_at_ms=row.stored_at_ms,
            )
            for row in rows
        )
