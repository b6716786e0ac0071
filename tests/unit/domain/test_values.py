"""Names, digests, problems: what every part relies on."""

import json
import traceback
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sluicegate.domain import errors
from sluicegate.domain.canonical import INTEGER_MAX, canonical_bytes
from sluicegate.domain.decision import Allowed
from sluicegate.domain.errors import NotCanonical, ReviewRefused, SluicegateError
from sluicegate.domain.ids import EntryId, derive_id
from sluicegate.domain.journal import JournalEntry, Posting
from sluicegate.domain.problem import error_of, problem_of
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.review import ReviewInput
from sluicegate.domain.value import Name, Value
from sluicegate.gate.fold import decide
from tests.builders import DIGEST, a_proposal, an_event, gate_inputs


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_other_parts_give_another_name(left: list[str], right: list[str]) -> None:
    assert (derive_id("x", *left) == derive_id("x", *right)) == (left == right)


def test_canonical_json_sorts_and_refuses_what_it_cannot_keep() -> None:
    assert (
        canonical_bytes({"b": 1, "a": [True, None, "ü"]}) == '{"a":[true,null,"ü"],"b":1}'.encode()
    )
    for bad in (INTEGER_MAX + 1, float("nan"), "\ud800"):
        with pytest.raises(NotCanonical):
            canonical_bytes({"value": bad})


def test_a_proposal_cannot_take_a_name_that_is_not_derived_from_it() -> None:
    with pytest.raises(ValidationError, match="derived"):
        a_proposal(id="prop_mine")


def test_a_proposal_is_frozen_and_survives_the_wire() -> None:
    proposal = a_proposal()
    with pytest.raises(ValidationError):
        proposal.amount_minor = 1  # type: ignore[misc]
    assert Proposal.from_json(proposal.canonical()) == proposal


class Named(Value):
    """A value with a name, and what is inside it."""

    name: Name
    inner: tuple["Named", ...] = ()


@given(st.text(min_size=1, max_size=20))
def test_a_name_is_text_without_control_characters_and_has_canonical_bytes(text: str) -> None:
    controls = any(unicodedata.category(char) == "Cc" for char in text)
    if controls:
        with pytest.raises(ValidationError):
            Named(name=text)
    else:
        assert Named.from_json(Named(name=text).canonical()).name == text


@pytest.mark.parametrize("name", ["\ud800", "a\udfffb", "trailing\n", ""])
def test_a_name_is_never_half_a_character_nor_ends_in_a_line_break(name: str) -> None:
    with pytest.raises(ValidationError):
        Named(name=name)


def test_a_rationale_holds_no_nul() -> None:
    given_ = {"verdict": "approve", "label": "claim_valid", "subject_digest": DIGEST}
    for rationale, fits in (("Seen.\nTwice.", True), ("Seen.\x00", False)):
        text = json.dumps(given_ | {"rationale": rationale})
        if fits:
            assert ReviewInput.from_json(text).rationale == rationale
        else:
            with pytest.raises(ValidationError):
                ReviewInput.from_json(text)


def test_an_error_of_a_value_never_shows_what_was_given() -> None:
    canary = "canary-4929-0000"
    spoilt: list[Callable[[], object]] = [
        lambda: Named.from_json(f'{{"name": "{canary}", "surprise": "{canary}"}}'),
        lambda: Named.model_validate({"name": [canary]}),
        lambda: Named.model_validate({"name": "ok", "inner": ({"name": f"{canary}\x00"},)}),
        lambda: Named.model_validate(canary),
        lambda: a_proposal(id=canary),
        lambda: a_proposal(summary=canary * 1_000),
    ]
    for make in spoilt:
        with pytest.raises(ValidationError) as refused:
            make()
        shown = "".join(traceback.format_exception(refused.value, limit=0))
        assert canary not in f"{refused.value} {refused.value!r} {shown}"


def _kinds(base: type[SluicegateError]) -> list[type[SluicegateError]]:
    return [base, *(kind for child in base.__subclasses__() for kind in _kinds(child))]


@pytest.mark.parametrize(
    "kind", [kind for kind in _kinds(SluicegateError) if kind.__module__ == errors.__name__]
)
def test_every_error_survives_the_wire_as_itself(kind: type[SluicegateError]) -> None:
    sent = kind("It failed.", next_step="Mend it.", detail={"findings": [1]})
    got = error_of(problem_of(sent))
    assert (type(got), got.message, got.next_step) == (kind, sent.message, sent.next_step)
    assert dict(got.detail) == dict(sent.detail)


def test_error_codes_are_unique() -> None:
    codes = [kind.code for kind in _kinds(SluicegateError)]
    assert len(codes) == len(set(codes))
    assert problem_of(ReviewRefused("no")).status == ReviewRefused.http_status


def test_the_longest_name_of_a_transaction_still_makes_an_effect() -> None:
    proposal = a_proposal(an_event(transaction_id="t" * 200))
    decision = decide(gate_inputs(proposal=proposal))
    assert isinstance(decision, Allowed)
    entry = JournalEntry(
        id=EntryId("jrn_1"),
        permit_id=decision.grant.permit_id,
        effect_key=decision.grant.effect_key(),
        posted_at_ms=1,
        postings=(
            Posting(debit_account_id="a", credit_account_id="b", amount_minor=1, currency="USD"),
        ),
    )
    assert entry.effect_key.endswith("t" * 200)
