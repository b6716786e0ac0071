"""Due dates of Regulation E, by hand-counted vectors."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tools.dispute.business_days import closed_for, federal_holidays
from tools.dispute.regulatory_clock import ClockArgs, compute_clock


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("received", "credit", "resolution"),
    [
        ("2026-03-02T15:00:00+00:00", "2026-03-16", "2026-04-16"),  # two plain weeks
        ("2026-11-02T15:00:00+00:00", "2026-11-17", "2026-12-17"),  # Veterans Day on a Wednesday
        ("2026-11-20T15:00:00+00:00", "2026-12-07", "2027-01-04"),  # Thanksgiving
        ("2026-12-18T15:00:00+00:00", "2027-01-05", "2027-02-01"),  # Christmas and New Year
        ("2026-06-26T15:00:00+00:00", "2026-07-10", "2026-08-10"),  # 4 July 2026 is a Saturday
        ("2027-06-28T15:00:00+00:00", "2027-07-13", "2027-08-12"),  # 4 July 2027 is a Sunday
        ("2026-03-07T15:00:00+00:00", "2026-03-20", "2026-04-21"),  # received on a Saturday
        ("2028-02-14T15:00:00+00:00", "2028-02-29", "2028-03-30"),  # a leap day, Presidents' Day
    ],
)
def test_ten_business_days_and_forty_five_days(received: str, credit: str, resolution: str) -> None:
    clock = compute_clock(ClockArgs(received_at_ms=at(received)))
    assert clock.provisional_credit.due_on == credit
    assert clock.provisional_credit.rule == "12 CFR 1005.11(c)(2)(i)"
    assert clock.resolution.due_on == resolution
    assert clock.resolution.rule == "12 CFR 1005.11(c)(2)"


def test_the_arithmetic_is_on_show_day_by_day() -> None:
    clock = compute_clock(ClockArgs(received_at_ms=at("2026-11-10T15:00:00+00:00")))
    assert clock.provisional_credit.arithmetic[:6] == (
        "2026-11-10 Tue: notice received, day 0",
        "2026-11-11 Wed: not counted, Veterans Day",
        "2026-11-12 Thu: business day 1",
        "2026-11-13 Fri: business day 2",
        "2026-11-14 Sat: not counted, Saturday",
        "2026-11-15 Sun: not counted, Sunday",
    )
    assert clock.provisional_credit.arithmetic[-1].endswith("business day 10")
    assert clock.resolution.arithmetic == ("2026-11-10 Tue + 45 days = 2026-12-25 Fri",)


@pytest.mark.parametrize(
    "reason",
    ["transferred_at_ms", "first_deposit_at_ms", "point_of_sale_debit", "outside_the_states"],
)
def test_nothing_that_the_record_cannot_show_lengthens_a_period(reason: str) -> None:
    assert reason not in ClockArgs.model_fields
    with pytest.raises(ValidationError):
        ClockArgs.model_validate({"received_at_ms": at("2026-03-02T15:00:00+00:00"), reason: 1})


def test_a_notice_counts_on_the_banks_own_day() -> None:
    late = at("2026-03-03T03:00:00+00:00")  # still 2 March in the east
    assert compute_clock(ClockArgs(received_at_ms=late)).received_on == "2026-03-02"
    in_utc = compute_clock(ClockArgs(received_at_ms=late, utc_offset_minutes=0))
    assert in_utc.received_on == "2026-03-03"


def test_the_due_moment_is_the_end_of_the_due_day() -> None:
    due = compute_clock(
        ClockArgs(received_at_ms=at("2026-03-02T15:00:00+00:00"))
    ).provisional_credit
    assert due.due_at_ms == at("2026-03-17T05:00:00+00:00") - 1


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-01-01", "New Year's Day"),
        ("2026-01-19", "Birthday of Martin Luther King, Jr."),
        ("2026-02-16", "Washington's Birthday"),
        ("2026-05-25", "Memorial Day"),
        ("2026-06-19", "Juneteenth National Independence Day"),
        ("2026-09-07", "Labor Day"),
        ("2026-10-12", "Columbus Day"),
        ("2026-11-11", "Veterans Day"),
        ("2026-11-26", "Thanksgiving Day"),
        ("2026-12-25", "Christmas Day"),
        ("2027-07-05", "Independence Day"),
        ("2023-01-02", "New Year's Day"),
    ],
)
def test_the_federal_holidays(day: str, name: str) -> None:
    assert closed_for(date.fromisoformat(day)) == name


def test_a_saturday_holiday_closes_no_friday() -> None:
    assert closed_for(date(2026, 7, 3)) is None
    assert closed_for(date(2026, 7, 4)) == "Saturday"


def test_juneteenth_is_a_holiday_since_2021() -> None:
    assert closed_for(date(2020, 6, 19)) is None
    assert closed_for(date(2023, 6, 19)) is not None


@given(st.dates(date(1990, 1, 1), date(2990, 1, 1)))
def test_a_due_day_is_a_business_day_with_ten_of_them_on_the_way(received: date) -> None:
    noon = datetime(received.year, received.month, received.day, 17, tzinfo=UTC)
    due = date.fromisoformat(
        compute_clock(
            ClockArgs(received_at_ms=int(noon.timestamp() * 1000))
        ).provisional_credit.due_on
    )
    days = [received + timedelta(days=n) for n in range(1, (due - received).days + 1)]
    assert sum(closed_for(day) is None for day in days) == 10
    assert closed_for(due) is None
    assert len(federal_holidays(received.year)) in (10, 11)
