"""Reading a dispute event from bytes that nobody has looked at."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.domain.errors import InvalidEvent, InvalidInput
from sluicegate.domain.event import EVENT_BYTES_MAX, parse_dispute_event
from tests.builders import NOW_MS, an_event


def _raw(**changes: Any) -> bytes:
    document = json.loads(an_event().canonical())
    document.update(changes)
    return json.dumps(document).encode()


def test_a_good_event_is_read_and_named_by_source_and_id() -> None:
    event = parse_dispute_event(_raw(), now_ms=NOW_MS)
    assert event == an_event()
    assert event.case_id() == an_event(narrative="other words").case_id()
    assert event.case_id() != an_event(id="d-2").case_id()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{", "schema"),
        (b"[]", "schema"),
        (b"\xff\xfe{}", "UTF-8"),
        (_raw(surprise=1), "surprise"),
        (_raw().replace(b'"amount":', b'"amount": "0.01", "amount":'), "twice"),
        (b"[" * 30_000, "schema"),
        (_raw(time="2026-11-01T09:00:00"), "offset"),
        (_raw(time="2099-01-01T00:00:00Z"), "future"),
        (_raw(time="yesterday"), "offset"),
        (_raw(type="other"), "type"),
        (_raw(data={}), "data"),
        (b" " * (EVENT_BYTES_MAX + 1), "bytes"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place_and_a_next_step(raw: bytes, said: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse_dispute_event(raw, now_ms=NOW_MS)
    assert said in refused.value.message
    assert refused.value.next_step


@pytest.mark.parametrize("control", ["\x00", "\n", "\x1b", "\x7f", "\x9b"])
def test_a_name_holds_no_control_character(control: str) -> None:
    for changed in (
        _raw(source=f"a{control}b"),
        _raw(id=f"a{control}"),
        _raw(data=json.loads(an_event().canonical())["data"] | {"customer_id": f"{control}c"}),
    ):
        with pytest.raises(InvalidEvent, match="pattern"):
            parse_dispute_event(changed, now_ms=NOW_MS)


def test_a_narrative_holds_lines_and_no_nul_which_a_database_may_refuse() -> None:
    data = json.loads(an_event().canonical())["data"]
    lines = _raw(data=data | {"narrative": "one\n\ttwo"})
    assert parse_dispute_event(lines, now_ms=NOW_MS).data.narrative == "one\n\ttwo"
    with pytest.raises(InvalidEvent, match="narrative"):
        parse_dispute_event(_raw(data=data | {"narrative": "one\x00two"}), now_ms=NOW_MS)


def test_an_error_does_not_repeat_what_the_customer_wrote() -> None:
    secret = "my mother's maiden name"
    document = json.loads(an_event(narrative=secret).canonical())
    document["data"]["amount"] = 12
    with pytest.raises(InvalidEvent) as refused:
        parse_dispute_event(json.dumps(document).encode(), now_ms=NOW_MS)
    assert secret not in str(refused.value)


def test_text_without_canonical_bytes_is_refused() -> None:
    raw = json.dumps(json.loads(an_event().canonical())).replace("parcel", "\\ud800")
    with pytest.raises(InvalidInput):
        parse_dispute_event(raw.encode(), now_ms=NOW_MS)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_and_nothing_else(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_dispute_event(raw, now_ms=NOW_MS)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from(["id", "source", "time", "data", "specversion"]), json_values)
def test_any_value_in_any_field_is_read_or_refused(field: str, value: Any) -> None:
    with contextlib.suppress(InvalidInput):
        parse_dispute_event(_raw(**{field: value}), now_ms=NOW_MS)
