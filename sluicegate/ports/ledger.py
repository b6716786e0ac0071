"""The ledger: accounts and the double-entry journal. Only the executor's role may write to it."""

from typing import Protocol

from sluicegate.domain.journal import JournalEntry
from sluicegate.domain.money import CurrencyCode
from sluicegate.domain.value import Name, SafeInt, Value


class Balance(Value):
    """An account's balance: credits less debits, in minor units."""

    account_id: Name
    currency: CurrencyCode
    balance_minor: SafeInt


class Ledger(Protocol):
    """Accounts and journal. All calls happen inside the caller's transaction."""

    def open_account(self, account_id: str, currency: str, kind: str) -> None:
        """Open an account; an equal one that is there already changes nothing; raise Conflict for
        another.
        """
        ...

    def account_currency(self, account_id: str) -> str | None:
        """Return the currency of an account; None where there is no such account."""
        ...

    def post(self, entry: JournalEntry) -> None:
        """Append an entry; raise Conflict where its permit or effect was posted, UnknownRecord for
        an account.
        """
        ...

    def credited_minor(self, transaction_id: str, kind: str) -> int:
        """Return the sum posted for an effect on a transaction."""
        ...

    def entries(self, *, after: str, limit: int) -> tuple[JournalEntry, ...]:
        """Return entries in the order of their ids, after one ("" for the first)."""
        ...

    def balance(self, account_id: str) -> Balance:
        """Return an account's balance; raise NotFound."""
        ...

    def stray_rows(self) -> int:
        """Return how many postings have no entry and entries no posting: zero, or `entries` hides
        something.
        """
        ...

    def trial_balance(self) -> dict[str, int]:
        """Return, a currency, the sum over all journal lines: zero, or the books are wrong."""
        ...
