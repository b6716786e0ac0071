"""Text from outside, made fit to print: what a customer wrote may try to drive a terminal."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from sluicegate.domain.money import CURRENCY_EXPONENTS, format_minor

CHARS_MAX: Final = 2_000
_ESCAPES: Final = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]")
"""Colours and cursor movements, whole. Of other sequences only the control characters go: what they
carried stays readable, so that nobody can hide text from a reviewer in them.
"""
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Controls, bidirectional and invisible marks, lone surrogates, and what has no meaning."""
_MARKS_MAX: Final = 2
"""Accents on one letter; more of them stack over the lines above."""


def plain(value: object, chars_max: int = CHARS_MAX) -> str:
    """Return a value as one printable line: no escape sequences, no hidden or bidi marks."""
    text = _ESCAPES.sub("", str(value)[: chars_max * 4])
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if char in "\n\r\t" or category in ("Zl", "Zp"):
            kept.append(" ")
        elif category not in _DROPPED:
            marks = marks + 1 if category == "Mn" else 0
            if marks <= _MARKS_MAX:
                kept.append(char)
    line = " ".join("".join(kept).split())
    return line if len(line) <= chars_max else line[: chars_max - 1] + "…"


def words(code: object) -> str:
    """Return a code such as ``not_received`` as words."""
    return plain(code).replace("_", " ")


def percent(basis_points: object) -> str:
    """Return basis points as a percentage with one digit."""
    return f"{basis_points / 100:.1f} %" if isinstance(basis_points, int) else "unknown"


def moment(at_ms: object, *, seconds: bool = False) -> str:
    """Return milliseconds as a date and time in UTC."""
    if not isinstance(at_ms, int):
        return "unknown"
    try:
        at = datetime.fromtimestamp(at_ms / 1000, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return "unknown"
    return at.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M UTC")


def until(due_ms: int, now_ms: int) -> str:
    """Return how far off a moment is, roughly."""
    minutes = abs(due_ms - now_ms) // 60_000
    if minutes < 120:
        length = f"{minutes} min"
    elif minutes < 2 * 24 * 60:
        length = f"{minutes // 60} h"
    else:
        length = f"{minutes // (24 * 60)} days"
    return f"in {length}" if due_ms >= now_ms else f"overdue by {length}"


def short_digest(digest: object, digits: int = 8) -> str:
    """Return the first digits of a digest, without its prefix."""
    return plain(digest).removeprefix("sha256:")[:digits] if digest else ""


def at(data: object, *path: str) -> object:
    """Return what stands at a path in JSON; None where nothing does."""
    for name in path:
        if not isinstance(data, Mapping):
            return None
        data = data.get(name)
    return data


def rows(data: object, *path: str) -> list[Mapping[str, object]]:
    """Return the objects of a list at a path in JSON; none where there is no list."""
    found = at(data, *path)
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    return [row for row in found if isinstance(row, Mapping)]


def minor_text(amount_minor: object, currency: object) -> str:
    """Return minor units as an amount; a currency that is not known here is shown as it stands."""
    if not isinstance(amount_minor, int):
        return "unknown"
    code = plain(currency, 3)
    if code not in CURRENCY_EXPONENTS:
        return f"{amount_minor} minor units of {code}"
    return f"{format_minor(amount_minor, code)} {code}"
