"""Double-entry: each posting moves a positive amount from one account to another, so it cannot fail
to balance.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from sluicegate.domain.ids import EntryId, PermitId
from sluicegate.domain.money import AmountMinor, CurrencyCode
from sluicegate.domain.value import Name, TimestampMs, Value

EffectKey = Annotated[str, Field(min_length=1, max_length=300)]
"""A kind of action and a transaction's name, which alone may have 200 characters."""
SUSPENSE_ACCOUNT_PREFIX = "bank:dispute-suspense:"
"""The bank's own account that funds provisional credits until the network decides, one a currency.
"""


class Posting(Value):
    """One transfer: a debit line and a credit line of the same amount and currency."""

    debit_account_id: Name
    credit_account_id: Name
    amount_minor: AmountMinor
    currency: CurrencyCode

    @model_validator(mode="after")
    def _two_sides(self) -> Self:
        if self.debit_account_id == self.credit_account_id:
            raise ValueError("a posting needs two accounts")
        return self


class JournalEntry(Value):
    """What one permit did to the books. Its digest is in the audit log, so a later change shows."""

    id: EntryId
    permit_id: PermitId
    effect_key: EffectKey
    posted_at_ms: TimestampMs
    postings: Annotated[tuple[Posting, ...], Field(min_length=1)]


def suspense_account(currency: str) -> str:
    """Return the name of the suspense account of a currency."""
    return SUSPENSE_ACCOUNT_PREFIX + currency
