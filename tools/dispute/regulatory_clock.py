"""Computes when Regulation E wants a provisional credit and an answer, with the rule and the
arithmetic on show.

Source: 12 CFR 1005.11(c). (1) and (2): the error is resolved within 10 business days of the notice,
or provisionally credited by then and resolved within 45 days. A business day is one on which the
bank's offices are open for substantially all business (12 CFR 1005.2(d)); here:
`tools.dispute.business_days`.

These shorter periods are assumed always. (3) would allow 20 business days and 90 days where the
transfer was within 30 days of the account's first deposit, and 90 days for point-of-sale debit card
transactions and for transfers that were not initiated within a state; the record holds neither the
first deposit nor what shows the other two. That is the safe side: who keeps the shorter period
keeps the longer one as well, and nobody waits longer for their money than the rule lets them.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Final

from pydantic import Field

from sluicegate.domain.value import Natural, Sentence, TimestampMs, Value
from tools.dispute.business_days import closed_for
from tools.registry import Access, Tool

CREDIT_BUSINESS_DAYS: Final = 10
RESOLUTION_DAYS: Final = 45
EASTERN_STANDARD_MINUTES: Final = -5 * 60
"""Kept all year: in summer it can only place a notice on the day before, which makes it due
earlier, not later.
"""
_SEARCH_DAYS_MAX: Final = 30
"""10 business days span 14 days and a few holidays; more would be a fault in the calendar."""
_TIMESTAMP_MS_MAX: Final = 32_503_680_000_000
"""The year 3000: a notice after it is a fault, not a date."""

IsoDate = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class ClockArgs(Value):
    """When the notice came in.

    `utc_offset_minutes` is the bank's: the notice counts on the bank's own day.
    """

    received_at_ms: Annotated[int, Field(ge=0, le=_TIMESTAMP_MS_MAX)]
    utc_offset_minutes: Annotated[int, Field(ge=-12 * 60, le=14 * 60)] = EASTERN_STANDARD_MINUTES


class DueDate(Value):
    """One due date: the last day on which it is in time, the end of that day, the rule, the
    counting.
    """

    due_on: IsoDate
    due_at_ms: TimestampMs
    days: Natural
    counted_in: Annotated[str, Field(pattern=r"^(business|calendar) days$")]
    rule: Sentence
    arithmetic: tuple[str, ...]


class RegulatoryClock(Value):
    """Both due dates of a notice of error."""

    received_on: IsoDate
    provisional_credit: DueDate
    resolution: DueDate


def compute_clock(args: ClockArgs) -> RegulatoryClock:
    """Return the due dates; the day after the notice is the first that counts."""
    bank = timezone(timedelta(minutes=args.utc_offset_minutes))
    received = datetime.fromtimestamp(args.received_at_ms / 1000, tz=UTC).astimezone(bank).date()
    return RegulatoryClock(
        received_on=received.isoformat(),
        provisional_credit=_business(
            received, CREDIT_BUSINESS_DAYS, "12 CFR 1005.11(c)(2)(i)", bank
        ),
        resolution=_calendar(received, RESOLUTION_DAYS, "12 CFR 1005.11(c)(2)", bank),
    )


def regulatory_clock() -> Tool[ClockArgs, RegulatoryClock]:
    """Return the tool."""
    return Tool(
        name="regulatory_clock",
        access=Access.READ,
        description="Compute when Regulation E wants a provisional credit and an answer, with the "
        "rule and the arithmetic.",
        args=ClockArgs,
        run=compute_clock,
    )


def _business(received: date, days: int, rule: str, bank: timezone) -> DueDate:
    lines = [f"{_written(received)}: notice received, day 0"]
    counted, day = 0, received
    for _ in range(_SEARCH_DAYS_MAX):
        day += timedelta(days=1)
        closed = closed_for(day)
        if closed is None:
            counted += 1
            lines.append(f"{_written(day)}: business day {counted}")
        else:
            lines.append(f"{_written(day)}: not counted, {closed}")
        if counted == days:
            break
    return _due(day, days, "business days", rule, bank, lines)


def _calendar(received: date, days: int, rule: str, bank: timezone) -> DueDate:
    due = received + timedelta(days=days)
    lines = [f"{_written(received)} + {days} days = {_written(due)}"]
    return _due(due, days, "calendar days", rule, bank, lines)


def _due(
    day: date, days: int, counted_in: str, rule: str, bank: timezone, lines: list[str]
) -> DueDate:
    end = datetime(day.year, day.month, day.day, tzinfo=bank) + timedelta(days=1)
    return DueDate(
        due_on=day.isoformat(),
        due_at_ms=int(end.timestamp()) * 1000 - 1,
        days=days,
        counted_in=counted_in,
        rule=rule,
        arithmetic=tuple(lines),
    )


def _written(day: date) -> str:
    return f"{day.isoformat()} {day:%a}"
