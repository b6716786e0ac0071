import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.cli.plain import (
    at,
    minor_text,
    moment,
    percent,
    plain,
    rows,
    short_digest,
    until,
)

HOUR_MS = 3_600_000


@given(st.text(max_size=300), st.integers(min_value=1, max_value=200))
def test_nothing_printed_can_drive_a_terminal(text: str, chars_max: int) -> None:
    shown = plain(text, chars_max)
    assert len(shown) <= chars_max
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in shown)


@given(st.text(alphabet=st.characters(categories=("L", "N")), max_size=100))
def test_letters_and_digits_are_kept(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b[31mred\x1b[0m", "red", id="colour"),
        pytest.param("a\x1b[2J\x1b[Hb", "ab", id="clear-screen"),
        pytest.param("\x9b31mred", "red", id="8-bit-csi"),
        pytest.param("a\x1b]0;title\x07b", "a]0;titleb", id="title-stays-readable"),
        pytest.param("a\x1b]8;;x", "a]8;;x", id="an-open-sequence-hides-nothing"),
        pytest.param("pay \u202eDSU 001", "pay DSU 001", id="right-to-left-override"),
        pytest.param("a\u2066b\u2069\u200b\ufeffc", "abc", id="isolates-and-zero-widths"),
        pytest.param("one\ntwo\r\nthree\tfour", "one two three four", id="one-line"),
        pytest.param("a\u2028b", "a b", id="line-separator"),
        pytest.param("[bold red]x[/]", "[bold red]x[/]", id="markup-is-text"),
        pytest.param("e" + "\u0301" * 9, "e" + "\u0301" * 2, id="stacked-accents"),
        pytest.param("caf\u00e9 \u4f60\u597d", "caf\u00e9 \u4f60\u597d", id="other-scripts"),
    ],
)
def test_what_is_left_of_hostile_text(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_long_text_says_that_it_was_cut() -> None:
    assert plain("x" * 50, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("basis_points", "shown"),
    [(900, "9.0 %"), (10_000, "100.0 %"), (0, "0.0 %"), (None, "unknown")],
)
def test_basis_points_are_percent(basis_points: object, shown: str) -> None:
    assert percent(basis_points) == shown


def test_a_moment_is_utc_and_an_impossible_one_is_unknown() -> None:
    assert moment(1_793_600_000_000) == "2026-11-02 06:13 UTC"
    assert moment(2**53) == "unknown"
    assert moment("soon") == "unknown"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(5, "in 5 min"), (60 * 47, "in 47 h"), (60 * 24 * 3, "in 3 days"), (-30, "overdue by 30 min")],
)
def test_how_far_off_a_due_moment_is(minutes: int, said: str) -> None:
    assert until(HOUR_MS + minutes * 60_000, HOUR_MS) == said


def test_amounts_have_their_currencys_digits() -> None:
    assert minor_text(128_400, "USD") == "1284.00 USD"
    assert minor_text(500, "JPY") == "500 JPY"
    assert minor_text(1, "XXQ") == "1 minor units of XXQ"
    assert minor_text(None, "USD") == "unknown"


def test_reading_json_of_any_shape_never_fails() -> None:
    assert at({"a": {"b": 1}}, "a", "b") == 1
    assert at({"a": []}, "a", "b") is None
    assert rows({"a": [{"b": 1}, 2, None]}, "a") == [{"b": 1}]
    assert rows({"a": "text"}, "a") == []
    assert short_digest("sha256:" + "ab" * 32) == "abababab"
    assert short_digest(None) == ""
