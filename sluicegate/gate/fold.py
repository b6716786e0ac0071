"""The fold. Its output depends on its argument alone: no clock, no randomness, no network, no
database.
"""

from sluicegate.domain.decision import Allowed, Decision, Denied, Effect, Finding, NeedsReview
from sluicegate.domain.gate_inputs import GateInputs
from sluicegate.domain.journal import suspense_account
from sluicegate.domain.permit import PermitClaims, permit_id
from sluicegate.domain.principal import Role
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.review import ReviewDecision, Verdict

_SENIORITY: dict[Role, int] = {Role.ANALYST: 1, Role.APPROVER: 2}
"""Roles that may review, the more senior the higher. A role that is not here never satisfies a
review.
"""


def decide(inputs: GateInputs) -> Decision:
    """Fold recorded inputs into a decision.

    A denial outweighs everything. A review that policy asks for is satisfied only by an approval of
    exactly this subject (same proposal, facts, score, findings and policy) by someone senior enough
    who did not propose it. What a person rejected, a change of the facts alone does not allow.
    """
    denials = tuple(finding for finding in inputs.findings if finding.effect is Effect.DENY)
    if denials:
        return Denied(findings=denials)
    subject_digest = inputs.subject().digest()
    review = inputs.review
    current = review is not None and review.subject_digest == subject_digest
    if review is not None and current and review.verdict is Verdict.REJECT:
        return Denied(findings=(_rejected(review),))
    wanted = tuple(finding for finding in inputs.findings if finding.effect is Effect.REVIEW)
    if not wanted and review is not None and not current and review.verdict is Verdict.REJECT:
        return _asked_again(inputs, subject_digest, review)
    if not wanted:
        return Allowed(
            findings=inputs.findings,
            grant=_grant(inputs, subject_digest, review if current else None),
        )
    role = required_role(wanted)
    if role is None:
        return Denied(findings=(_unreviewable(),))
    if review is not None and current:
        refusal = refuse_reviewer(inputs.proposal, review, role)
        if refusal is None:
            return Allowed(findings=inputs.findings, grant=_grant(inputs, subject_digest, review))
        return Denied(findings=(refusal,))
    stale = (_stale(role),) if review is not None else ()
    return NeedsReview(
        findings=wanted + stale,
        role=role,
        subject_digest=subject_digest,
        due_at_ms=inputs.evaluated_at_ms + inputs.review_due_ms,
    )


def required_role(findings: tuple[Finding, ...]) -> Role | None:
    """Return the most senior role that any finding asks for; None where one asks for a role that
    cannot review.
    """
    roles = [finding.review_role for finding in findings if finding.review_role is not None]
    if not roles or any(role not in _SENIORITY for role in roles):
        return None
    return max(roles, key=lambda role: _SENIORITY[role])


def may_review(roles: tuple[Role, ...], wanted: Role) -> bool:
    """Say whether one of the roles is at least as senior as the wanted one."""
    return any(_SENIORITY.get(role, 0) >= _SENIORITY[wanted] for role in roles)


def refuse_reviewer(proposal: Proposal, review: ReviewDecision, role: Role) -> Finding | None:
    """Return why this person may not decide this proposal; None where they may."""
    # Policy says both of these too. The fold repeats them so that a bundle without the rule cannot
    # lose them.
    if review.reviewer in (proposal.proposed_by, proposal.opened_by):
        return Finding(
            code="SELF_REVIEW",
            sentence="Who decided also proposed or opened this; someone else has to decide.",
            effect=Effect.DENY,
            rule="gate.fold",
            scope="review",
        )
    if not may_review(review.reviewer_roles, role):
        return Finding(
            code="REVIEWER_ROLE",
            sentence=f"The decision needs the role {role.value}, which the reviewer does not hold.",
            effect=Effect.DENY,
            rule="gate.fold",
            scope="review",
        )
    return None


def _grant(inputs: GateInputs, subject_digest: str, review: ReviewDecision | None) -> PermitClaims:
    proposal = inputs.proposal
    return PermitClaims(
        permit_id=permit_id(proposal.id, inputs.attempt),
        proposal_id=proposal.id,
        proposal_digest=proposal.digest(),
        case_id=proposal.case_id,
        kind=proposal.kind,
        transaction_id=proposal.transaction_id,
        debit_account_id=suspense_account(proposal.currency),
        credit_account_id=proposal.payee_account_id,
        amount_minor=proposal.amount_minor,
        currency=proposal.currency,
        subject_digest=subject_digest,
        policy_digest=inputs.policy_digest,
        review_digest=review.digest() if review is not None else None,
        issued_at_ms=inputs.evaluated_at_ms,
        expires_at_ms=inputs.evaluated_at_ms + inputs.permit_ttl_ms,
        nonce=inputs.nonce,
    )


def _asked_again(inputs: GateInputs, subject_digest: str, review: ReviewDecision) -> NeedsReview:
    role = Role.APPROVER if Role.APPROVER in review.reviewer_roles else Role.ANALYST
    return NeedsReview(
        findings=(_stale(role),),
        role=role,
        subject_digest=subject_digest,
        due_at_ms=inputs.evaluated_at_ms + inputs.review_due_ms,
    )


def _rejected(review: ReviewDecision) -> Finding:
    return Finding(
        code="REVIEW_REJECTED",
        sentence=f"{review.reviewer} decided against it.",
        effect=Effect.DENY,
        rule="gate.fold",
        scope="review",
    )


def _stale(role: Role) -> Finding:
    return Finding(
        code="REVIEW_STALE",
        sentence="What was decided on has changed since; it has to be looked at again.",
        effect=Effect.REVIEW,
        review_role=role,
        rule="gate.fold",
        scope="review",
    )


def _unreviewable() -> Finding:
    return Finding(
        code="REVIEW_ROLE_UNKNOWN",
        sentence="Policy asks for a review by a role that cannot review.",
        effect=Effect.DENY,
        rule="gate.fold",
    )
