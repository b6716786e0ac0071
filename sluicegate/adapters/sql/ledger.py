"""Accounts and the double-entry journal, in tables."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import BigInteger, Connection, bindparam, column, func, select, table

from sluicegate.adapters.sql.statements import Statements, StoredRow
from sluicegate.adapters.sql.tables import (
    JournalEntryRow,
    JournalPosting,
    LedgerAccount,
    table_of,
)
from sluicegate.domain.errors import Conflict, NotFound, UnknownRecord
from sluicegate.domain.ids import EntryId, PermitId
from sluicegate.domain.journal import JournalEntry, Posting
from sluicegate.ports.ledger import Balance

_ACCOUNT = table_of(LedgerAccount).c
_ENTRY = table_of(JournalEntryRow).c
_POSTING = table_of(JournalPosting).c
_LINE = table(
    "journal_line",
    column("account_id"),
    column("currency"),
    column("amount_minor", BigInteger),
).c

_GET_ACCOUNT = select(_ACCOUNT.currency, _ACCOUNT.kind).where(_ACCOUNT.id == bindparam("id"))
_CURRENCIES = select(_ACCOUNT.id, _ACCOUNT.currency).where(
    _ACCOUNT.id.in_(bindparam("ids", expanding=True))
)
_CREDITED = (
    select(func.sum(_POSTING.amount_minor))
    .join(table_of(JournalEntryRow), _ENTRY.id == _POSTING.entry_id)
    .where(_ENTRY.effect_key == bindparam("effect_key"))
)
_WITH_POSTINGS = (
    select(
        _ENTRY.id,
        _ENTRY.permit_id,
        _ENTRY.effect_key,
        _ENTRY.posted_at_ms,
        _POSTING.debit_account_id,
        _POSTING.credit_account_id,
        _POSTING.amount_minor,
        _POSTING.currency,
    )
    .join(table_of(JournalPosting), _POSTING.entry_id == _ENTRY.id)
    .order_by(_ENTRY.id, _POSTING.place)
)
_PAGE = _WITH_POSTINGS.where(
    _ENTRY.id.in_(
        select(_ENTRY.id)
        .where(_ENTRY.id > bindparam("after"))
        .order_by(_ENTRY.id)
        .limit(bindparam("limit"))
        .scalar_subquery()
    )
)
_BALANCE = select(func.sum(_LINE.amount_minor)).where(_LINE.account_id == bindparam("id"))
_GHOST_POSTINGS = select(func.count()).where(_POSTING.entry_id.not_in(select(_ENTRY.id)))
_EMPTY_ENTRIES = select(func.count()).where(_ENTRY.id.not_in(select(_POSTING.entry_id)))
_TRIAL_BALANCE = select(_LINE.currency, func.sum(_LINE.amount_minor).label("sum_minor")).group_by(
    _LINE.currency
)


class SqlLedger:
    """Implements the port Ledger."""

    def __init__(self, connection: Connection) -> None:
        self._sql = Statements(connection)

    def open_account(self, account_id: str, currency: str, kind: str) -> None:
        """Open an account; an equal one changes nothing; raise Conflict for another."""
        values = {"id": account_id, "currency": currency, "kind": kind}
        if self._sql.insert_new(LedgerAccount, values):
            return
        there = self._sql.first(_GET_ACCOUNT, {"id": account_id})
        if there is None or tuple(there) != (currency, kind):
            raise Conflict(f"Account {account_id} is open already, in another currency or kind.")

    def account_currency(self, account_id: str) -> str | None:
        """Return the currency of an account; None where there is no such account."""
        row = self._sql.first(_GET_ACCOUNT, {"id": account_id})
        return str(row.currency) if row is not None else None

    def post(self, entry: JournalEntry) -> None:
        """Append an entry.

        Raise Conflict where its name, permit or effect was posted; UnknownRecord for an account
        that is not open in the posting's currency, or a permit that is not there. Nothing is
        half-written.
        """
        self._check_accounts(entry)
        stored = self._sql.insert_new(
            JournalEntryRow,
            {
                "id": entry.id,
                "permit_id": entry.permit_id,
                "effect_key": entry.effect_key,
                "posted_at_ms": entry.posted_at_ms,
            },
        )
        if not stored:
            raise Conflict(
                f"The effect {entry.effect_key} or the permit {entry.permit_id} was posted before.",
                next_step="Look at that entry; it stands.",
            )
        self._sql.insert_many(
            JournalPosting,
            [
                {
                    "entry_id": entry.id,
                    "place": place,
                    "debit_account_id": posting.debit_account_id,
                    "credit_account_id": posting.credit_account_id,
                    "amount_minor": posting.amount_minor,
                    "currency": posting.currency,
                }
                for place, posting in enumerate(entry.postings)
            ],
        )

    def _check_accounts(self, entry: JournalEntry) -> None:
        # The foreign keys say the same; asking first keeps the transaction usable on PostgreSQL.
        wanted = {
            (account, posting.currency)
            for posting in entry.postings
            for account in (posting.debit_account_id, posting.credit_account_id)
        }
        rows = self._sql.all(_CURRENCIES, {"ids": sorted({account for account, _ in wanted})})
        missing = sorted(wanted - {(str(row.id), str(row.currency)) for row in rows})
        if missing:
            account, currency = missing[0]
            raise UnknownRecord(
                f"There is no ledger account {account} in {currency}.",
                next_step="An administrator has to open it first.",
            )

    def credited_minor(self, transaction_id: str, kind: str) -> int:
        """Return the sum posted for an effect on a transaction."""
        return self._sql.number(_CREDITED, {"effect_key": f"{kind}:{transaction_id}"})

    def entries(self, *, after: str, limit: int) -> tuple[JournalEntry, ...]:
        """Return entries in the order of their ids, after one ("" for the first)."""
        return _entries(self._sql.all(_PAGE, {"after": after, "limit": limit}))

    def balance(self, account_id: str) -> Balance:
        """Return an account's balance; raise NotFound."""
        account = self._sql.first(_GET_ACCOUNT, {"id": account_id})
        if account is None:
            raise NotFound(f"There is no ledger account {account_id}.")
        return Balance(
            account_id=account_id,
            currency=account.currency,
            balance_minor=self._sql.number(_BALANCE, {"id": account_id}),
        )

    def stray_rows(self) -> int:
        """Return how many postings have no entry and entries no posting."""
        return self._sql.number(_GHOST_POSTINGS, {}) + self._sql.number(_EMPTY_ENTRIES, {})

    def trial_balance(self) -> dict[str, int]:
        """Return, a currency, the sum over all journal lines: zero, or the books are wrong."""
        rows = self._sql.all(_TRIAL_BALANCE, {})
        return {str(row.currency): int(row.sum_minor) for row in rows}


def _entries(rows: Sequence[StoredRow]) -> tuple[JournalEntry, ...]:
    return tuple(_entry(list(group)) for _, group in groupby(rows, key=lambda row: str(row.id)))


def _entry(rows: list[StoredRow]) -> JournalEntry:
    first = rows[0]
    return JournalEntry(
        id=EntryId(first.id),
        permit_id=PermitId(first.permit_id),
        effect_key=first.effect_key,
        posted_at_ms=first.posted_at_ms,
        postings=tuple(
            Posting(
                debit_account_id=row.debit_account_id,
                credit_account_id=row.credit_account_id,
                amount_minor=row.amount_minor,
                currency=row.currency,
            )
            for row in rows
        ),
    )
