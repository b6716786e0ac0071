"""Looks a card transaction up in the system of record, with the account, card and customer behind
it.
"""

from collections.abc import Callable
from typing import TypeVar

from sluicegate.domain.facts import AccountFacts, CardFacts, CustomerFacts, TransactionFacts
from sluicegate.domain.value import Name, Value
from sluicegate.ports.record import RecordReader
from sluicegate.ports.unit_of_work import UnitOfWork
from tools.registry import Access, Tool

RowT = TypeVar("RowT")


class LookupArgs(Value):
    """Which transaction."""

    transaction_id: Name


class TransactionRecord(Value):
    """What the record holds; None where it was asked and holds nothing."""

    transaction: TransactionFacts | None
    account: AccountFacts | None
    card: CardFacts | None
    customer: CustomerFacts | None


class SnapshotRecord:
    """Reads the record through a unit of work, each row in a snapshot of its own."""

    def __init__(self, store: UnitOfWork) -> None:
        self._store = store

    def transaction(self, transaction_id: str) -> TransactionFacts | None:
        """Return a card transaction."""
        return self._read(lambda record: record.transaction(transaction_id))

    def customer(self, customer_id: str) -> CustomerFacts | None:
        """Return a customer."""
        return self._read(lambda record: record.customer(customer_id))

    def account(self, account_id: str) -> AccountFacts | None:
        """Return an account."""
        return self._read(lambda record: record.account(account_id))

    def card(self, card_id: str) -> CardFacts | None:
        """Return a card."""
        return self._read(lambda record: record.card(card_id))

    def _read(self, ask: Callable[[RecordReader], RowT]) -> RowT:
        with self._store.read() as tx:
            return ask(tx.record)


def lookup_transaction(record: RecordReader) -> Tool[LookupArgs, TransactionRecord]:
    """Return the tool over a record."""

    def run(args: LookupArgs) -> TransactionRecord:
        transaction = record.transaction(args.transaction_id)
        if transaction is None:
            return TransactionRecord(transaction=None, account=None, card=None, customer=None)
        return TransactionRecord(
            transaction=transaction,
            account=record.account(transaction.account_id),
            card=record.card(transaction.card_id),
            customer=record.customer(transaction.customer_id),
        )

    return Tool(
        name="lookup_transaction",
        access=Access.READ,
        description="Look up a card transaction and the account, card and customer behind it.",
        args=LookupArgs,
        run=run,
    )
