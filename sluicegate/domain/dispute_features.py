"""Features of disputing a card transaction: each defined once, for training and for deciding alike.

Both the trainer (over a generated bank) and the gate (over the database) hand a `RecordWindow` to
`dispute_features`. What was not known strictly before `as_of_ms` is dropped here, in one place, so
a source that hands over too much cannot leak the future into a score. It stands in the domain
because adapters may not import serving, and serving may not import adapters; it is plain integer
arithmetic.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from sluicegate.domain.canonical import digest_of
from sluicegate.domain.score import FeatureVector
from sluicegate.domain.value import Name, Sentence, Value

HOUR_MS: Final = 60 * 60 * 1000
DAY_MS: Final = 24 * HOUR_MS
LOOKBACK_MS: Final = 365 * DAY_MS
"""How far before `as_of_ms` the record is read: a bound on the work and on what the model may know.
"""
MISSING: Final = -1
"""Stands for "there is no history to tell from". Every defined value is zero or more."""
CLAIM_AGE_DAYS_MAX: Final = 120
RATIO_BP_MAX: Final = 1_000_000
_AMOUNT_USD_MINOR_MAX: Final = 10**9
_AGE_DAYS_MAX: Final = 3_650
_NIGHT_ENDS_HOUR: Final = 5

USD_MICROS_PER_MINOR: Final = MappingProxyType(
    {
        "USD": 10_000,
        "EUR": 10_800,
        "GBP": 12_700,
        "JPY": 6_700,
        "CHF": 11_200,
        "CAD": 7_300,
        "AUD": 6_600,
        "KWD": 3_250,
    }
)
"""Fixed reference rates, in millionths of a dollar a minor unit. A scale for the model, never a
price.
"""

UTC_OFFSET_HOURS: Final = MappingProxyType(
    {"US": -5, "GB": 0, "IE": 0, "DE": 1, "FR": 1, "ES": 1, "IT": 1, "NL": 1, "JP": 9}
)
"""Standard time of a customer's country, without summer time: good enough to tell night from day.
"""


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A card transaction as the record holds it, as far as features look at it."""

    id: str
    card_id: str
    merchant_id: str
    amount_minor: int
    currency: str
    authorised_at_ms: int
    entry_mode: str
    country: str


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """An earlier dispute. `outcome` may be looked at only once `decided_at_ms` has passed."""

    transaction_id: str
    opened_at_ms: int
    decided_at_ms: int | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class RecordWindow:
    """What the record holds around one transaction.

    `merchant_transactions` counts the merchant's transactions authorised within `LOOKBACK_MS`
    strictly before the moment asked about; the other rows may reach further either way and are cut
    here.
    """

    transaction: TransactionRow
    customer_country: str
    account_opened_at_ms: int
    customer_transactions: tuple[TransactionRow, ...]
    customer_disputes: tuple[DisputeRow, ...]
    merchant_transactions: int
    merchant_disputes: tuple[DisputeRow, ...]


class FeatureDefinition(Value):
    """What one number means. A value of `MISSING` is possible exactly where `may_be_missing`."""

    name: Name
    meaning: Sentence
    unit: Name
    window: Name
    dtype: Literal["count", "flag"]
    may_be_missing: bool = False


def _define(
    name: str, meaning: str, unit: str, window: str, *, flag: bool = False, missing: bool = False
) -> FeatureDefinition:
    return FeatureDefinition(
        name=name,
        meaning=meaning,
        unit=unit,
        window=window,
        dtype="flag" if flag else "count",
        may_be_missing=missing,
    )


