"""Business days of a bank in the United States: not Saturday, not Sunday, not a federal holiday.

Holidays are computed by rule (5 U.S.C. 6103). One that falls on a Sunday is kept on the Monday
after; one that falls on a Saturday is not moved, because the Federal Reserve Banks stay open on the
Friday before. Counting that Friday makes a due date earlier, never later.
"""

from datetime import date, timedelta
from functools import cache
from typing import Final

JUNETEENTH_SINCE: Final = 2021
"""Public Law 117-17, signed on 17 June 2021."""

_MONDAY: Final = 0
_THURSDAY: Final = 3
_SATURDAY: Final = 5
_SUNDAY: Final = 6


@cache
def federal_holidays(year: int) -> dict[date, str]:
    """Return the days of a year on which banks are closed for a federal holiday, with its name."""
    fixed = {
        date(year, 1, 1): "New Year's Day",
        date(year, 7, 4): "Independence Day",
        date(year, 11, 11): "Veterans Day",
        date(year, 12, 25): "Christmas Day",
    }
    if year >= JUNETEENTH_SINCE:
        fixed[date(year, 6, 19)] = "Juneteenth National Independence Day"
    held = {
        day + timedelta(days=1) if day.weekday() == _SUNDAY else day: name
        for day, name in fixed.items()
    }
    held |= {
        _nth(year, 1, _MONDAY, 3): "Birthday of Martin Luther King, Jr.",
        _nth(year, 2, _MONDAY, 3): "Washington's Birthday",
        _last_monday(year, 5): "Memorial Day",
        _nth(year, 9, _MONDAY, 1): "Labor Day",
        _nth(year, 10, _MONDAY, 2): "Columbus Day",
        _nth(year, 11, _THURSDAY, 4): "Thanksgiving Day",
    }
    return held


def closed_for(day: date) -> str | None:
    """Return why a day is no business day; None for a business day."""
    if day.weekday() == _SATURDAY:
        return "Saturday"
    if day.weekday() == _SUNDAY:
        return "Sunday"
    return federal_holidays(day.year).get(day)


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _last_monday(year: int, month: int) -> date:
    last = date(year, month + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - _MONDAY) % 7)
