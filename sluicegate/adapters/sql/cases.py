"""Cases and their leases, in a table."""

from sqlalchemy import Connection, and_, bindparam, exists, or_, select, update

from sluicegate.adapters.sql.statements import Statements, StoredRow
from sluicegate.adapters.sql.tables import DisputeCase, ReviewRow, table_of
from sluicegate.domain.case import Case, CaseStatus
from sluicegate.domain.errors import Conflict, NotFound
from sluicegate.domain.ids import CaseId

_CASE = table_of(DisputeCase)
_REVIEWS = table_of(ReviewRow)
_COLUMNS = _CASE.c
_FIELDS = (
    _COLUMNS.id,
    _COLUMNS.event_id,
    _COLUMNS.event_digest,
    _COLUMNS.opened_by,
    _COLUMNS.opened_at_ms,
    _COLUMNS.thread_id,
    _COLUMNS.status,
    _COLUMNS.outcome,
)
_GET = select(*_FIELDS).where(_COLUMNS.id == bindparam("id"))
_SET_STATUS = (
    update(_CASE)
    .where(_COLUMNS.id == bindparam("case"))
    .values(status=bindparam("new_status"), outcome=bindparam("new_outcome"))
)
_NOT_HELD = or_(_COLUMNS.lease_holder.is_(None), _COLUMNS.lease_until_ms <= bindparam("now_ms"))
_LEASE = (
    update(_CASE)
    .where(
        _COLUMNS.id == bindparam("case"),
        or_(_NOT_HELD, _COLUMNS.lease_holder == bindparam("holder")),
    )
    .values(lease_holder=bindparam("holder"), lease_until_ms=bindparam("until_ms"))
)
_RELEASE = (
    update(_CASE)
    .where(_COLUMNS.id == bindparam("case"), _COLUMNS.lease_holder == bindparam("holder"))
    .values(lease_holder=None, lease_until_ms=None)
)
# A partial index holds the pending reviews, of which there are few.
_DECIDED = and_(
    _COLUMNS.status == "waiting_for_review",
    ~exists().where(_REVIEWS.c.case_id == _COLUMNS.id, _REVIEWS.c.status == "pending"),
)
_MOVABLE = (
    select(*_FIELDS)
    .where(and_(or_(_COLUMNS.status == "running", _DECIDED), _NOT_HELD))
    .order_by(_COLUMNS.place)
    .limit(bindparam("limit"))
)
_RECENT = select(*_FIELDS).order_by(_COLUMNS.place.desc()).limit(bindparam("limit"))


class SqlCases:
    """Implements the port CaseStore. Age is the order of storing, which no clock can change."""

    def __init__(self, connection: Connection) -> None:
        self._sql = Statements(connection)

    def open(self, case: Case) -> None:
        """Store a new case; one of the same event that is there already changes nothing.

        Raise Conflict where its id, event or thread belongs to another case. Who opened it when,
        and where it stands, may have moved on and is not compared.
        """
        stored = self._sql.insert_new(
            DisputeCase,
            {
                "id": case.id,
                "event_id": case.event_id,
                "event_digest": case.event_digest,
                "opened_by": case.opened_by,
                "opened_at_ms": case.opened_at_ms,
                "thread_id": case.thread_id,
                "status": case.status.value,
                "outcome": case.outcome,
                "lease_holder": None,
                "lease_until_ms": None,
            },
        )
        if stored:
            return
        row = self._sql.first(_GET, {"id": case.id})
        there = _case(row) if row is not None else None
        if there is None or (there.event_id, there.event_digest, there.thread_id) != (
            case.event_id,
            case.event_digest,
            case.thread_id,
        ):
            raise Conflict(f"Another case has the name, the event or the thread of {case.id}.")

    def get(self, case_id: str) -> Case:
        """Return a case; raise NotFound."""
        row = self._sql.first(_GET, {"id": case_id})
        if row is None:
            raise _not_found(case_id)
        return _case(row)

    def set_status(self, case_id: str, status: CaseStatus, outcome: str) -> None:
        """Move a case on; raise NotFound."""
        changed = self._sql.change(
            _SET_STATUS, {"case": case_id, "new_status": status.value, "new_outcome": outcome}
        )
        if changed == 0:
            raise _not_found(case_id)

    def lease(self, case_id: str, holder: str, *, now_ms: int, until_ms: int) -> bool:
        """Take or renew the right to drive a case; False while someone else's lease is live."""
        changed = self._sql.change(
            _LEASE, {"case": case_id, "holder": holder, "now_ms": now_ms, "until_ms": until_ms}
        )
        if changed == 0:
            self.get(case_id)
        return changed == 1

    def release(self, case_id: str, holder: str) -> None:
        """Give the lease back, where `holder` still has it."""
        self._sql.change(_RELEASE, {"case": case_id, "holder": holder})

    def movable(self, *, now_ms: int, limit: int) -> tuple[Case, ...]:
        """Return cases that can go on and that nobody holds a live lease on, oldest first."""
        rows = self._sql.all(_MOVABLE, {"now_ms": now_ms, "limit": limit})
        return tuple(_case(row) for row in rows)

    def recent(self, *, limit: int) -> tuple[Case, ...]:
        """Return the newest cases first."""
        return tuple(_case(row) for row in self._sql.all(_RECENT, {"limit": limit}))


def _case(row: StoredRow) -> Case:
    return Case(
        id=CaseId(row.id),
        event_id=row.event_id,
        event_digest=row.event_digest,
        opened_by=row.opened_by,
        opened_at_ms=row.opened_at_ms,
        thread_id=row.thread_id,
        status=CaseStatus(row.status),
        outcome=row.outcome,
    )


def _not_found(case_id: str) -> NotFound:
    return NotFound(f"There is no case {case_id}.", next_step="List cases to see their names.")
