"""Money is exact or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.domain.canonical import INTEGER_MAX
from sluicegate.domain.errors import InvalidAmount
from sluicegate.domain.money import CURRENCY_EXPONENTS, format_minor, parse_money


@given(st.integers(1, 10**15 - 1), st.sampled_from(sorted(CURRENCY_EXPONENTS)))
def test_what_is_written_is_read_back_exactly(amount_minor: int, currency: str) -> None:
    text = format_minor(amount_minor, currency)
    assert parse_money(text, currency).amount_minor == amount_minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("-1.00", "USD"),
        ("+1.00", "USD"),
        ("0", "USD"),
        ("0.00", "USD"),
        ("1.001", "USD"),
        ("1.0", "JPY"),
        ("1e3", "USD"),
        ("1,000.00", "USD"),
        (" 1.00", "USD"),
        ("1.00\n", "USD"),
        ("01.00", "USD"),
        (".50", "USD"),
        ("1.", "USD"),
        ("NaN", "USD"),
        ("١.٠٠", "USD"),
        ("", "USD"),
        ("1.00", "ZZZ"),
        ("999999999999999.99", "USD"),
        (str(INTEGER_MAX + 1), "JPY"),
    ],
)
def test_anything_but_a_positive_exact_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(InvalidAmount) as refused:
        parse_money(text, currency)
    assert refused.value.next_step


@given(st.text(max_size=24))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        money = parse_money(text, "USD")
    except InvalidAmount:
        return
    assert 0 < money.amount_minor <= INTEGER_MAX