DEFINITIONS: Final[tuple[FeatureDefinition, ...]] = (
    _define(
        "amount_usd_minor",
        "The amount of the disputed transaction at fixed reference rates.",
        "cents of a US dollar",
        "the transaction",
    ),
    _define(
        "amount_to_median_bp",
        "The amount over the lower median of the customer's transactions before it.",
        "basis points of the median",
        "365 days before the claim, up to the transaction",
        missing=True,
    ),
    _define(
        "claim_age_days",
        "Whole days from authorisation to the claim, at most 120.",
        "days",
        "transaction to claim",
    ),
    _define("chip_read", "The card's chip was read.", "0 or 1", "the transaction", flag=True),
    _define(
        "contactless", "The card or a phone was tapped.", "0 or 1", "the transaction", flag=True
    ),
    _define(
        "card_not_present",
        "The card number was entered online or by hand.",
        "0 or 1",
        "the transaction",
        flag=True,
    ),
    _define(
        "recurring_charge",
        "The merchant charged under a standing agreement.",
        "0 or 1",
        "the transaction",
        flag=True,
    ),
    _define(
        "foreign_country",
        "The transaction was outside the customer's country.",
        "0 or 1",
        "the transaction",
        flag=True,
    ),
    _define(
        "night_hour",
        "It was authorised between midnight and five in the customer's country.",
        "0 or 1",
        "the transaction",
        flag=True,
    ),
    _define(
        "account_age_days",
        "Whole days from the opening of the account to the transaction.",
        "days",
        "account opening to transaction",
    ),
    _define(
        "merchant_visits_before",
        "The customer's transactions with this merchant before this one.",
        "transactions",
        "365 days before the claim, up to the transaction",
    ),
    _define(
        "country_visits_before",
        "The customer's transactions in this country before this one.",
        "transactions",
        "365 days before the claim, up to the transaction",
    ),
    _define(
        "same_amount_72h",
        "The customer's other transactions of the same amount with this merchant.",
        "transactions",
        "72 hours either side of the transaction, up to the claim",
    ),
    _define(
        "velocity_24h",
        "The customer's transactions in the day before this one.",
        "transactions",
        "24 hours before the transaction",
    ),
    _define(
        "velocity_7d",
        "The customer's transactions in the week before this one.",
        "transactions",
        "7 days before the transaction",
    ),
    _define(
        "card_used_after_7d",
        "Transactions on the same card in the week after this one.",
        "transactions",
        "7 days after the transaction, up to the claim",
    ),
    _define(
        "customer_disputes_before",
        "Disputes of other transactions that the customer opened before this claim.",
        "disputes",
        "365 days before the claim",
    ),
    _define(
        "customer_rejected_before",
        "Earlier disputes of the customer that had been rejected by then.",
        "disputes",
        "365 days before the claim, by decision",
    ),
    _define(
        "customer_sustained_before",
        "Earlier disputes of the customer that had been sustained by then.",
        "disputes",
        "365 days before the claim, by decision",
    ),
    _define(
        "merchant_dispute_rate_bp",
        "Disputes opened about the merchant over the merchant's transactions.",
        "basis points",
        "365 days before the claim",
    ),
    _define(
        "merchant_rejected_share_bp",
        "Share of the merchant's decided disputes that had been rejected by then.",
        "basis points",
        "365 days before the claim, by decision",
        missing=True,
    ),
)

FEATURE_NAMES: Final = tuple(definition.name for definition in DEFINITIONS)


def definitions_digest() -> str:
    """Return the digest of all definitions: meanings, units, windows and order."""
    return digest_of([definition.as_json() for definition in DEFINITIONS])


