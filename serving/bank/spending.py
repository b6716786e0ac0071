"""What people buy: paydays, favourite shops, journeys, bills taken twice, and thieves."""

from dataclasses import dataclass
from typing import Final, Literal

from serving.bank.merchants import Shop
from serving.bank.model import (
    BANK_DAYS,
    BANK_END_MS,
    BANK_START_MS,
    Account,
    Card,
    EntryMode,
    TransactionStatus,
)
from serving.bank.people import Person
from serving.bank.stream import Stream
from sluicegate.domain.dispute_features import (
    DAY_MS,
    HOUR_MS,
    USD_MICROS_PER_MINOR,
    UTC_OFFSET_HOURS,
)

Truth = Literal["genuine", "billed_twice", "fraud"]

_MINUTE_MS: Final = 60_000
_HOUR_WEIGHTS: Final = (
    0.15, 0.10, 0.05, 0.05, 0.10, 0.30, 0.80, 2.0, 3.0, 3.2, 3.8, 5.5,
    7.0, 5.5, 4.2, 4.5, 5.2, 6.8, 7.2, 6.0, 4.0, 2.4, 1.2, 0.5,
)  # fmt: skip
"""How much is bought in each local hour: little at night."""
_FRAUD_PER_PERSON_YEAR: Final = 0.4
_TWICE_PROBABILITY: Final = 0.0065
_POSTING_DAYS_MAX: Final = 3
_PENDING_MS: Final = 2 * DAY_MS


@dataclass(frozen=True, slots=True)
class Draft:
    """A transaction before it has a name; no table holds its `truth`."""

    person: Person
    account: Account
    card: Card
    shop: Shop
    amount_minor: int
    status: TransactionStatus
    authorised_at_ms: int
    posted_at_ms: int | None
    entry_mode: EntryMode
    truth: Truth


@dataclass(frozen=True, slots=True)
class Habits:
    """Where somebody shops; subscriptions with day of the month and first day."""

    near: tuple[Shop, ...]
    online: tuple[Shop, ...]
    abroad: dict[str, tuple[Shop, ...]]
    subscriptions: tuple[tuple[Shop, int, int], ...]
    journeys: tuple[tuple[int, int, str], ...]


