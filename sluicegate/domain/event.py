"""Events: something that happened, in the CloudEvents 1.0 envelope. Immutable."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from sluicegate.domain.errors import InvalidEvent
from sluicegate.domain.ids import CaseId, EventId, derive_id
from sluicegate.domain.money import CurrencyCode, Money, parse_money
from sluicegate.domain.value import Name, TimestampMs, Value

EVENT_BYTES_MAX: Final = 64 * 1024
"""A dispute event is a form, not a document store: larger bodies are refused before parsing."""
NARRATIVE_CHARS_MAX: Final = 20_000
CLOCK_SKEW_MS: Final = 5 * 60 * 1000
"""How far ahead of our clock an event may say it happened."""

DISPUTE_OPENED: Final = "sluicegate.dispute.opened.v1"
_COMPARE: Final = (
    "Compare it with a file in `examples` of the data directory, or with POST /v1/disputes in "
    "/openapi.json."
)


class DisputeClaim(Value):
    """What the cardholder says. Every field is hostile text until the record agrees.

    `amount` is a decimal string in `currency`, positive, with no more digits than the currency has.
    """

    transaction_id: Name
    customer_id: Name
    amount: Annotated[str, Field(min_length=1, max_length=24)]
    currency: CurrencyCode
    narrative: Annotated[
        str, Field(min_length=1, max_length=NARRATIVE_CHARS_MAX, pattern=r"^[^\x00]*$")
    ]

    def money(self) -> Money:
        """Return the claimed amount; raise InvalidAmount where it is none."""
        return parse_money(self.amount, self.currency)


class DisputeEvent(Value):
    """A card dispute was opened. (`source`, `id`) names it for ever (CloudEvents 1.0, 3.1)."""

    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Literal["sluicegate.dispute.opened.v1"]
    time: Annotated[str, Field(max_length=40)]
    data: DisputeClaim

    def event_id(self) -> EventId:
        """Return our name for the event, derived from source and id."""
        return EventId(derive_id("evt", self.source, self.id))

    def case_id(self) -> CaseId:
        """Return the name of the case that this event opens."""
        return CaseId(derive_id("case", self.source, self.id))

    def occurred_at_ms(self) -> TimestampMs:
        """Return `time` in milliseconds UTC; raise InvalidEvent without an offset."""
        return _parse_time_ms(self.time)


def parse_dispute_event(raw: bytes, *, now_ms: int) -> DisputeEvent:
    """Read a dispute event from bytes that nobody has looked at; raise InvalidEvent or
    InvalidAmount.

    Nothing in the message of the error repeats more than a few characters of the input.
    """
    if len(raw) > EVENT_BYTES_MAX:
        raise InvalidEvent(
            f"The event is {len(raw)} bytes; at most {EVENT_BYTES_MAX} are read.",
            next_step="Shorten the narrative and send documents separately.",
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as cause:
        raise InvalidEvent(
            f"The event is not UTF-8: byte {cause.start} cannot be read.",
            next_step="Send UTF-8 encoded JSON.",
        ) from None
    _refuse_repeated_fields(text)
    try:
        event = DisputeEvent.from_json(text)
    except ValidationError as cause:
        raise InvalidEvent(
            "The event does not fit the schema: " + "; ".join(_explain(cause)) + ".",
            next_step=_COMPARE,
        ) from None
    event.data.money()
    if event.occurred_at_ms() > now_ms + CLOCK_SKEW_MS:
        raise InvalidEvent(
            f"The event says it happened at {event.time}, which is in the future.",
            next_step="Correct `time`, or the clock of the sender.",
        )
    event.canonical()  # raises NotCanonical for text without canonical bytes: lone surrogates
    return event


def _refuse_repeated_fields(text: str) -> None:
    """Refuse a field given twice: which of two amounts is meant is nobody's to guess (RFC 7493)."""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise InvalidEvent("The event gives a field twice.", next_step=_COMPARE)
        return fields

    # What is wrong in any other way is named better by the schema.
    with suppress(ValueError, RecursionError):
        json.loads(text, object_pairs_hook=unique)


def _parse_time_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.timestamp() < 0:
        raise InvalidEvent(
            f"time {text[:40]!r} is not a date and time with an offset.",
            next_step='Write RFC 3339, such as "2026-11-02T09:30:00Z".',
        )
    return int(moment.timestamp() * 1000)


_EXPLAINED_MAX = 5


def _explain(error: ValidationError) -> list[str]:
    """Say where and what, never the value: it may be personal data."""
    listed = error.errors(include_input=False, include_url=False, include_context=False)[
        :_EXPLAINED_MAX
    ]
    return [
        f"{'.'.join(str(part)[:60] for part in item['loc']) or 'body'}: {item['msg'][:160]}"
        for item in listed
    ]
