"""What must hold of the fold whatever goes in."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from sluicegate.domain.decision import Allowed, Denied, Effect, Finding
from sluicegate.domain.gate_inputs import GateInputs
from sluicegate.domain.principal import Role
from sluicegate.domain.review import Verdict
from sluicegate.gate.fold import decide, may_review, required_role
from tests.builders import (
    a_decision_on,
    a_finding,
    a_proposal,
    a_score,
    an_event,
    gate_inputs,
    some_facts,
)

roles = st.sampled_from(list(Role))


@st.composite
def findings(draw: st.DrawFn) -> tuple[Finding, ...]:
    """Draw up to four findings of any effect, role and scope."""
    drawn = []
    for number in range(draw(st.integers(0, 4))):
        effect = draw(st.sampled_from(list(Effect)))
        drawn.append(
            a_finding(
                effect,
                code=f"RULE_{number}",
                review_role=draw(roles) if effect is Effect.REVIEW else None,
                scope=draw(st.sampled_from(["action", "review"])),
            )
        )
    return tuple(drawn)


@st.composite
def inputs(draw: st.DrawFn) -> GateInputs:
    """Draw inputs with any findings and with no review, a fitting one, or one of something else."""
    amount = draw(st.integers(1, 10**12))
    event = an_event(amount=f"{amount // 100}.{amount % 100:02d}")
    base = gate_inputs(
        proposal=a_proposal(event),
        facts=some_facts(credited_minor=draw(st.integers(0, 10**6))),
        score=draw(st.none() | st.integers(0, 10_000).map(lambda bp: a_score(risk_bp=bp))),
        findings=draw(findings()),
        attempt=draw(st.integers(1, 5)),
        evaluated_at_ms=draw(st.integers(1, 2**50)),
        nonce=hashlib.sha256(draw(st.binary(max_size=8))).hexdigest()[:32],
    )
    if draw(st.booleans()):
        return base
    review = a_decision_on(
        base,
        verdict=draw(st.sampled_from(list(Verdict))),
        reviewer=draw(st.sampled_from(["person:ana", "agent:dispute", "service:cards"])),
        reviewer_roles=tuple(draw(st.sets(roles, max_size=3))),
    )
    if draw(st.booleans()):
        review = review.model_copy(update={"subject_digest": "sha256:" + "0" * 64})
    return base.model_copy(update={"review": review})


@given(inputs())
def test_the_same_inputs_give_the_same_bytes(drawn: GateInputs) -> None:
    again = GateInputs.from_json(drawn.canonical())
    assert decide(again).canonical() == decide(drawn).canonical()


@given(inputs())
def test_a_denial_is_never_allowed(drawn: GateInputs) -> None:
    if any(finding.effect is Effect.DENY for finding in drawn.findings):
        assert isinstance(decide(drawn), Denied)


@given(inputs())
def test_what_needs_a_person_is_allowed_only_by_a_fit_approval_of_exactly_this(
    drawn: GateInputs,
) -> None:
    decision = decide(drawn)
    wanted = tuple(f for f in drawn.findings if f.effect is Effect.REVIEW)
    if not isinstance(decision, Allowed) or not wanted:
        return
    review, role = drawn.review, required_role(wanted)
    assert review is not None
    assert role is not None
    assert review.verdict is Verdict.APPROVE
    assert review.subject_digest == drawn.subject().digest()
    assert review.reviewer not in (drawn.proposal.proposed_by, drawn.proposal.opened_by)
    assert may_review(review.reviewer_roles, role)


@given(inputs())
def test_a_grant_is_exactly_the_proposal(drawn: GateInputs) -> None:
    decision = decide(drawn)
    if not isinstance(decision, Allowed):
        return
    grant, proposal = decision.grant, drawn.proposal
    assert grant.proposal_digest == proposal.digest()
    assert (grant.amount_minor, grant.currency) == (proposal.amount_minor, proposal.currency)
    assert grant.credit_account_id == proposal.payee_account_id
    assert grant.transaction_id == proposal.transaction_id
    assert grant.issued_at_ms == drawn.evaluated_at_ms
    assert grant.nonce == drawn.nonce
