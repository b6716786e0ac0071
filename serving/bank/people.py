"""Customers, accounts and cards; some are in a standing that policy must notice."""

from dataclasses import dataclass
from typing import Final

from serving.bank.model import (
    BANK_END_MS,
    BANK_START_MS,
    Account,
    AccountStatus,
    Card,
    CardStatus,
    Customer,
    CustomerStatus,
    KycStatus,
)
from serving.bank.stream import Stream
from sluicegate.domain.dispute_features import DAY_MS

_FIRST: Final = (
    "Ada Bruno Chloe Dmitri Elena Farid Grace Hugo Imani Jonas Keiko Liam Mona Nils Olga Pedro "
    "Quinn Rosa Samir Tessa Uma Victor Wanda Ximena Yusuf Zora Aiko Benoit Carla Derek"
).split()
_LAST: Final = (
    "Abbott Brandt Castillo Dufour Eriksen Fontaine Grover Hartmann Ibarra Jensen Kimura Lindqvist "
    "Moreau Nakata Okafor Petrov Quigley Rossi Sandoval Thorne Ueda Valdez Whitcombe Xavier Yilmaz "
    "Zeller Ashdown Bellamy Corrigan Delacroix"
).split()

_HOMES: Final = (
    ("US", "USD"),
    ("DE", "EUR"),
    ("FR", "EUR"),
    ("ES", "EUR"),
    ("GB", "GBP"),
    ("JP", "JPY"),
)
_HOME_WEIGHTS: Final = (0.80, 0.04, 0.03, 0.02, 0.07, 0.04)


@dataclass(frozen=True, slots=True)
class Standing:
    """A combination of states that a share of customers is in."""

    name: str
    status: CustomerStatus = "active"
    kyc_status: KycStatus = "verified"
    sanctions_hit: bool = False
    account_status: AccountStatus = "open"
    card_status: CardStatus = "active"


GOOD: Final = Standing("good")
SPECIAL_STANDINGS: Final = (
    Standing("suspended", status="suspended"),
    Standing("closed", status="closed", account_status="closed"),
    Standing("deceased", status="deceased"),
    Standing("kyc_expired", kyc_status="expired"),
    Standing("kyc_pending", kyc_status="pending"),
    Standing("sanctions_hit", sanctions_hit=True),
    Standing("account_frozen", account_status="frozen"),
    Standing("account_closed", account_status="closed"),
    Standing("card_stolen", card_status="stolen"),
    Standing("card_lost", card_status="lost"),
    Standing("card_blocked", card_status="blocked"),
    Standing("card_expired", card_status="expired"),
)
"""Each is given to two customers, whatever the seed, so that every demonstration exists."""
_EACH_STANDING: Final = 2


@dataclass(frozen=True, slots=True)
class Person:
    """A customer with what only the generator knows: how they spend, and how honest they are.

    `affluence` scales amounts; `misuse` is the propensity to dispute what they did buy.
    """

    customer: Customer
    standing: str
    accounts: tuple[Account, ...]
    cards: tuple[tuple[Card, ...], ...]
    affluence: float
    daily_rate: float
    payday: int
    misuse: float


def make_people(seed: int, count: int) -> tuple[Person, ...]:
    """Return `count` people; the last ones are those of `SPECIAL_STANDINGS`."""
    stream = Stream(seed, "people")
    first_special = count - _EACH_STANDING * len(SPECIAL_STANDINGS)
    people: list[Person] = []
    accounts = cards = 0
    for index in range(count):
        special = index - first_special
        standing = GOOD if special < 0 else SPECIAL_STANDINGS[special // _EACH_STANDING]
        person = _person(stream, index + 1, standing, accounts, cards)
        accounts += len(person.accounts)
        cards += sum(len(held) for held in person.cards)
        people.append(person)
    return tuple(people)


def _person(stream: Stream, number: int, standing: Standing, accounts: int, cards: int) -> Person:
    country, currency = stream.weighted(_HOMES, _HOME_WEIGHTS)
    opened_at_ms = _opened_at_ms(stream)
    customer = Customer(
        id=f"cus_{number:04d}",
        full_name=f"{stream.pick(_FIRST)} {stream.pick(_LAST)}",
        status=standing.status,
        kyc_status=standing.kyc_status,
        sanctions_hit=standing.sanctions_hit,
        country=country,
        opened_at_ms=opened_at_ms,
    )
    held: list[Account] = []
    on_account: list[tuple[Card, ...]] = []
    for place in range(2 if stream.chance(0.15) else 1):
        held.append(
            Account(
                id=f"acc_{accounts + place + 1:04d}",
                customer_id=customer.id,
                currency=currency,
                status=standing.account_status,
                opened_at_ms=opened_at_ms,
            )
        )
        issued = tuple(
            _card(stream, cards + more + 1, held[-1], standing)
            for more in range(2 if stream.chance(0.2) else 1)
        )
        cards += len(issued)
        on_account.append(issued)
    return Person(
        customer=customer,
        standing=standing.name,
        accounts=tuple(held),
        cards=tuple(on_account),
        affluence=min(stream.lognormal(1.0, 0.35), 3.0),
        daily_rate=min(max(stream.lognormal(0.165, 0.35), 0.06), 0.45),
        payday=stream.pick((1, 15, 25)),
        misuse=_misuse(stream),
    )


def _opened_at_ms(stream: Stream) -> int:
    day_ms = BANK_START_MS + stream.integer(-2_900, 240) * DAY_MS
    return day_ms + stream.integer(9 * 60, 17 * 60) * 60_000


def _card(stream: Stream, number: int, account: Account, standing: Standing) -> Card:
    issued = max(account.opened_at_ms, BANK_START_MS - stream.integer(0, 900) * DAY_MS)
    return Card(
        id=f"crd_{number:04d}",
        account_id=account.id,
        status=standing.card_status,
        last4=f"{stream.integer(0, 9999):04d}",
        issued_at_ms=min(issued, BANK_END_MS - 30 * DAY_MS),
    )


def _misuse(stream: Stream) -> float:
    # A tenth of the people account for most first-party misuse; the rest hardly ever try it.
    habitual = stream.chance(0.1)
    return stream.lognormal(0.055 if habitual else 0.006, 0.5)


def good_people(people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Return the people in good standing."""
    return tuple(person for person in people if person.standing == GOOD.name)