def spend(seed: int, person: Person, shops: tuple[Shop, ...]) -> list[Draft]:
    """Return everything on a person's cards, in the order of time."""
    stream = Stream(seed, "spending", person.customer.id)
    habits = _habits(stream, person, shops)
    drafts: list[Draft] = []
    first_day = max(0, (person.customer.opened_at_ms - BANK_START_MS) // DAY_MS + 1)
    for day in range(first_day, BANK_DAYS):
        for _ in range(stream.poisson(person.daily_rate * _busy(day, person.payday))):
            bought = _purchase(stream, person, habits, day)
            drafts.append(bought)
            if bought.entry_mode != "recurring" and stream.chance(_TWICE_PROBABILITY):
                drafts.extend(_billed_twice(stream, bought))
        drafts.extend(_subscriptions(stream, person, habits, day))
    drafts.extend(_frauds(stream, person, shops, first_day))
    return sorted(
        (draft for draft in drafts if draft.authorised_at_ms < BANK_END_MS),
        key=lambda draft: draft.authorised_at_ms,
    )


def local_amount_minor(usd_minor: float, currency: str) -> int:
    """Return an amount of US cents in a currency's minor units, at least one unit."""
    return max(int(usd_minor * USD_MICROS_PER_MINOR["USD"] / USD_MICROS_PER_MINOR[currency]), 1)


def _habits(stream: Stream, person: Person, shops: tuple[Shop, ...]) -> Habits:
    home = person.customer.country
    present = [shop for shop in shops if not shop.recurring and not shop.online]
    near = [shop for shop in present if shop.merchant.country == home]
    online = [shop for shop in shops if shop.online]
    standing = [shop for shop in shops if shop.recurring]
    countries = sorted({shop.merchant.country for shop in present if shop.merchant.country != home})
    journeys = tuple(
        (stream.integer(0, BANK_DAYS - 1), stream.integer(3, 12), stream.pick(countries))
        for _ in range(stream.integer(0, 3) if stream.chance(0.4) else 0)
    )
    return Habits(
        near=tuple(stream.sample(near, stream.integer(6, 12))),
        online=tuple(stream.sample(online, stream.integer(3, 8))),
        abroad={
            country: tuple(shop for shop in present if shop.merchant.country == country)
            for country in countries
        },
        subscriptions=tuple(
            (shop, stream.integer(1, 28), stream.integer(0, BANK_DAYS - 90))
            for shop in stream.sample(standing, stream.weighted((0, 1, 2), (0.4, 0.4, 0.2)))
        ),
        journeys=journeys,
    )


def _busy(day: int, payday: int) -> float:
    # Five days after pay there is more to spend; on two days in seven, more time to.
    since_pay = (day - payday) % 30
    return (1.6 if since_pay < 5 else 0.9) * (1.35 if day % 7 in (5, 6) else 0.9)


def _purchase(stream: Stream, person: Person, habits: Habits, day: int) -> Draft:
    journey = next(
        (place for start, days, place in habits.journeys if start <= day < start + days), None
    )
    if journey is not None and stream.chance(0.8):
        shop = stream.pick(habits.abroad[journey])
    elif stream.chance(0.24) or not habits.near:
        shop = stream.pick(habits.online)
    else:
        # The first places on one's list are gone to most.
        weights = [1.0 / (rank + 1) for rank in range(len(habits.near))]
        shop = stream.weighted(habits.near, weights)
    hour = stream.weighted(range(24), _HOUR_WEIGHTS)
    return _draft(
        stream,
        person,
        shop,
        at_ms=_local_ms(person, day, hour, stream.integer(0, 59)),
        usd_minor=stream.lognormal(shop.median_usd_minor * person.affluence, shop.trade.sigma),
    )


def _local_ms(person: Person, day: int, hour: int, minute: int) -> int:
    offset_ms = UTC_OFFSET_HOURS[person.customer.country] * HOUR_MS
    return BANK_START_MS + day * DAY_MS + hour * HOUR_MS + minute * _MINUTE_MS - offset_ms


def _draft(
    stream: Stream,
    person: Person,
    shop: Shop,
    *,
    at_ms: int,
    usd_minor: float,
    mode: EntryMode | None = None,
    truth: Truth = "genuine",
) -> Draft:
    place = stream.integer(0, len(person.accounts) - 1)
    modes = [name for name, _ in shop.trade.modes]
    drawn = stream.weighted(modes, [weight for _, weight in shop.trade.modes])
    posted_at_ms = at_ms + stream.integer(1, _POSTING_DAYS_MAX) * DAY_MS // 2
    pending = at_ms > BANK_END_MS - _PENDING_MS and posted_at_ms >= BANK_END_MS
    reversed_ = not pending and stream.chance(0.003)
    return Draft(
        person=person,
        account=person.accounts[place],
        card=stream.pick(person.cards[place]),
        shop=shop,
        amount_minor=local_amount_minor(usd_minor, person.accounts[place].currency),
        status="pending" if pending else "reversed" if reversed_ else "posted",
        authorised_at_ms=at_ms,
        posted_at_ms=None if pending else posted_at_ms,
        entry_mode=mode or drawn,
        truth=truth,
    )


def _billed_twice(stream: Stream, bought: Draft) -> list[Draft]:
    later_ms = stream.integer(1, 600) * _MINUTE_MS
    return [
        Draft(
            person=bought.person,
            account=bought.account,
            card=bought.card,
            shop=bought.shop,
            amount_minor=bought.amount_minor,
            status=bought.status,
            authorised_at_ms=bought.authorised_at_ms + later_ms,
            posted_at_ms=None if bought.posted_at_ms is None else bought.posted_at_ms + later_ms,
            entry_mode=bought.entry_mode,
            truth="billed_twice",
        )
    ]


def _subscriptions(stream: Stream, person: Person, habits: Habits, day: int) -> list[Draft]:
    return [
        _draft(
            stream,
            person,
            shop,
            at_ms=_local_ms(person, day, 4 + monthday % 3, monthday),
            usd_minor=float(shop.median_usd_minor),
        )
        for shop, monthday, since in habits.subscriptions
        if day >= since and day % 30 == monthday
    ]


def _frauds(stream: Stream, person: Person, shops: tuple[Shop, ...], first_day: int) -> list[Draft]:
    """A stolen number is used a few times within a day, often at night, far away and for much."""
    drafts: list[Draft] = []
    years = (BANK_DAYS - first_day) / 365
    targets = [shop for shop in shops if not shop.recurring and shop.median_usd_minor > 2_000]
    for _ in range(stream.poisson(_FRAUD_PER_PERSON_YEAR * years)):
        day = stream.integer(first_day, BANK_DAYS - 1)
        night = stream.chance(0.5)
        for use in range(stream.integer(1, 4)):
            shop = stream.pick(targets)
            hour = stream.integer(0, 5) if night else stream.integer(7, 22)
            drafts.append(
                _draft(
                    stream,
                    person,
                    shop,
                    at_ms=_local_ms(person, day, hour, 10 * use + stream.integer(0, 9)),
                    usd_minor=stream.lognormal(1.6 * shop.median_usd_minor, 0.7),
                    mode=_fraud_mode(stream),
                    truth="fraud",
                )
            )
    return drafts


def _fraud_mode(stream: Stream) -> EntryMode:
    modes: tuple[EntryMode, ...] = ("ecommerce", "manual", "swipe", "contactless", "chip")
    return stream.weighted(modes, (0.62, 0.10, 0.14, 0.10, 0.04))
