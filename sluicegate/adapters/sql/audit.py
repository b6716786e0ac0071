"""The audit log, in a table; its head is one row, locked while a transaction appends."""

from collections.abc import Iterator
from typing import Final

from pydantic import ValidationError
from sqlalchemy import Connection, Select, bindparam, select, update

from sluicegate.adapters.sql.statements import Statements, StoredRow
from sluicegate.adapters.sql.tables import AuditEntryRow, AuditHead, table_of
from sluicegate.audit.chain import Head, Unreadable, link, verify
from sluicegate.domain.audit import AuditEntry, AuditProof, AuditRecord, AuditVerdict
from sluicegate.domain.canonical import sha256_digest
from sluicegate.domain.errors import AuditBroken, NotFound, Unavailable

_E = table_of(AuditEntryRow).c
_HEAD = table_of(AuditHead)
_PAGE_ROWS: Final = 500
"""How many entries verifying holds in memory at a time."""

_GET_HEAD = select(_HEAD.c.seq, _HEAD.c.hash).where(_HEAD.c.id == AuditHead.ONLY_ID)
_LOCK_HEAD = _GET_HEAD.with_for_update()
_SET_HEAD = (
    update(_HEAD)
    .where(_HEAD.c.id == AuditHead.ONLY_ID)
    .values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
)
_FIELDS = (_E.seq, _E.previous_hash, _E.record_digest, _E.hash, _E.case_id, _E.record)
_READ = (
    select(*_FIELDS).where(_E.seq > bindparam("after")).order_by(_E.seq).limit(bindparam("limit"))
)
_GET = select(*_FIELDS).where(_E.seq == bindparam("seq"))
_GET_ONCE = select(*_FIELDS).where(_E.once == bindparam("once"))
_OF_CASE = select(*_FIELDS).where(_E.case_id == bindparam("case_id")).order_by(_E.seq)
_FOLLOWING = (
    select(_E.record_digest)
    .where(_E.seq > bindparam("after"), _E.seq <= bindparam("last"))
    .order_by(_E.seq)
)


class SqlAuditLog:
    """Implements the port AuditLog."""

    def __init__(self, connection: Connection) -> None:
        self._sql = Statements(connection)
        self._locked_head: Head | None = None

    def append(self, record: AuditRecord, *, once: str = "") -> AuditEntry:
        """Append a record after the current head, which stays locked until the transaction ends.

        Where an entry named `once` is there already, return that one and append nothing.
        """
        # The lock is held from the first append on, so a second one need not ask again.
        head = self._locked_head or self._head(_LOCK_HEAD)
        self._locked_head = head
        earlier = self._sql.first(_GET_ONCE, {"once": once}) if once else None
        if earlier is not None:
            return _entry(earlier)
        raw = record.canonical()
        digest = sha256_digest(raw)
        entry = link(head, record, digest)
        self._sql.insert(
            AuditEntryRow,
            {
                "seq": entry.seq,
                "previous_hash": entry.previous_hash,
                "record_digest": digest,
                "hash": entry.hash,
                "case_id": record.case_id,
                "once": once or None,
                "record": raw.decode(),
            },
        )
        self._sql.change(_SET_HEAD, {"new_seq": entry.seq, "new_hash": entry.hash})
        self._locked_head = Head(entry.seq, entry.hash)
        return entry

    def read(self, *, after_seq: int, limit: int) -> tuple[AuditEntry, ...]:
        """Return entries after a place (0 for the first), in order; raise AuditBroken."""
        rows = self._sql.all(_READ, {"after": after_seq, "limit": limit})
        return tuple(_entry(row) for row in rows)

    def of_case(self, case_id: str) -> tuple[AuditEntry, ...]:
        """Return the entries of a case, in order; raise AuditBroken."""
        return tuple(_entry(row) for row in self._sql.all(_OF_CASE, {"case_id": case_id}))

    def prove(self, seq: int) -> AuditProof:
        """Return the proof that an entry is under the head; raise NotFound or AuditBroken."""
        row = self._sql.first(_GET, {"seq": seq})
        if row is None:
            raise NotFound(f"There is no audit entry {seq}.")
        head = self._head(_GET_HEAD)
        following = self._sql.all(_FOLLOWING, {"after": seq, "last": head.seq})
        return AuditProof(
            entry=_entry(row),
            following=tuple(str(later[0]) for later in following),
            head_seq=head.seq,
            head_hash=head.hash,
        )

    def verify(self) -> AuditVerdict:
        """Recompute every hash and link from the first entry to the head.

        Call it in a reading transaction: entries appended meanwhile are then not half seen.
        """
        head = self._head(_GET_HEAD)
        return verify(self._stored(), head)

    def _stored(self) -> Iterator[AuditEntry | Unreadable]:
        after = 0
        while rows := self._sql.all(_READ, {"after": after, "limit": _PAGE_ROWS}):
            for row in rows:
                yield _checked(row)
            after = int(rows[-1].seq)

    def _head(self, statement: Select[*tuple[object, ...]]) -> Head:
        row = self._sql.first(statement, {})
        if row is None:
            raise Unavailable("The audit log has no head.", next_step="Migrate the database.")
        return Head(int(row.seq), str(row.hash))


def _entry(row: StoredRow) -> AuditEntry:
    try:
        return AuditEntry(
            seq=row.seq,
            previous_hash=row.previous_hash,
            record=AuditRecord.from_json(row.record),
            hash=row.hash,
        )
    except ValidationError as cause:
        raise AuditBroken(
            f"Audit entry {row.seq} cannot be read.",
            next_step="Verify the log; somebody changed it.",
            detail={"first_bad_seq": row.seq},
        ) from cause


def _checked(row: StoredRow) -> AuditEntry | Unreadable:
    """Read a row, and hold the columns that queries use against the record itself."""
    try:
        entry = _entry(row)
    except AuditBroken as cause:
        return Unreadable(int(row.seq), cause.message)
    if row.case_id != entry.record.case_id:
        return Unreadable(entry.seq, f"entry {entry.seq} is filed under another case")
    if row.record_digest != entry.record.digest():
        return Unreadable(entry.seq, f"entry {entry.seq} is not what was logged")
    return entry
