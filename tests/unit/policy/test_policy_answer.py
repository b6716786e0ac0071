import json
from typing import Any

import pytest

from sluicegate.adapters.policy.answer import read_answer
from sluicegate.domain.errors import PolicyUnavailable
from tests.policy_questions import BUNDLE

FINDING = {
    "code": "RISK_HIGH",
    "sentence": "High.",
    "effect": "review",
    "rule": "risk",
    "review_role": "approver",
    "scope": "action",
}


def an_answer(**changes: Any) -> dict[str, Any]:
    return {
        "findings": [],
        "complete": True,
        "rules": list(BUNDLE.rules),
        "bundle_digest": BUNDLE.digest,
        **changes,
    }


def test_a_full_answer_is_read() -> None:
    result = read_answer(json.dumps(an_answer(findings=[FINDING])), BUNDLE, "an-engine")
    assert result.policy_digest == BUNDLE.digest
    assert result.engine == "an-engine"
    assert [finding.as_json() for finding in result.findings] == [FINDING]


def test_findings_are_sorted_by_code_and_rule() -> None:
    findings = [
        {**FINDING, "code": "B_CODE", "rule": "risk"},
        {**FINDING, "code": "B_CODE", "rule": "confidence"},
        {**FINDING, "code": "A_CODE", "rule": "self_review"},
    ]
    result = read_answer(json.dumps(an_answer(findings=findings)), BUNDLE, "an-engine")
    assert [(finding.code, finding.rule) for finding in result.findings] == [
        ("A_CODE", "self_review"),
        ("B_CODE", "confidence"),
        ("B_CODE", "risk"),
    ]


@pytest.mark.parametrize("name", ["findings", "complete", "rules", "bundle_digest"])
def test_an_answer_that_lacks_a_part_is_no_answer(name: str) -> None:
    answer = an_answer()
    del answer[name]
    with pytest.raises(PolicyUnavailable):
        read_answer(json.dumps(answer), BUNDLE, "an-engine")


@pytest.mark.parametrize(
    "changes",
    [
        {"complete": False},
        {"complete": "true"},
        {"complete": 1},
        {"complete": None},
        {"rules": []},
        {"rules": [*BUNDLE.rules, "another"]},
        {"rules": list(BUNDLE.rules[1:])},
        {"rules": [*BUNDLE.rules, BUNDLE.rules[0]]},
        {"bundle_digest": "sha256:" + "0" * 64},
        {"bundle_digest": ""},
        {"findings": None},
        {"findings": {}},
        {"findings": [{**FINDING, "effect": "allow"}]},
        {"findings": [{**FINDING, "review_role": None}]},
        {"findings": [{**FINDING, "effect": "deny"}]},
        {"findings": [{**FINDING, "rule": "another"}]},
        {"findings": [{**FINDING, "code": "lower"}]},
        {"findings": [{**FINDING, "more": 1}]},
        {"more": 1},
    ],
)
def test_an_answer_that_is_odd_is_no_answer(changes: dict[str, Any]) -> None:
    with pytest.raises(PolicyUnavailable):
        read_answer(json.dumps(an_answer(**changes)), BUNDLE, "an-engine")


@pytest.mark.parametrize("text", ["", "null", "true", "[]", "{}", "<undefined>", "{", '"x"'])
def test_what_is_not_an_answer_at_all_is_no_answer(text: str) -> None:
    with pytest.raises(PolicyUnavailable):
        read_answer(text, BUNDLE, "an-engine")
