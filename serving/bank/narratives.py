"""A cardholder's words about a transaction, out of templates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from serving.bank.narrative_texts import CLOSINGS, OPENINGS, TEMPLATES
from serving.bank.stream import Stream
from sluicegate.domain.proposal import DisputeCategory

_CHOICE: Final = re.compile(r"\[([^\[\]]*)\]")
_TYPO_LETTERS_MIN: Final = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """What the words are about: `amount` and `date` as a person would write them."""

    merchant: str
    item: str
    amount: str
    date: str
    days: int


def narrative(
    stream: Stream,
    category: DisputeCategory,
    subject: Subject,
    templates: Sequence[str] | None = None,
) -> str:
    """Return what somebody writes; `templates` restricts what they may start from."""
    text = _fill(stream, stream.pick(templates or TEMPLATES[category]), subject)
    if stream.chance(0.3):
        text = f"{stream.pick(OPENINGS)} {text}"
    if stream.chance(0.4):
        text = f"{text} {stream.pick(CLOSINGS)}"
    if stream.chance(0.15):
        text = text.lower()
    if stream.chance(0.2):
        text = _with_typo(stream, text)
    return text


def _fill(stream: Stream, template: str, subject: Subject) -> str:
    chosen = _CHOICE.sub(lambda match: stream.pick(match[1].split("|")), template)
    filled = chosen.format(
        merchant=subject.merchant,
        item=subject.item,
        amount=subject.amount,
        date=subject.date,
        days=subject.days,
    )
    return filled[:1].upper() + filled[1:] if template[:1] in "{[" else filled


def _with_typo(stream: Stream, text: str) -> str:
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= _TYPO_LETTERS_MIN]
    if not long:
        return text
    place = stream.pick(long)
    word = words[place]
    at = stream.integer(1, len(word) - 3)
    words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)
