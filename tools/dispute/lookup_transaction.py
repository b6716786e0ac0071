"""Looks a card transaction up in the system of record, with the account, card and customer behind
it.
"""

from sluicegate.domain.facts import AccountFacts, CardFacts, CustomerFacts, TransactionFacts
from sluicegate.domain.value import Name, Value
from sluicegate.ports.record import RecordReader
from tools.registry import Access, Tool


class LookupArgs(Value):
    """Which transaction."""

    transaction_id: Name


class TransactionRecord(Value):
    """What the record holds; None where it was asked and holds nothing."""

    transaction: TransactionFacts | None
    account: AccountFacts | None
    card: CardFacts | None
    customer: CustomerFacts | None


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
