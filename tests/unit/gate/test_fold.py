"""The fold, case by case."""

import pytest

from sluicegate.domain.decision import Allowed, Denied, Effect, NeedsReview
from sluicegate.domain.journal import suspense_account
from sluicegate.domain.principal import Role
from sluicegate.domain.review import Verdict
from sluicegate.gate.fold import decide
from tests.builders import OTHER_DIGEST, a_decision_on, a_finding, a_proposal, gate_inputs

REVIEW = a_finding(Effect.REVIEW)
DENY = a_finding(Effect.DENY, code="NOT_THIS")


def test_no_findings_allow_exactly_what_was_proposed() -> None:
    inputs = gate_inputs()
    decision = decide(inputs)
    assert isinstance(decision, Allowed)
    grant = decision.grant
    assert grant.proposal_digest == inputs.proposal.digest()
    assert (grant.amount_minor, grant.currency) == (2_000, "USD")
    assert grant.debit_account_id == suspense_account("USD")
    assert grant.credit_account_id == "acc_0001"
    assert grant.expires_at_ms - grant.issued_at_ms == inputs.permit_ttl_ms
    assert grant.review_digest is None


def test_a_denial_outweighs_an_approval() -> None:
    asked = gate_inputs(findings=(REVIEW,))
    inputs = gate_inputs(findings=(REVIEW, DENY), review=a_decision_on(asked))
    decision = decide(inputs)
    assert isinstance(decision, Denied)
    assert [finding.code for finding in decision.findings] == ["NOT_THIS"]


def test_a_review_finding_asks_the_most_senior_role_named() -> None:
    senior = a_finding(Effect.REVIEW, code="SENIOR", review_role=Role.APPROVER)
    decision = decide(gate_inputs(findings=(REVIEW, senior)))
    assert isinstance(decision, NeedsReview)
    assert decision.role is Role.APPROVER


def test_a_review_by_a_role_that_cannot_review_denies() -> None:
    odd = a_finding(Effect.REVIEW, review_role=Role.VIEWER)
    assert isinstance(decide(gate_inputs(findings=(odd,))), Denied)


def test_an_approval_of_exactly_this_allows_and_is_named_in_the_grant() -> None:
    asked = gate_inputs(findings=(REVIEW,))
    review = a_decision_on(asked)
    decision = decide(gate_inputs(findings=(REVIEW,), review=review))
    assert isinstance(decision, Allowed)
    assert decision.grant.review_digest == review.digest()


def test_an_approval_of_something_else_asks_again() -> None:
    asked = gate_inputs(findings=(REVIEW,))
    changed = a_proposal(summary="Something else now.")
    decision = decide(
        gate_inputs(findings=(REVIEW,), proposal=changed, review=a_decision_on(asked))
    )
    assert isinstance(decision, NeedsReview)
    assert "REVIEW_STALE" in [finding.code for finding in decision.findings]


def test_an_approval_under_another_policy_asks_again() -> None:
    asked = gate_inputs(findings=(REVIEW,))
    decision = decide(
        gate_inputs(findings=(REVIEW,), policy_digest=OTHER_DIGEST, review=a_decision_on(asked))
    )
    assert isinstance(decision, NeedsReview)


def test_a_rejection_of_exactly_this_denies_even_where_no_review_was_needed() -> None:
    inputs = gate_inputs()
    rejected = a_decision_on(inputs, verdict=Verdict.REJECT)
    decision = decide(gate_inputs(review=rejected))
    assert isinstance(decision, Denied)
    assert decision.findings[0].code == "REVIEW_REJECTED"


@pytest.mark.parametrize("reviewer", ["agent:dispute", "service:cards"])
def test_whoever_proposed_or_opened_it_cannot_approve_it(reviewer: str) -> None:
    asked = gate_inputs(findings=(REVIEW,))
    decision = decide(
        gate_inputs(findings=(REVIEW,), review=a_decision_on(asked, reviewer=reviewer))
    )
    assert isinstance(decision, Denied)
    assert decision.findings[0].code == "SELF_REVIEW"


def test_an_approval_by_someone_too_junior_denies() -> None:
    senior = a_finding(Effect.REVIEW, review_role=Role.APPROVER)
    asked = gate_inputs(findings=(senior,))
    decision = decide(gate_inputs(findings=(senior,), review=a_decision_on(asked)))
    assert isinstance(decision, Denied)
    assert decision.findings[0].code == "REVIEWER_ROLE"


def test_findings_about_the_reviewer_do_not_change_what_was_approved() -> None:
    about_the_person = a_finding(Effect.DENY, code="SELF_REVIEW", scope="review")
    assert (
        gate_inputs(findings=(REVIEW, about_the_person)).subject().digest()
        == gate_inputs(findings=(REVIEW,)).subject().digest()
    )
