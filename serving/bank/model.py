"""The rows of the bank, frozen. Column names are those of the database."""

from dataclasses import dataclass
from typing import Final, Literal

from sluicegate.domain.dispute_features import DAY_MS
from sluicegate.domain.event import DisputeEvent

BANK_END_MS: Final = 1_793_404_800_000
"""2026-10-31T00:00:00Z: the bank's record ends here, whatever the date is when it is made."""
BANK_DAYS: Final = 730
BANK_START_MS: Final = BANK_END_MS - BANK_DAYS * DAY_MS
DEFAULT_SEED: Final = 20261031
CUSTOMERS: Final = 300

EntryMode = Literal["chip", "contactless", "swipe", "ecommerce", "manual", "recurring"]
CustomerStatus = Literal["active", "suspended", "closed", "deceased"]
KycStatus = Literal["verified", "pending", "expired"]
AccountStatus = Literal["open", "frozen", "closed"]
CardStatus = Literal["active", "blocked", "expired", "lost", "stolen"]
TransactionStatus = Literal["posted", "pending", "reversed"]
Outcome = Literal["sustained", "rejected"]


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who exists nowhere."""

    id: str
    full_name: str
    status: CustomerStatus
    kyc_status: KycStatus
    sanctions_hit: bool
    country: str
    opened_at_ms: int


@dataclass(frozen=True, slots=True)
class Account:
    """An account in one currency."""

    id: str
    customer_id: str
    currency: str
    status: AccountStatus
    opened_at_ms: int


@dataclass(frozen=True, slots=True)
class Card:
    """A card on an account."""

    id: str
    account_id: str
    status: CardStatus
    last4: str
    issued_at_ms: int


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant; `mcc` is its category code (ISO 18245)."""

    id: str
    name: str
    mcc: str
    country: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """A card transaction in the currency of its account; `country` is the merchant's."""

    id: str
    account_id: str
    card_id: str
    customer_id: str
    merchant_id: str
    amount_minor: int
    currency: str
    status: TransactionStatus
    authorised_at_ms: int
    posted_at_ms: int | None
    entry_mode: EntryMode
    country: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute: closed ones have an outcome and the moment it was decided."""

    id: str
    transaction_id: str
    customer_id: str
    opened_at_ms: int
    category: str
    narrative: str
    status: Literal["open", "closed"]
    outcome: Outcome | None
    decided_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Bank:
    """The whole record, in the order of ids, and the seed that made it.

    `demos` are events to try, by what they show; some name things that the record does not hold.
    """

    seed: int
    customers: tuple[Customer, ...]
    accounts: tuple[Account, ...]
    cards: tuple[Card, ...]
    merchants: tuple[Merchant, ...]
    transactions: tuple[Transaction, ...]
    disputes: tuple[Dispute, ...]
    demos: tuple[tuple[str, DisputeEvent], ...]
