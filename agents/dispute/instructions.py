"""Signs that a text tries to instruct whoever reads it. A signal only: the gate is what protects.

The list is short on purpose. It sends obvious attempts to a person and makes no claim to be
complete; a text that slips through still cannot set an amount, a payee or an account, and cannot
raise the confidence beyond what code computes. Matching is on text with compatibility forms
folded and invisible characters taken out.
"""

import re
import unicodedata
from typing import Final

_GAP: Final = r"[^.!?\n]{0,40}?"
_SIGNS: Final[tuple[tuple[str, str], ...]] = (
    (
        "tells the reader to ignore its instructions",
        rf"\b(ignore|disregard|forget|override|skip|bypass)\b{_GAP}\b(instructions?|prompts?|rules|"
        r"polic(y|ies)|guidelines|guardrails|checks?|reviews?|gates?|controls?|limits?)\b",
    ),
    (
        "the same in another language",
        rf"\b(ignoriere|vergiss|missachte)\b{_GAP}\b(anweisung|vorgabe|regel)|"
        rf"\bignore[rz]?\b (toutes? |tous )?(les|ces|vos)\b{_GAP}\b(consigne|instruction|r.gle)|"
        rf"\b(ignora|olvida|ignore)\b{_GAP}\b(instruccion|instruç|istruzion)",
    ),
    (
        "imitates the turns of a conversation",
        r"(^|\n)\s*(#+\s*)?(system|assistant|developer|user|instruction)s?\s*:|"
        r"<\|[a-z_]{1,30}\|>|\[/?inst\]|<</?sys>>|</?(narrative|record|system|assistant)>",
    ),
    (
        "speaks to the reader as a machine",
        r"\b(you are|act as|pretend to be|as)\b (now )?(an? |the )?(helpful )?"
        r"(ai|a\.i\.|assistant|language model|llm|chat ?bot|classifier|dispute agent)\b|"
        rf"\b(note|message|attention|instructions?) (to|for) (the )?{_GAP}\b(ai|model|assistant|"
        r"classifier|bot|agent|reader)\b|\b(system prompt|developer mode|jailbreak)\b",
    ),
    (
        "dictates the answer",
        rf"\b(set|put|assign|mark|raise|return|output|report)\b{_GAP}\b(confidence|category|"
        r"classification|risk score)\b|\b(confidence|category)\b\"?\s*[:=]|"
        r"\b(respond|reply|answer|output)\b (only )?(with|in|as) (the )?(json|following|category)|"
        rf"\b(classify|categori[sz]e|label)\b{_GAP}\bas\b",
    ),
    (
        "asks to pass the review by",
        rf"\b(without|no|skip|avoid|bypass)\b{_GAP}\b(human|manual|analyst|further)? ?review\b|"
        r"\bauto[- ]?approve|\bapprove[sd]? (this |it |the \w+ )?(automatically|immediately)\b|"
        r"\bpre-?approved by\b",
    ),
    (
        "claims an office in the bank or an approval",
        rf"\b(as|i am|this is) the bank's\b|\bi (hereby )?(confirm|certify|order)\b{_GAP}"
        r"\b(claim|dispute|case|you)\b|\b(claim|dispute|case)\b[^.!?\n]{0,40}?\b(was|is|been) "
        r"(already )?(\w+ and )?(approved|checked|verified|cleared)\b",
    ),
    (
        "asks its reader for silence",
        r"\b(do not|don't|never)\b (mention|reveal|disclose|repeat|log|flag|escalate)\b",
    ),
)
_COMPILED: Final = tuple((sign, re.compile(pattern, re.IGNORECASE)) for sign, pattern in _SIGNS)
_HIDDEN: Final = "carries invisible characters"
_HIDDEN_MAX: Final = 2
"""Emoji are joined by invisible characters; more than two outside of them are no accident."""
_TAGS: Final = range(0xE0000, 0xE0080)
_JOINER: Final = "\u200d"


def signs_of_instructions(text: str) -> tuple[str, ...]:
    """Return which signs a text shows, in the order of the list; none for most texts."""
    visible = _visible(text)
    found = [sign for sign, pattern in _COMPILED if pattern.search(visible) is not None]
    hidden = sum(1 for char in text if unicodedata.category(char) == "Cf" and char != _JOINER)
    if hidden > _HIDDEN_MAX or any(ord(char) in _TAGS for char in text):
        found.append(_HIDDEN)
    return tuple(found)


def _visible(text: str) -> str:
    kept = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", kept)
