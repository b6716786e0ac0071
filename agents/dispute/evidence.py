"""What a reading rests on: verbatim spans of the narrative, and what the record says beside."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from agents.dispute.output import CATEGORY_MEANINGS, QUOTE_CHARS_MAX, ReadingContext
from sluicegate.domain.errors import InvalidAmount
from sluicegate.domain.event import DisputeClaim
from sluicegate.domain.money import format_minor
from sluicegate.domain.proposal import DisputeCategory, Evidence

QUOTE_CHARS_MIN: Final = 4
"""Shorter spans occur in any text and show nothing."""

_LOOKALIKES: Final = str.maketrans("<>[]", "\u2039\u203a()")
_EDGES: Final = " \t\n\"'.\u201c\u201d\u2018\u2019\u2026"
_CARD_PRESENT: Final = frozenset({"chip", "contactless", "swipe"})
_NUMBER: Final = re.compile(r"\d[\d.,]*")
_ADDRESS: Final = re.compile(r"https?:|www\.|@\w", re.IGNORECASE)


class VerifiedQuotes(NamedTuple):
    """The quotes that stand in the text, and how many did not."""

    evidence: tuple[Evidence, ...]
    dropped: int


def neutralise(text: str) -> str:
    """Return a text of the same length without anything like a delimiter or a control token.

    Chat templates of language models mark turns with tokens written in angle or square brackets,
    and servers read them in customers' text as well. Character for character, so that a span found
    here is the same span of the original.
    """
    flat = "".join(
        " " if char not in "\n\t" and unicodedata.category(char)[0] == "C" else char
        for char in text
    )
    return flat.translate(_LOOKALIKES)


def verify_quotes(
    narrative: str, quotes: Iterable[str], category: DisputeCategory
) -> VerifiedQuotes:
    """Return the quotes that the narrative holds as evidence, in its own characters, each once."""
    text = neutralise(narrative)
    found: dict[tuple[int, int], Evidence] = {}
    dropped = 0
    for quote in quotes:
        span = find_verbatim(text, neutralise(quote))
        if span is None:
            dropped += 1
            continue
        found.setdefault(span, narrative_evidence(narrative, span, category))
    return VerifiedQuotes(evidence=tuple(found.values()), dropped=dropped)


def find_verbatim(text: str, quote: str) -> tuple[int, int] | None:
    """Return where a quote stands in a text, letter case and the width of gaps aside."""
    wanted = quote.strip(_EDGES)[:QUOTE_CHARS_MAX]
    if len(wanted) < QUOTE_CHARS_MIN:
        return None
    pattern = r"\s+".join(re.escape(word) for word in wanted.split())
    match = re.search(pattern, text, re.IGNORECASE)
    return (match.start(), match.end()) if match is not None else None


def narrative_evidence(
    narrative: str, span: tuple[int, int], category: DisputeCategory
) -> Evidence:
    """Return a span of the narrative as evidence for a category."""
    start, end = span[0], min(span[1], span[0] + 500)
    return Evidence(
        claim=f"In the cardholder's words; read as: {CATEGORY_MEANINGS[category]}.",
        source="narrative",
        locator=f"narrative[{start}:{end}]",
        quote=narrative[start:end],
        start=start,
    )


def record_evidence(
    category: DisputeCategory, claim: DisputeClaim, context: ReadingContext
) -> tuple[Evidence, ...]:
    """Return what the record shows that bears on a category, for and against."""
    shown: list[tuple[str, str]] = []
    if category is DisputeCategory.WRONG_AMOUNT and context.amount_minor is not None:
        shown.append(
            (
                f"The record shows {record_amount(context)}; {claim.amount} {claim.currency} "
                "is claimed.",
                "transaction.amount_minor",
            )
        )
    if context.entry_mode is not None and category in (
        DisputeCategory.FRAUD,
        DisputeCategory.CANCELLED_RECURRING,
    ):
        shown.append(
            (f"The record shows the entry mode {context.entry_mode}.", "transaction.entry_mode")
        )
    return tuple(Evidence(claim=text, source="record", locator=locator) for text, locator in shown)


def speaks_against(category: DisputeCategory, context: ReadingContext) -> str:
    """Return what the record says against a category; "" where it says nothing against it."""
    mode = context.entry_mode
    if category is DisputeCategory.FRAUD and mode == "chip":
        return "The chip was read, so the card itself was there: was it out of their hands?"
    if category is DisputeCategory.CANCELLED_RECURRING and mode in _CARD_PRESENT:
        return f"The card was presented ({mode}), which speaks against a recurring payment."
    return ""


def describe_record(claim: DisputeClaim, context: ReadingContext) -> str:
    """Return what the record shows as lines of text, with what is claimed beside it."""
    lines = [f"- amount disputed: {claim.amount} {claim.currency}"]
    if context.amount_minor is not None:
        lines.append(f"- amount on the statement: {record_amount(context)}")
    if context.merchant_category_code is not None:
        lines.append(f"- merchant category code: {context.merchant_category_code}")
    if context.entry_mode is not None:
        lines.append(f"- entry mode: {context.entry_mode}")
    if context.authorised_at_ms is not None:
        lines.append(f"- authorised on: {_day(context.authorised_at_ms)}")
    return "\n".join(lines)


def record_amount(context: ReadingContext) -> str:
    """Return the amount in the record such as ``12.34 USD``, or ``not known``."""
    if context.amount_minor is None or context.currency is None:
        return "not known"
    try:
        return f"{format_minor(context.amount_minor, context.currency)} {context.currency}"
    except InvalidAmount:
        return "not known"


def invents(summary: str, known: str) -> bool:
    """Say whether a summary holds a number or an address that what it summarises does not hold."""
    if _ADDRESS.search(summary) is not None:
        return True
    return not _numbers(summary) <= _numbers(known)


def _numbers(text: str) -> set[str]:
    # "1,200.00" and "1200" are one number to a reader: separators and empty cents are left out.
    return {
        re.sub(r"[.,]0{1,2}$", "", raw.strip(".,")).replace(",", "").replace(".", "")
        for raw in _NUMBER.findall(text)
    }


def _day(moment_ms: int) -> str:
    try:
        return datetime.fromtimestamp(moment_ms / 1000, tz=UTC).date().isoformat()
    except (OverflowError, ValueError, OSError):
        return "not known"
