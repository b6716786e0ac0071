"""What a reading of a dispute is, and the form that a language model has to answer in."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from sluicegate.domain.errors import ModelUnavailable
from sluicegate.domain.facts import EntryMode, MerchantCategoryCode
from sluicegate.domain.money import CurrencyCode
from sluicegate.domain.proposal import DisputeCategory, Evidence, ModelRef
from sluicegate.domain.value import BasisPoints, Digest, Natural, TimestampMs, Value

QUOTES_MAX: Final = 3
QUOTE_CHARS_MAX: Final = 200
SUMMARY_CHARS_MAX: Final = 400
NOTES_MAX: Final = 12

CATEGORY_MEANINGS: Final[dict[DisputeCategory, str]] = {
    DisputeCategory.FRAUD: "the cardholder did not make or allow the payment",
    DisputeCategory.NOT_RECEIVED: "the goods or the service never came",
    DisputeCategory.NOT_AS_DESCRIBED: "what came is broken, wrong, fake or not as described",
    DisputeCategory.DUPLICATE: "the same purchase was charged more than once",
    DisputeCategory.WRONG_AMOUNT: "the amount charged is not the one agreed to",
    DisputeCategory.CANCELLED_RECURRING: "a subscription was charged after it was cancelled",
    DisputeCategory.REFUND_NOT_PROCESSED: "a refund that was promised or due never came",
    DisputeCategory.UNCLEAR: "the text does not say which kind of dispute it is",
}


class ReadingContext(Value):
    """What the record shows about the disputed transaction, without names: those are free text.

    None where the record was not asked or holds nothing. Minor units of `currency`.
    """

    amount_minor: Natural | None = None
    currency: CurrencyCode | None = None
    merchant_category_code: MerchantCategoryCode | None = None
    entry_mode: EntryMode | None = None
    authorised_at_ms: TimestampMs | None = None


class DisputeReading(Value):
    """What a reader makes of a claim. It sets no amount, payee or account.

    `evidence` from the narrative stands in it verbatim. `suspicious_instructions` marks text that
    tries to instruct its reader. `notes` say what lowered the confidence or was left out.
    """

    category: DisputeCategory
    confidence_bp: BasisPoints
    summary: Annotated[str, Field(min_length=1, max_length=2_000)]
    evidence: tuple[Evidence, ...]
    suspicious_instructions: bool
    model: ModelRef
    prompt_digest: Digest
    notes: Annotated[tuple[str, ...], Field(max_length=NOTES_MAX)] = ()


class DisputeDraft(BaseModel):
    """A model's answer, once it fits the form. Its content is untrusted still."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    quotes: Annotated[
        tuple[Annotated[str, Field(max_length=QUOTE_CHARS_MAX)], ...], Field(max_length=QUOTES_MAX)
    ]
    category: DisputeCategory
    summary: Annotated[str, Field(min_length=1, max_length=SUMMARY_CHARS_MAX)]


# Written out rather than generated: the order of the properties is the order in which a model
# writes them, and every string needs a bound, or a small model writes until it is cut off.
ANSWER_SCHEMA: Final[dict[str, JsonValue]] = {
    "title": "dispute_reading",
    "type": "object",
    "properties": {
        "quotes": {
            "type": "array",
            "items": {"type": "string", "maxLength": QUOTE_CHARS_MAX},
            "maxItems": QUOTES_MAX,
        },
        "category": {"type": "string", "enum": [category.value for category in DisputeCategory]},
        "summary": {"type": "string", "minLength": 1, "maxLength": SUMMARY_CHARS_MAX},
    },
    "required": ["quotes", "category", "summary"],
    "additionalProperties": False,
}


def read_draft(value: object) -> DisputeDraft:
    """Return a model's parsed answer as a draft; raise ModelUnavailable naming the wrong field."""
    try:
        return DisputeDraft.model_validate(value)
    except ValidationError as cause:
        first = cause.errors(include_input=False, include_url=False, include_context=False)[0]
        known = [str(part) for part in first["loc"] if str(part) in DisputeDraft.model_fields]
        field = known[0] if known else "an unknown field"
        raise ModelUnavailable(f"the answer does not fit the form at {field}") from None
    except RecursionError:
        raise ModelUnavailable("the answer does not fit the form") from None
