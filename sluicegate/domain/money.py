"""Money is an integer number of minor units of one currency (ISO 4217)."""

import re
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field

from sluicegate.domain.canonical import INTEGER_MAX
from sluicegate.domain.errors import InvalidAmount
from sluicegate.domain.value import Value

CURRENCY_EXPONENTS: Final = MappingProxyType(
    {"USD": 2, "EUR": 2, "GBP": 2, "CHF": 2, "CAD": 2, "AUD": 2, "JPY": 0, "KWD": 3}
)
"""Digits after the point (ISO 4217, table A.1). A currency that is not here is refused."""

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
AmountMinor = Annotated[int, Field(gt=0, le=INTEGER_MAX)]
"""A positive number of minor units."""

_DECIMAL = re.compile(r"(?P<whole>0|[1-9][0-9]{0,14})(?:\.(?P<fraction>[0-9]{1,6}))?", re.ASCII)


class Money(Value):
    """A positive amount: minor units and a currency code."""

    amount_minor: AmountMinor
    currency: CurrencyCode

    def __str__(self) -> str:
        """Return ``12.34 USD``."""
        return f"{format_minor(self.amount_minor, self.currency)} {self.currency}"


def currency_exponent(currency: str) -> int:
    """Return the number of digits after the point; raise InvalidAmount for an unknown currency."""
    try:
        return CURRENCY_EXPONENTS[currency]
    except KeyError:
        known = ", ".join(sorted(CURRENCY_EXPONENTS))
        raise InvalidAmount(
            f"Currency {currency!r} is not known here.", next_step=f"Use one of: {known}."
        ) from None


def parse_money(text: str, currency: str) -> Money:
    """Read a decimal string such as ``12.34`` exactly; raise InvalidAmount for anything else.

    Signs, exponents, separators, more digits than the currency has, and zero are refused.
    """
    exponent = currency_exponent(currency)
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise InvalidAmount(
            f"Amount {text[:40]!r} is not a positive decimal number.",
            next_step='Write it as a string of digits with a point, such as "12.34".',
        )
    fraction = match["fraction"] or ""
    if len(fraction) > exponent:
        raise InvalidAmount(
            f"Amount {text!r} has {len(fraction)} decimal digits; {currency} has {exponent}.",
            next_step=f"Give at most {exponent} digits after the point.",
        )
    amount_minor = int(match["whole"] + fraction.ljust(exponent, "0"))
    if not 0 < amount_minor <= INTEGER_MAX:
        raise InvalidAmount(
            f"Amount {text!r} is out of range.",
            next_step="Give an amount above zero and below 2**53 minor units.",
        )
    return Money(amount_minor=amount_minor, currency=currency)


def format_minor(amount_minor: int, currency: str) -> str:
    """Return minor units as a decimal string, with the currency's digits and no rounding."""
    exponent = currency_exponent(currency)
    sign, digits = (
        ("-" if amount_minor < 0 else ""),
        str(abs(amount_minor)).rjust(exponent + 1, "0"),
    )
    return sign + (digits if exponent == 0 else f"{digits[:-exponent]}.{digits[-exponent:]}")
