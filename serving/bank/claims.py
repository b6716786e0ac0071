"""Who disputes what, why, and what comes of it: a noisy process, not all of it on record."""

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from serving.bank.model import BANK_END_MS, Outcome, Transaction
from serving.bank.narratives import Subject, narrative
from serving.bank.spending import Draft
from serving.bank.stream import Stream
from sluicegate.domain.dispute_features import DAY_MS
from sluicegate.domain.money import format_minor
from sluicegate.domain.proposal import DisputeCategory

_FRAUD_NOTICED: Final = 0.85
_TWICE_NOTICED: Final = 0.75
_CLAIM_AGE_DAYS_MAX: Final = 118
_DECISION_DAYS_MAX: Final = 90


@dataclass(frozen=True, slots=True)
class Happened:
    """A named transaction and the draft behind it."""

    transaction: Transaction
    draft: Draft


@dataclass(frozen=True, slots=True)
class Claim:
    """A dispute as it is opened. `valid` is the truth, which the bank never learns for sure."""

    happened: Happened
    category: DisputeCategory
    opened_at_ms: int
    visits_before: int
    valid: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """A claim and what the bank decided, when."""

    claim: Claim
    outcome: Outcome
    decided_at_ms: int


def make_claims(seed: int, history: list[Happened]) -> list[Claim]:
    """Return the claims that people make about a history, in the order in which they are opened."""
    stream = Stream(seed, "claims")
    visits: dict[tuple[str, str], int] = defaultdict(int)
    claims: list[Claim] = []
    for happened in history:
        row = happened.transaction
        key = (row.customer_id, row.merchant_id)
        claim = _claim(stream, happened, visits[key])
        visits[key] += 1
        if claim is not None and row.status == "posted":
            claims.append(claim)
    in_time = (claim for claim in claims if claim.opened_at_ms < BANK_END_MS)
    return sorted(in_time, key=lambda claim: (claim.opened_at_ms, claim.happened.transaction.id))


def decide_claims(seed: int, claims: list[Claim]) -> list[Decided]:
    """Return each claim with its decision, even one that lies beyond the end of the record."""
    stream = Stream(seed, "outcomes")
    rejected: dict[str, list[int]] = defaultdict(list)
    decided: list[Decided] = []
    for claim in claims:
        customer_id = claim.happened.transaction.customer_id
        known = sum(at_ms < claim.opened_at_ms for at_ms in rejected[customer_id])
        days = min(max(stream.lognormal(24.0, 0.5), 8.0), float(_DECISION_DAYS_MAX))
        at_ms = claim.opened_at_ms + int(days * DAY_MS)
        log_odds = _log_odds_of_rejection(claim, known) + 0.6 * stream.normal()
        outcome: Outcome = "sustained"
        if stream.chance(1.0 / (1.0 + math.exp(-log_odds))):
            outcome = "rejected"
            rejected[customer_id].append(at_ms)
        decided.append(Decided(claim, outcome, at_ms))
    return decided


