"""Names, digests, problems: what every part relies on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sluicegate.domain.canonical import INTEGER_MAX, canonical_bytes
from sluicegate.domain.errors import NotCanonical, ReviewRefused, SluicegateError
from sluicegate.domain.ids import derive_id
from sluicegate.domain.problem import error_of, problem_of
from sluicegate.domain.proposal import Proposal
from tests.builders import a_proposal


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


def _kinds(base: type[SluicegateError]) -> list[type[SluicegateError]]:
    return [base, *(kind for child in base.__subclasses__() for kind in _kinds(child))]


@pytest.mark.parametrize("kind", _kinds(SluicegateError))
def test_every_error_survives_the_wire_as_itself(kind: type[SluicegateError]) -> None:
    sent = kind("It failed.", next_step="Mend it.", detail={"findings": [1]})
    got = error_of(problem_of(sent))
    assert (type(got), got.message, got.next_step) == (kind, sent.message, sent.next_step)
    assert dict(got.detail) == dict(sent.detail)


def test_error_codes_are_unique() -> None:
    codes = [kind.code for kind in _kinds(SluicegateError)]
    assert len(codes) == len(set(codes))
    assert problem_of(ReviewRefused("no")).status == ReviewRefused.http_status