def amount_usd_minor(amount_minor: int, currency: str) -> int:
    """Return an amount in cents at the reference rates, rounded down; a currency without one counts
    as USD.
    """
    rate = USD_MICROS_PER_MINOR.get(currency, USD_MICROS_PER_MINOR["USD"])
    return min(amount_minor * rate // USD_MICROS_PER_MINOR["USD"], _AMOUNT_USD_MINOR_MAX)


def local_hour(at_ms: int, country: str) -> int:
    """Return the hour of the day, 0 to 23, in a customer's country."""
    return (at_ms // HOUR_MS + UTC_OFFSET_HOURS.get(country, 0)) % 24


def dispute_features(window: RecordWindow, as_of_ms: int) -> FeatureVector:
    """Return the features of disputing the window's transaction at `as_of_ms`.

    Nothing authorised, opened or decided at or after `as_of_ms` has any influence.
    """
    values = {
        **_of_transaction(window, as_of_ms),
        **_of_customer(window, as_of_ms),
        **_of_disputes(window, as_of_ms),
    }
    return FeatureVector(
        as_of_ms=as_of_ms,
        names=FEATURE_NAMES,
        values=tuple(float(values[name]) for name in FEATURE_NAMES),
    )


def _of_transaction(window: RecordWindow, as_of_ms: int) -> dict[str, int]:
    row = window.transaction
    age_ms = row.authorised_at_ms - window.account_opened_at_ms
    return {
        "amount_usd_minor": amount_usd_minor(row.amount_minor, row.currency),
        "claim_age_days": _clip(
            (as_of_ms - row.authorised_at_ms) // DAY_MS, high=CLAIM_AGE_DAYS_MAX
        ),
        "chip_read": int(row.entry_mode == "chip"),
        "contactless": int(row.entry_mode == "contactless"),
        "card_not_present": int(row.entry_mode in ("ecommerce", "manual")),
        "recurring_charge": int(row.entry_mode == "recurring"),
        "foreign_country": int(row.country != window.customer_country),
        "night_hour": int(
            local_hour(row.authorised_at_ms, window.customer_country) < _NIGHT_ENDS_HOUR
        ),
        "account_age_days": _clip(age_ms // DAY_MS, high=_AGE_DAYS_MAX),
    }


def _of_customer(window: RecordWindow, as_of_ms: int) -> dict[str, int]:
    row = window.transaction
    at_ms = row.authorised_at_ms
    known = [
        other
        for other in window.customer_transactions
        if other.id != row.id and as_of_ms - LOOKBACK_MS <= other.authorised_at_ms < as_of_ms
    ]
    before = [other for other in known if other.authorised_at_ms < at_ms]
    amounts = sorted(amount_usd_minor(other.amount_minor, other.currency) for other in before)
    return {
        "amount_to_median_bp": _ratio_to_median_bp(
            amount_usd_minor(row.amount_minor, row.currency), amounts
        ),
        "merchant_visits_before": sum(other.merchant_id == row.merchant_id for other in before),
        "country_visits_before": sum(other.country == row.country for other in before),
        "same_amount_72h": sum(_same_charge(other, row) for other in known),
        "velocity_24h": sum(other.authorised_at_ms >= at_ms - DAY_MS for other in before),
        "velocity_7d": sum(other.authorised_at_ms >= at_ms - 7 * DAY_MS for other in before),
        "card_used_after_7d": sum(
            other.card_id == row.card_id and at_ms < other.authorised_at_ms <= at_ms + 7 * DAY_MS
            for other in known
        ),
    }


def _of_disputes(window: RecordWindow, as_of_ms: int) -> dict[str, int]:
    own = _known_disputes(window.customer_disputes, window.transaction.id, as_of_ms)
    outcomes = _known_outcomes(own, as_of_ms)
    about = _known_disputes(window.merchant_disputes, window.transaction.id, as_of_ms)
    decided = _known_outcomes(about, as_of_ms)
    return {
        "customer_disputes_before": len(own),
        "customer_rejected_before": outcomes.count("rejected"),
        "customer_sustained_before": outcomes.count("sustained"),
        "merchant_dispute_rate_bp": min(
            len(about) * 10_000 // max(window.merchant_transactions, 1), 10_000
        ),
        "merchant_rejected_share_bp": (
            decided.count("rejected") * 10_000 // len(decided) if decided else MISSING
        ),
    }


def _known_disputes(
    rows: tuple[DisputeRow, ...], transaction_id: str, as_of_ms: int
) -> list[DisputeRow]:
    return [
        row
        for row in rows
        if row.transaction_id != transaction_id
        and as_of_ms - LOOKBACK_MS <= row.opened_at_ms < as_of_ms
    ]


def _known_outcomes(rows: list[DisputeRow], as_of_ms: int) -> list[str | None]:
    # The label delay: a dispute that was open at the moment asked about has no outcome yet.
    return [
        row.outcome
        for row in rows
        if row.decided_at_ms is not None and row.decided_at_ms < as_of_ms
    ]


def _same_charge(other: TransactionRow, row: TransactionRow) -> bool:
    return (
        other.merchant_id == row.merchant_id
        and other.amount_minor == row.amount_minor
        and other.currency == row.currency
        and abs(other.authorised_at_ms - row.authorised_at_ms) <= 3 * DAY_MS
    )


def _ratio_to_median_bp(amount: int, earlier_sorted: list[int]) -> int:
    if not earlier_sorted:
        return MISSING
    median = max(earlier_sorted[(len(earlier_sorted) - 1) // 2], 1)
    return min(amount * 10_000 // median, RATIO_BP_MAX)


def _clip(value: int, *, high: int) -> int:
    return max(0, min(value, high))
