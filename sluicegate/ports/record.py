"""The system of record: customers, accounts, cards, transactions. Read only, for everyone."""

from typing import Protocol

from sluicegate.domain.facts import AccountFacts, CardFacts, CustomerFacts, TransactionFacts


class RecordReader(Protocol):
    """Reads one row each; None means the record was asked and holds nothing."""

    def transaction(self, transaction_id: str) -> TransactionFacts | None:
        """Return a card transaction."""
        ...

    def customer(self, customer_id: str) -> CustomerFacts | None:
        """Return a customer."""
        ...

    def account(self, account_id: str) -> AccountFacts | None:
        """Return an account."""
        ...

    def card(self, card_id: str) -> CardFacts | None:
        """Return a card."""
        ...
