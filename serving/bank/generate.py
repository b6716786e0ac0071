"""The whole bank out of a seed: pure, with no clock and no file."""

from typing import Final

from serving.bank.claims import Claim, Decided, Happened, decide_claims, make_claims, words
from serving.bank.demos import Demo, demo_event, make_demos, opened_at_ms
from serving.bank.merchants import make_shops
from serving.bank.model import (
    BANK_END_MS,
    CUSTOMERS,
    Bank,
    Dispute,
    Transaction,
)
from serving.bank.narrative_texts import HOSTILE
from serving.bank.people import GOOD, make_people
from serving.bank.spending import Draft, spend
from sluicegate.domain.dispute_features import DAY_MS
from sluicegate.domain.event import DisputeEvent
from sluicegate.domain.proposal import DisputeCategory

CUSTOMERS_MIN: Final = 80
"""Below this there may be nobody left to play the parts of the demonstrations."""
_OPEN_DISPUTES: Final = 24
_OPEN_CLAIM_AGE_DAYS_MAX: Final = 60


def generate_bank(seed: int, *, customers: int = CUSTOMERS) -> Bank:
    """Return the bank of a seed; raise ValueError for fewer than `CUSTOMERS_MIN` customers."""
    if customers < CUSTOMERS_MIN:
        raise ValueError(f"a bank needs {CUSTOMERS_MIN} customers or more, not {customers}")
    people = make_people(seed, customers)
    shops = make_shops(seed)
    drafts = [draft for person in people for draft in spend(seed, person, shops)]
    drafts.sort(key=_draft_order)
    demos, around = make_demos(people, shops, drafts)
    history = _named([*drafts, *around, *(demo.draft for demo in demos)])
    laid = {id(draft) for draft in [*around, *(demo.draft for demo in demos)]}
    claims = make_claims(seed, [each for each in history if id(each.draft) not in laid])
    decided = decide_claims(seed, claims)
    closed = [each for each in decided if each.decided_at_ms < BANK_END_MS]
    waiting = [each.claim for each in decided if each.decided_at_ms >= BANK_END_MS]
    disputes = _closed(seed, closed) + _open(seed, waiting, first=len(closed) + 1)
    shown, events = _demonstrated(demos, history, first=len(disputes) + 1)
    return Bank(
        seed=seed,
        customers=tuple(person.customer for person in people),
        accounts=tuple(account for person in people for account in person.accounts),
        cards=tuple(card for person in people for held in person.cards for card in held),
        merchants=tuple(shop.merchant for shop in shops),
        transactions=tuple(happened.transaction for happened in history),
        disputes=tuple(disputes + shown),
        demos=events,
    )


def demo_events(bank: Bank) -> dict[str, DisputeEvent]:
    """Return the events that show each way a dispute can end, by name."""
    return dict(bank.demos)


def _draft_order(draft: Draft) -> tuple[int, str, str]:
    return (draft.authorised_at_ms, draft.person.customer.id, draft.shop.merchant.id)


def _named(drafts: list[Draft]) -> list[Happened]:
    return [
        Happened(
            Transaction(
                id=f"txn_{number:06d}",
                account_id=draft.account.id,
                card_id=draft.card.id,
                customer_id=draft.person.customer.id,
                merchant_id=draft.shop.merchant.id,
                amount_minor=draft.amount_minor,
                currency=draft.account.currency,
                status=draft.status,
                authorised_at_ms=draft.authorised_at_ms,
                posted_at_ms=draft.posted_at_ms,
                entry_mode=draft.entry_mode,
                country=draft.shop.merchant.country,
            ),
            draft,
        )
        for number, draft in enumerate(sorted(drafts, key=_draft_order), start=1)
    ]


def _closed(seed: int, decided: list[Decided]) -> list[Dispute]:
    return [
        Dispute(
            id=f"dsp_{number:05d}",
            transaction_id=each.claim.happened.transaction.id,
            customer_id=each.claim.happened.transaction.customer_id,
            opened_at_ms=each.claim.opened_at_ms,
            category=each.claim.category.value,
            narrative=words(seed, each.claim),
            status="closed",
            outcome=each.outcome,
            decided_at_ms=each.decided_at_ms,
        )
        for number, each in enumerate(decided, start=1)
    ]


def _open(seed: int, waiting: list[Claim], *, first: int) -> list[Dispute]:
    """Return a varied choice of what was not decided yet; the rest is as if never claimed."""
    chosen = sorted(_varied(waiting), key=lambda claim: claim.opened_at_ms)
    texts = [words(seed, claim) for claim in chosen]
    for (category, hostile), place in zip(
        HOSTILE, range(0, len(chosen), max(len(chosen) // len(HOSTILE), 1)), strict=False
    ):
        same = [at for at, claim in enumerate(chosen) if claim.category is category]
        texts[same[0] if same else place] = hostile
    return [
        _open_dispute(number, claim.happened, claim.category, text, claim.opened_at_ms)
        for number, (claim, text) in enumerate(zip(chosen, texts, strict=True), start=first)
    ]


def _varied(waiting: list[Claim]) -> list[Claim]:
    """Take from each category in turn, the smallest amount left and the largest left by turns."""
    recent = [claim for claim in waiting if _is_recent_and_good(claim)]
    piles = {
        category: sorted(
            (claim for claim in recent if claim.category is category),
            key=lambda claim: claim.happened.transaction.amount_minor,
        )
        for category in DisputeCategory
    }
    chosen: list[Claim] = []
    for turn in range(_OPEN_DISPUTES):
        for pile in piles.values():
            if pile and len(chosen) < _OPEN_DISPUTES:
                chosen.append(pile.pop(0 if turn % 2 == 0 else -1))
    return chosen


def _is_recent_and_good(claim: Claim) -> bool:
    since_ms = BANK_END_MS - _OPEN_CLAIM_AGE_DAYS_MAX * DAY_MS
    return (
        claim.happened.draft.person.standing == GOOD.name
        and claim.happened.transaction.authorised_at_ms >= since_ms
    )


def _open_dispute(
    number: int, happened: Happened, category: DisputeCategory, text: str, at_ms: int
) -> Dispute:
    return Dispute(
        id=f"dsp_{number:05d}",
        transaction_id=happened.transaction.id,
        customer_id=happened.transaction.customer_id,
        opened_at_ms=at_ms,
        category=category.value,
        narrative=text,
        status="open",
        outcome=None,
        decided_at_ms=None,
    )


def _demonstrated(
    demos: list[Demo], history: list[Happened], *, first: int
) -> tuple[list[Dispute], tuple[tuple[str, DisputeEvent], ...]]:
    by_draft = {id(happened.draft): happened for happened in history}
    disputes: list[Dispute] = []
    events: list[tuple[str, DisputeEvent]] = []
    for place, demo in enumerate(demos):
        happened = by_draft[id(demo.draft)]
        dispute = _open_dispute(
            first + place, happened, demo.category, demo.narrative, opened_at_ms(place)
        )
        disputes.append(dispute)
        events.append((demo.name, demo_event(demo, happened, dispute)))
    return disputes, tuple(events)
