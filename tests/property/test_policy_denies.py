"""Missing or malformed input denies: policy's share of the invariant, asked on raw JSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sluicegate.adapters.policy.regorus import RegorusPolicyEngine
from sluicegate.domain.decision import Effect, Finding
from sluicegate.ports.policy import PolicyInput
from tests.policy_documents import (
    ALLOWED,
    ODD,
    REVIEWED,
    Path,
    documents,
    leaves,
    removed,
    replaced,
    spoilt_documents,
)
from tests.policy_questions import BUNDLE

ENGINE = RegorusPolicyEngine(BUNDLE, 60_000)


def findings_of(document: Any) -> tuple[Finding, ...]:
    return ENGINE.evaluate_json(json.dumps(document)).findings


def denies(document: Any) -> bool:
    return any(finding.effect is Effect.DENY for finding in findings_of(document))


@pytest.mark.parametrize("document", [ALLOWED, REVIEWED], ids=["unreviewed", "reviewed"])
def test_the_whole_document_is_allowed(document: dict[str, Any]) -> None:
    assert findings_of(document) == ()


@pytest.mark.parametrize("path", leaves(REVIEWED), ids=lambda path: ".".join(map(str, path)))
def test_without_any_one_field_there_is_a_denial(path: Path) -> None:
    assert denies(removed(REVIEWED, path))


@pytest.mark.parametrize("path", leaves(ALLOWED), ids=lambda path: ".".join(map(str, path)))
def test_without_any_one_field_of_an_unreviewed_question_there_is_a_denial(path: Path) -> None:
    assert denies(removed(ALLOWED, path))


@given(spoilt_documents())
def test_what_the_types_refuse_is_denied(document: dict[str, Any]) -> None:
    try:
        PolicyInput.model_validate_json(json.dumps(document))
    except ValueError:
        # Three things of the types are not policy's to know: lengths, unknown names, derived ids.
        assert denies(document) or only_form_is_wrong(document)


def only_form_is_wrong(document: dict[str, Any]) -> bool:
    """Say whether the types' complaints are about the form of text that no rule reads."""
    try:
        PolicyInput.model_validate_json(json.dumps(document))
    except ValidationError as cause:
        return all(
            complaint["type"] in {"string_pattern_mismatch", "value_error", "extra_forbidden"}
            for complaint in cause.errors()
        )
    return True


@given(st.sampled_from(leaves(ALLOWED)), ODD)
def test_a_value_of_another_type_is_denied(path: Path, value: Any) -> None:
    document = replaced(ALLOWED, path, value)
    try:
        PolicyInput.model_validate_json(json.dumps(document))
    except ValueError:
        assert denies(document) or only_form_is_wrong(document)


@given(documents(), st.sampled_from([None, *[REVIEWED["review"]]]), st.booleans())
def test_findings_about_the_action_do_not_depend_on_the_review(
    document: dict[str, Any], review: Any, reject: bool
) -> None:
    other = replaced(document, ("review",), review)
    if review is not None and reject:
        other = replaced(other, ("review", "verdict"), "reject")
    actions = [
        tuple(finding for finding in findings_of(one) if finding.scope == "action")
        for one in (document, other)
    ]
    assert actions[0] == actions[1]


@given(documents())
def test_an_answer_depends_on_the_question_alone(document: dict[str, Any]) -> None:
    fresh = RegorusPolicyEngine(BUNDLE, 60_000)
    assert fresh.evaluate_json(json.dumps(document)).findings == findings_of(document)


@given(documents())
def test_money_out_needs_the_record_to_agree(document: dict[str, Any]) -> None:
    if denies(document):
        return
    proposal, facts = document["proposal"], document["facts"]
    assert proposal["payee_account_id"] == facts["transaction"]["account_id"]
    assert proposal["amount_minor"] <= facts["transaction"]["amount_minor"]
    assert proposal["amount_minor"] <= facts["claim"]["amount_minor"]
    if proposal["amount_minor"] != facts["transaction"]["amount_minor"]:
        assert "PARTIAL_AMOUNT" in {finding.code for finding in findings_of(document)}
    assert facts["credited_minor"] + facts["reserved_minor"] == 0
    if document["review"] is not None:
        assert document["review"]["reviewer"] not in (
            proposal["proposed_by"],
            proposal["opened_by"],
        )