def words(seed: int, claim: Claim) -> str:
    """Return what the cardholder writes."""
    row, shop = claim.happened.transaction, claim.happened.draft.shop
    stream = Stream(seed, "narrative", row.id)
    days = max((claim.opened_at_ms - row.authorised_at_ms) // DAY_MS, 2)
    moment = datetime.fromtimestamp(row.authorised_at_ms / 1000, tz=UTC)
    subject = Subject(
        merchant=shop.merchant.name,
        item=stream.pick(shop.trade.items),
        amount=_written_amount(stream, row),
        date=moment.strftime(stream.pick(("%d %B", "%Y-%m-%d", "%B %d"))),
        days=days,
    )
    return narrative(stream, claim.category, subject)


def _written_amount(stream: Stream, row: Transaction) -> str:
    number = format_minor(row.amount_minor, row.currency)
    return number if stream.chance(0.3) else f"{number} {row.currency}"


def _claim(stream: Stream, happened: Happened, visits: int) -> Claim | None:
    draft = happened.draft
    if draft.truth == "fraud":
        return _valid(stream, happened, visits, DisputeCategory.FRAUD, _FRAUD_NOTICED, 6.0)
    if draft.truth == "billed_twice":
        return _valid(stream, happened, visits, DisputeCategory.DUPLICATE, _TWICE_NOTICED, 10.0)
    at_hand = draft.entry_mode in ("chip", "contactless", "swipe")
    # Friendly fraud is mostly about what one really bought, in places one knows.
    tempted = draft.person.misuse * (1.25 if at_hand else 0.9) * (1.2 if visits >= 3 else 0.8)
    if stream.chance(tempted):
        return _misuse(stream, happened, visits)
    let_down = draft.shop.failure * (0.25 if at_hand else 1.0)
    return _valid(stream, happened, visits, _grievance(stream, draft), let_down, 18.0)


def _valid(
    stream: Stream,
    happened: Happened,
    visits: int,
    category: DisputeCategory,
    probability: float,
    delay_days: float,
) -> Claim | None:
    if not stream.chance(probability):
        return None
    vague = stream.chance(0.05)
    return Claim(
        happened=happened,
        category=DisputeCategory.UNCLEAR if vague else category,
        opened_at_ms=_opened_at_ms(stream, happened, 0.3 + stream.exponential(delay_days)),
        visits_before=visits,
        valid=True,
    )


def _misuse(stream: Stream, happened: Happened, visits: int) -> Claim:
    category = stream.weighted(
        (
            DisputeCategory.FRAUD,
            DisputeCategory.NOT_RECEIVED,
            DisputeCategory.NOT_AS_DESCRIBED,
            DisputeCategory.REFUND_NOT_PROCESSED,
            DisputeCategory.WRONG_AMOUNT,
            DisputeCategory.UNCLEAR,
        ),
        (0.45, 0.18, 0.13, 0.09, 0.07, 0.08),
    )
    return Claim(
        happened=happened,
        category=category,
        opened_at_ms=_opened_at_ms(stream, happened, stream.lognormal(30.0, 0.7)),
        visits_before=visits,
        valid=False,
    )


def _grievance(stream: Stream, draft: Draft) -> DisputeCategory:
    if draft.entry_mode == "recurring":
        return DisputeCategory.CANCELLED_RECURRING
    if draft.entry_mode in ("ecommerce", "manual"):
        return stream.weighted(
            (
                DisputeCategory.NOT_RECEIVED,
                DisputeCategory.NOT_AS_DESCRIBED,
                DisputeCategory.REFUND_NOT_PROCESSED,
                DisputeCategory.WRONG_AMOUNT,
            ),
            (0.42, 0.28, 0.20, 0.10),
        )
    return stream.weighted(
        (
            DisputeCategory.WRONG_AMOUNT,
            DisputeCategory.NOT_AS_DESCRIBED,
            DisputeCategory.REFUND_NOT_PROCESSED,
        ),
        (0.5, 0.3, 0.2),
    )


def _opened_at_ms(stream: Stream, happened: Happened, days: float) -> int:
    within = min(days, float(_CLAIM_AGE_DAYS_MAX)) + stream.fraction() / 4
    return happened.transaction.authorised_at_ms + int(within * DAY_MS)


def _log_odds_of_rejection(claim: Claim, rejected_before: int) -> float:
    """What an investigator goes by: the truth as far as it shows, and the evidence on file."""
    row, draft = claim.happened.transaction, claim.happened.draft
    days = (claim.opened_at_ms - row.authorised_at_ms) / DAY_MS
    at_home = row.country == draft.person.customer.country
    return (
        (-2.7 if claim.valid else 0.5)
        + (0.9 if row.entry_mode == "chip" else 0.4 if row.entry_mode == "contactless" else 0.0)
        + 0.14 * min(claim.visits_before, 6)
        + 0.4 * min(rejected_before, 4)
        + 0.012 * days
        + (-1.4 if draft.truth == "billed_twice" else 0.0)
        + (0.2 if at_home else -0.5)
        - 6.0 * draft.shop.failure
    )
