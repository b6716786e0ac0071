"""Writing the bank into a database, once, and opening the accounts that the ledger needs for it."""

from contextlib import AbstractContextManager
from typing import Final, Protocol

from sqlalchemy import Connection, TableClause, column, insert, select, table

from serving.bank.model import BANK_END_MS, Bank
from serving.bank.rows import Row, bank_digest, rows
from sluicegate.domain.audit import AuditRecord
from sluicegate.domain.errors import Conflict
from sluicegate.domain.journal import suspense_account
from sluicegate.domain.money import CURRENCY_EXPONENTS
from sluicegate.ports.audit import AuditLog
from sluicegate.ports.ledger import Ledger

SEEDED: Final = "bank.seeded"
CARDHOLDER_KIND: Final = "customer"
SUSPENSE_KIND: Final = "suspense"
_INSERT_ROWS: Final = 5_000


class SeedTransaction(Protocol):
    """What seeding needs of a transaction of the admin role."""

    @property
    def connection(self) -> Connection:
        """Return the bare connection."""
        ...

    @property
    def ledger(self) -> Ledger:
        """Return the ledger."""
        ...

    @property
    def audit(self) -> AuditLog:
        """Return the log."""
        ...


class SeedDatabase(Protocol):
    """A database opened as admin (`sluicegate.adapters.sql.engine.Database`)."""

    def write(self, seam: str) -> AbstractContextManager[SeedTransaction]:
        """Open a transaction that commits on leaving."""
        ...


def seed(database: SeedDatabase, bank: Bank, *, now_ms: int = BANK_END_MS) -> bool:
    """Write a bank in one transaction; False where exactly this bank is there already.

    `now_ms` is the time of the entry in the log: by default the end of the bank's record. Raise
    Conflict where the database holds another bank: the record is not ours to overwrite.
    """
    digest = bank_digest(bank)
    with database.write("seed") as transaction:
        held = _held_digest(transaction.connection)
        if held == digest:
            return False
        if held is not None:
            raise Conflict(
                f"The database holds another bank ({held}), not {digest}.",
                next_step="Use an empty database, or the seed that made the one in this.",
            )
        for name, content in rows(bank).items():
            _insert(transaction.connection, name, content)
        for account in bank.accounts:
            transaction.ledger.open_account(account.id, account.currency, CARDHOLDER_KIND)
        for currency in sorted(CURRENCY_EXPONENTS):
            transaction.ledger.open_account(suspense_account(currency), currency, SUSPENSE_KIND)
        # The log is append-only, which makes it the one place where this cannot be rewritten.
        transaction.audit.append(
            AuditRecord(
                kind=SEEDED,
                at_ms=now_ms,
                actor="service:seed",
                data_digest=digest,
                body={"seed": bank.seed, "transactions": len(bank.transactions)},
            )
        )
    return True


def is_seeded(database: SeedDatabase) -> bool:
    """Say whether the database holds a bank already, whichever."""
    with database.write("seed.look") as transaction:
        return _held_digest(transaction.connection) is not None


def _held_digest(connection: Connection) -> str | None:
    entry, customer = _table("audit_entry", ("seq", "record")), _table("bank_customer", ("id",))
    found = connection.execute(
        select(entry.c.record)
        .where(entry.c.record.contains(f'"kind":"{SEEDED}"', autoescape=True))
        .order_by(entry.c.seq)
        .limit(1)
    ).scalar()
    if found is not None:
        return AuditRecord.from_json(str(found)).data_digest
    if connection.execute(select(customer.c.id).limit(1)).scalar() is not None:
        return "unknown: rows without an entry in the log"
    return None


def _insert(connection: Connection, name: str, content: list[Row]) -> None:
    if not content:
        return
    statement = insert(_table(name, tuple(content[0])))
    for start in range(0, len(content), _INSERT_ROWS):
        connection.execute(statement, content[start : start + _INSERT_ROWS])


def _table(name: str, columns: tuple[str, ...]) -> TableClause:
    return table(name, *(column(each) for each in columns))
