"""Merchants: what they sell, where, for how much, how cards are read, how they deliver."""

from dataclasses import dataclass
from typing import Final

from serving.bank.model import EntryMode, Merchant
from serving.bank.stream import Stream

MERCHANTS: Final = 150


@dataclass(frozen=True, slots=True)
class Trade:
    """A kind of merchant. `median_usd_minor` is the usual basket; `items` what people buy there."""

    mcc: str
    kind: str
    median_usd_minor: int
    sigma: float
    modes: tuple[tuple[EntryMode, float], ...]
    share: int
    items: tuple[str, ...]


_PRESENT: Final[tuple[tuple[EntryMode, float], ...]] = (
    ("contactless", 0.52),
    ("chip", 0.42),
    ("swipe", 0.06),
)
_DINING: Final[tuple[tuple[EntryMode, float], ...]] = (
    ("chip", 0.55),
    ("contactless", 0.38),
    ("swipe", 0.07),
)
_MIXED: Final[tuple[tuple[EntryMode, float], ...]] = (
    ("chip", 0.35),
    ("contactless", 0.15),
    ("ecommerce", 0.50),
)
_ONLINE: Final[tuple[tuple[EntryMode, float], ...]] = (("ecommerce", 0.97), ("manual", 0.03))
_STANDING: Final[tuple[tuple[EntryMode, float], ...]] = (("recurring", 1.0),)

TRADES: Final = (
    Trade("5411", "Grocers", 4_200, 0.6, _PRESENT, 22, ("groceries", "the weekly shopping")),
    Trade("5812", "Kitchen", 3_800, 0.5, _DINING, 16, ("dinner", "a meal for four")),
    Trade("5814", "Burgers", 1_250, 0.4, _PRESENT, 12, ("lunch", "two burgers")),
    Trade("5541", "Fuels", 4_700, 0.3, _PRESENT, 10, ("petrol", "a full tank")),
    Trade("5912", "Pharmacy", 2_100, 0.6, _PRESENT, 8, ("medicine", "a prescription")),
    Trade("5651", "Outfitters", 7_400, 0.6, _MIXED, 10, ("a jacket", "two shirts", "shoes")),
    Trade("5732", "Electronics", 18_500, 0.8, _MIXED, 9, ("a headset", "a tablet", "a monitor")),
    Trade("5712", "Furniture", 31_000, 0.7, _MIXED, 5, ("a desk", "a bookshelf", "a sofa")),
    Trade("5944", "Jewellers", 26_000, 0.8, _MIXED, 4, ("a bracelet", "a watch")),
    Trade("5399", "Online Market", 3_900, 0.8, _ONLINE, 14, ("a kettle", "phone cases", "a lamp")),
    Trade("5964", "Mail Order", 5_600, 0.7, _ONLINE, 6, ("a coat", "a set of pans", "a rug")),
    Trade("5816", "Games", 2_400, 0.6, _ONLINE, 5, ("a game", "game credits")),
    Trade("4511", "Airways", 34_000, 0.6, _ONLINE, 6, ("a flight", "two plane tickets")),
    Trade("7011", "Hotels", 19_000, 0.6, _MIXED, 7, ("a hotel room", "two nights")),
    Trade("4121", "Cabs", 1_900, 0.5, _ONLINE, 4, ("a ride", "a trip to the airport")),
    Trade("5815", "Streaming", 1_299, 0.3, _STANDING, 5, ("the subscription", "the film plan")),
    Trade("7997", "Fitness", 4_500, 0.3, _STANDING, 4, ("the membership", "the gym plan")),
    Trade("4814", "Telecom", 5_500, 0.3, _STANDING, 3, ("the phone plan", "the data plan")),
)
"""`share` is out of 150; a merchant number beyond wraps around."""

_FIRST_WORDS: Final = (
    "Harbor Cedar Summit Lantern Willow Copper Meadow Falcon Juniper Marble Orchard Pioneer "
    "Quarry Raven Saffron Timber Umber Velvet Wander Yarrow Alder Beacon Cobalt Drift"
).split()
_COUNTRIES: Final = ("US", "DE", "FR", "ES", "GB", "JP")
_EVERYWHERE: Final = ("5411", "5812", "5814", "5399", "5944")
"""Half of these trades are spread evenly: people everywhere eat, and some buy far from home."""
_COUNTRY_WEIGHTS: Final = (0.62, 0.08, 0.07, 0.06, 0.10, 0.07)


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant with what only the generator knows; `failure` is how often it lets people down."""

    merchant: Merchant
    trade: Trade
    median_usd_minor: int
    failure: float

    @property
    def recurring(self) -> bool:
        """Say whether it charges under standing agreements."""
        return self.trade.modes is _STANDING

    @property
    def online(self) -> bool:
        """Say whether people reach it from anywhere."""
        return self.trade.modes is _ONLINE


def make_shops(seed: int) -> tuple[Shop, ...]:
    """Return the merchants, the same trades for every seed."""
    stream = Stream(seed, "merchants")
    kinds = [trade for trade in TRADES for _ in range(trade.share)][:MERCHANTS]
    shops: list[Shop] = []
    taken: set[str] = set()
    for number, trade in enumerate(kinds, start=1):
        place = kinds[: number - 1].count(trade)
        country = (
            _COUNTRIES[place // 2 % len(_COUNTRIES)]
            if trade.mcc in _EVERYWHERE and place % 2 == 0
            else stream.weighted(_COUNTRIES, _COUNTRY_WEIGHTS)
        )
        name = _name(stream, trade, taken)
        shops.append(
            Shop(
                merchant=Merchant(
                    id=f"mer_{number:04d}", name=name, mcc=trade.mcc, country=country
                ),
                trade=trade,
                median_usd_minor=max(int(stream.lognormal(trade.median_usd_minor, 0.25)), 300),
                failure=min(stream.lognormal(0.02, 1.0), 0.25),
            )
        )
    return tuple(shops)


def _name(stream: Stream, trade: Trade, taken: set[str]) -> str:
    free = [word for word in _FIRST_WORDS if f"{word} {trade.kind}" not in taken]
    name = f"{stream.pick(free)} {trade.kind}" if free else f"{trade.kind} {len(taken)}"
    taken.add(name)
    return name
