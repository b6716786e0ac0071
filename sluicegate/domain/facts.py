"""Facts: what the gate itself read from the system of record. Never what a model said."""

from typing import Annotated, Literal

from pydantic import Field

from sluicegate.domain.money import AmountMinor, CurrencyCode
from sluicegate.domain.value import Name, Natural, TimestampMs, Value

EntryMode = Literal["chip", "contactless", "swipe", "ecommerce", "manual", "recurring"]
"""How the card's number was read, in the bank's words."""
MerchantCategoryCode = Annotated[str, Field(pattern=r"^[0-9]{4}$")]
"""What kind of business a merchant is (ISO 18245)."""


class TransactionFacts(Value):
    """The disputed card transaction as the record holds it."""

    id: Name
    account_id: Name
    card_id: Name
    customer_id: Name
    merchant_id: Name
    merchant_category_code: MerchantCategoryCode
    amount_minor: Natural
    currency: CurrencyCode
    status: Literal["posted", "pending", "reversed"]
    entry_mode: EntryMode
    authorised_at_ms: TimestampMs


class CustomerFacts(Value):
    """The customer's standing."""

    id: Name
    status: Literal["active", "suspended", "closed", "deceased"]
    kyc_status: Literal["verified", "pending", "expired"]
    sanctions_hit: bool


class AccountFacts(Value):
    """The account that the card draws on."""

    id: Name
    customer_id: Name
    currency: CurrencyCode
    status: Literal["open", "frozen", "closed"]


class CardFacts(Value):
    """The card used."""

    id: Name
    account_id: Name
    status: Literal["active", "blocked", "expired", "lost", "stolen"]


class ClaimFacts(Value):
    """The claim as the gate's own record of the event holds it: what was asked for, by whom,
    received when.
    """

    transaction_id: Name
    customer_id: Name
    amount_minor: AmountMinor
    currency: CurrencyCode
    opened_by: Name
    received_at_ms: TimestampMs


class Facts(Value):
    """Everything that policy may rely on. None means: the record was asked and holds nothing.

    `credited_minor` is the sum already posted for this transaction; `reserved_minor` the sum of
    permits for it, issued to other proposals, that are still live. Minor units of the transaction's
    currency.
    """

    claim: ClaimFacts | None
    transaction: TransactionFacts | None
    customer: CustomerFacts | None
    account: AccountFacts | None
    card: CardFacts | None
    credited_minor: Natural
    reserved_minor: Natural
    rejected_before: Natural
