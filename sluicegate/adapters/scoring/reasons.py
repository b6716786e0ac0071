"""Sentences of reason codes: the model's own texts, filled with the value of the case."""

from sluicegate.domain.dispute_features import MISSING
from sluicegate.domain.scoring_model import ReasonText


def reason_sentence(text: ReasonText, value: int) -> str:
    """Return what a feature's value says, as a sentence for a person."""
    special = {MISSING: text.missing, 0: text.zero, 1: text.one}.get(value, "")
    return special or text.many.replace("{value}", _shown(text, value))


def _shown(text: ReasonText, value: int) -> str:
    match text.shown_as:
        case "integer":
            return f"{value:,}"
        case "times":
            return f"{value // 10_000:,}.{value % 10_000 // 1_000}"
        case "percent":
            return f"{value // 100:,}.{value % 100 // 10}"
        case "usd":
            return f"{value // 100:,}.{value % 100:02d}"
