"""The bank's record for graphs and tools: each look is a snapshot of its own, and read only."""

from dataclasses import dataclass

from sluicegate.domain.facts import AccountFacts, CardFacts, CustomerFacts, TransactionFacts
from sluicegate.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RecordSnapshots:
    """Implements the port RecordReader over a unit of work."""

    store: UnitOfWork

    def transaction(self, transaction_id: str) -> TransactionFacts | None:
        """Return a card transaction."""
        with self.store.read() as tx:
            return tx.record.transaction(transaction_id)

    def customer(self, customer_id: str) -> CustomerFacts | None:
        """Return a customer."""
        with self.store.read() as tx:
            return tx.record.customer(customer_id)

    def account(self, account_id: str) -> AccountFacts | None:
        """Return an account."""
        with self.store.read() as tx:
            return tx.record.account(account_id)

    def card(self, card_id: str) -> CardFacts | None:
        """Return a card."""
        with self.store.read() as tx:
            return tx.record.card(card_id)
