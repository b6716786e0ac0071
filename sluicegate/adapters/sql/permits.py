"""Permits and what became of them, in a table."""

from typing import Final

from pydantic import ValidationError
from sqlalchemy import Connection, bindparam, func, select, update

from sluicegate.adapters.sql.statements import Statements, StoredRow
from sluicegate.adapters.sql.tables import PermitRow, table_of
from sluicegate.domain.errors import Conflict, InvalidInput, NotFound
from sluicegate.domain.permit import Permit
from sluicegate.domain.receipt import Receipt
from sluicegate.ports.permits import StoredPermit, UnreadablePermit

_PERMIT = table_of(PermitRow)
_P = _PERMIT.c
_FIELDS = (_P.id, _P.body, _P.attempt, _P.status, _P.receipt)

_GET = select(*_FIELDS).where(_P.id == bindparam("id"))
_LATEST = (
    select(*_FIELDS)
    .where(_P.proposal_id == bindparam("proposal_id"))
    .order_by(_P.attempt.desc())
    .limit(1)
)
_RESERVED = select(func.sum(_P.amount_minor)).where(
    _P.transaction_id == bindparam("transaction_id"),
    _P.status == "issued",
    _P.proposal_id != bindparam("except_proposal"),
)
_ANY_ISSUED = select(_P.place).where(_P.status == "issued").limit(1)
_CLAIM = (
    select(*_FIELDS)
    .where(_P.status == "issued")
    .order_by(_P.place)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_STILL_ISSUED = (_P.id == bindparam("permit"), _P.status == "issued")
_CONSUME = (
    update(_PERMIT)
    .where(*_STILL_ISSUED)
    .values(status="consumed", receipt=bindparam("new_receipt"))
)
_CLOSE = (
    update(_PERMIT)
    .where(*_STILL_ISSUED)
    .values(status=bindparam("new_status"), receipt=bindparam("new_receipt"), effect_key=None)
)
_CONSUMING: Final = ("settled", "unknown")
_CLOSING: Final = ("refused", "expired")


class SqlPermits:
    """Implements the port PermitStore."""

    def __init__(self, connection: Connection) -> None:
        self._sql = Statements(connection)

    def issue(self, permit: Permit, *, attempt: int) -> None:
        """Store a permit; raise Conflict where its effect has a live or consumed permit already."""
        claims = permit.claims
        stored = self._sql.insert_new(
            PermitRow,
            {
                "id": claims.permit_id,
                "proposal_id": claims.proposal_id,
                "attempt": attempt,
                "transaction_id": claims.transaction_id,
                "amount_minor": claims.amount_minor,
                "effect_key": claims.effect_key(),
                "status": "issued",
                "body": permit.canonical().decode(),
                "receipt": None,
                "issued_at_ms": claims.issued_at_ms,
            },
        )
        if not stored:
            raise Conflict(
                f"The effect {claims.effect_key()} has a permit already.",
                next_step="Look at that permit; one effect is allowed once.",
            )

    def latest(self, proposal_id: str) -> StoredPermit | None:
        """Return the newest permit of a proposal."""
        row = self._sql.first(_LATEST, {"proposal_id": proposal_id})
        return _stored(row) if row is not None else None

    def get(self, permit_id: str) -> StoredPermit:
        """Return a permit; raise NotFound."""
        row = self._sql.first(_GET, {"id": permit_id})
        if row is None:
            raise NotFound(f"There is no permit {permit_id}.")
        return _stored(row)

    def reserved_minor(self, transaction_id: str, *, except_proposal: str) -> int:
        """Return the sum of issued permits for a transaction, those of one proposal left out."""
        return self._sql.number(
            _RESERVED, {"transaction_id": transaction_id, "except_proposal": except_proposal}
        )

    def has_waiting(self) -> bool:
        """Say whether any permit is issued and not yet claimed to its end."""
        return self._sql.first(_ANY_ISSUED, {}) is not None

    def claim(self, *, limit: int) -> tuple[StoredPermit | UnreadablePermit, ...]:
        """Return issued permits, oldest first, locked for this transaction."""
        return tuple(_claimed(row) for row in self._sql.all(_CLAIM, {"limit": limit}))

    def consume(self, permit_id: str, receipt: Receipt) -> bool:
        """Turn an issued permit into a consumed one; False where it is not issued any more.

        Raise InvalidInput for a receipt of another permit or of one that had no effect.
        """
        _check(permit_id, receipt, _CONSUMING)
        values = {"permit": permit_id, "new_receipt": receipt.canonical().decode()}
        return self._sql.change(_CONSUME, values) == 1

    def close(self, permit_id: str, receipt: Receipt) -> bool:
        """Turn an issued permit into a refused or expired one, and free its effect.

        Raise InvalidInput for a receipt of another permit or of an effect that may be there.
        """
        _check(permit_id, receipt, _CLOSING)
        values = {
            "permit": permit_id,
            "new_status": receipt.status,
            "new_receipt": receipt.canonical().decode(),
        }
        return self._sql.change(_CLOSE, values) == 1


def _check(permit_id: str, receipt: Receipt, fitting: tuple[str, ...]) -> None:
    if receipt.permit_id != permit_id or receipt.status not in fitting:
        raise InvalidInput(
            f"A receipt that says {receipt.status} of {receipt.permit_id} "
            f"does not do this to permit {permit_id}."
        )


def _claimed(row: StoredRow) -> StoredPermit | UnreadablePermit:
    """Return what a row holds: one that cannot be carried out must not stand before all others."""
    try:
        stored = _stored(row)
    except ValidationError:
        return UnreadablePermit(permit_id=str(row.id), problem="The row holds no permit.")
    if stored.permit.claims.permit_id != row.id:
        return UnreadablePermit(
            permit_id=str(row.id), problem="The row holds a permit of another name."
        )
    return stored


def _stored(row: StoredRow) -> StoredPermit:
    return StoredPermit(
        permit=Permit.from_json(row.body),
        attempt=row.attempt,
        status=row.status,
        receipt=Receipt.from_json(row.receipt) if row.receipt is not None else None,
    )
