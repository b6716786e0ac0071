"""The gate's own work: read, ask score and policy, fold, record, issue a permit or a review.

Everything slow (policy, score) happens before the write transaction; what must be unique is kept
unique by the database, so that two gates deciding the same thing at once end in one decision.
"""

import logging
from dataclasses import dataclass, replace
from typing import Final

from sluicegate.domain.decision import (
    POLICY_UNAVAILABLE,
    Allowed,
    Denied,
    Effect,
    Finding,
    NeedsReview,
)
from sluicegate.domain.errors import (
    Conflict,
    InvalidInput,
    PolicyUnavailable,
    ReviewRefused,
    ScoringUnavailable,
    StaleReview,
    Unavailable,
    UnknownRecord,
)
from sluicegate.domain.event import DisputeEvent
from sluicegate.domain.facts import Facts
from sluicegate.domain.gate_inputs import GateInputs
from sluicegate.domain.permit import PERMIT_TTL_MS
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.receipt import Receipt
from sluicegate.domain.review import (
    REVIEW_DUE_MS,
    Review,
    ReviewDecision,
    ReviewInput,
    review_id,
)
from sluicegate.domain.score import Score
from sluicegate.gate.audit_records import (
    decided,
    permitted,
    review_asked,
    review_refused,
    reviewed,
    submitted,
)
from sluicegate.gate.authentication import authenticate
from sluicegate.gate.fold import decide, refuse_reviewer
from sluicegate.gate.questions import policy_question
from sluicegate.gate.reading import Reading, find_proposal, read_standing
from sluicegate.ports.clock import Clock
from sluicegate.ports.features import FeatureSource
from sluicegate.ports.gate import GateAnswer, ReviewAnswer
from sluicegate.ports.nonce import NonceSource
from sluicegate.ports.policy import PolicyEngine, PolicyResult
from sluicegate.ports.proposals import DecisionRecord
from sluicegate.ports.scoring import Scorer
from sluicegate.ports.signing import PermitSigner
from sluicegate.ports.unit_of_work import UnitOfWork

_log = logging.getLogger("sluicegate.gate")

EVALUATION_ATTEMPTS_MAX: Final = 4
"""How often an evaluation starts over after another gate was faster. Each loss means someone else's
progress.
"""


@dataclass(frozen=True)
class GatePorts:
    """What the gate needs of the world."""

    store: UnitOfWork
    policy: PolicyEngine
    features: FeatureSource
    scorer: Scorer
    signer: PermitSigner
    clock: Clock
    nonces: NonceSource


class GateService:
    """Decides proposals and records reviews. It holds the signing key; it cannot post to the
    journal.
    """

    def __init__(self, ports: GatePorts) -> None:
        self._ports = ports

    def submit(self, proposal: Proposal) -> GateAnswer:
        """Store a proposal once and return the decision that stands.

        A repeat gets the same answer until something that may change it has happened: a review
        decision, a changed record while a review is pending, or an expired permit.

        Raises:
            Conflict: the proposal's id came before with other content.
            InvalidInput: case or digest are not those of the event that the proposal names.
            NotFound: the proposal names an event that was never accepted.
        """
        ports = self._ports
        now_ms = ports.clock.now_ms()
        with ports.store.read() as tx:
            known = find_proposal(tx, proposal.id)
            event = tx.events.incoming(proposal.event_id)
        _check_event(proposal, event)
        if known is None:
            with ports.store.write("gate.submit") as tx:
                if tx.proposals.submit(proposal, now_ms=now_ms):
                    tx.audit.append(submitted(proposal, event, now_ms))
        elif known != proposal:
            raise Conflict(
                f"Proposal {proposal.id} was submitted before with other content.",
                next_step="A case proposes an action on a transaction once; read the case.",
            )
        return self._evaluate(proposal, event)

    def receipt(self, proposal_id: str) -> Receipt | None:
        """Return what came of the newest permit; None while it waits or where there is none."""
        with self._ports.store.read() as tx:
            stored = tx.permits.latest(proposal_id)
        return stored.receipt if stored is not None else None

    def reviews(self, *, limit: int) -> tuple[Review, ...]:
        """Return pending reviews, the earliest due first."""
        with self._ports.store.read() as tx:
            return tx.reviews.pending(limit=limit)

    def review(self, wanted: str) -> Review:
        """Return a review; raise NotFound."""
        with self._ports.store.read() as tx:
            return tx.reviews.get(wanted)

    def decide_review(self, wanted: str, given: ReviewInput, *, reviewer_key: str) -> ReviewAnswer:
        """Record what a person decided, if they may decide it and saw what stands now.

        Raises:
            Unauthenticated: the key is not known.
            ReviewRefused: policy or role forbids this person; the findings are in `detail`.
            StaleReview: what they were shown is no longer what would be done.
            Conflict: it was decided otherwise before.
            NotFound: there is no such review.
        """
        ports = self._ports
        principal = authenticate(ports.store, reviewer_key)
        review = self.review(wanted)
        decision = ReviewDecision(
            review_id=review.id,
            proposal_id=review.proposal_id,
            reviewer=principal.id,
            reviewer_roles=principal.roles,
            verdict=given.verdict,
            rationale=given.rationale,
            label=given.label,
            subject_digest=given.subject_digest,
            decided_at_ms=ports.clock.now_ms(),
        )
        repeated = _same_decision(review, decision)
        if repeated is not None:
            return ReviewAnswer(decision=repeated, case_id=review.case_id, repeated=True)
        if given.subject_digest != review.subject_digest:
            raise StaleReview(
                "What you were shown is not what this review asks.",
                next_step="Show the review again and decide on what it says now.",
            )
        with ports.store.read() as tx:
            event = tx.events.incoming(review.subject.proposal.event_id)
        self._refuse_changed(review, decision, event)
        with ports.store.write("gate.review") as tx:
            fresh = tx.reviews.decide(decision)
            if fresh:
                tx.audit.append(reviewed(review, decision, event))
            stored = tx.reviews.get(wanted).decision
        return ReviewAnswer(decision=stored or decision, case_id=review.case_id, repeated=not fresh)

    def _refuse_changed(
        self, review: Review, decision: ReviewDecision, event: DisputeEvent
    ) -> None:
        """Look at everything again with this decision as an input, before anything of it is
        recorded.
        """
        proposal = review.subject.proposal
        with self._ports.store.read() as tx:
            reading = read_standing(tx, proposal, event)
        inputs = self._inputs(proposal, replace(reading, review=decision))
        if any(finding.code == POLICY_UNAVAILABLE for finding in inputs.findings):
            raise PolicyUnavailable(
                "Policy cannot be asked now, so nothing can be decided.",
                next_step="Decide again in a moment; the review waits.",
            )
        unfit = tuple(
            finding
            for finding in inputs.findings
            if finding.scope == "review" and finding.effect is Effect.DENY
        )
        refusal = refuse_reviewer(proposal, decision, review.role)
        if not unfit and refusal is not None:
            unfit = (refusal,)
        if unfit:
            self._refuse_unfit(review, decision, unfit, event)
        if inputs.subject().digest() != review.subject_digest:
            answer = self._evaluate(proposal, event)
            newer = f"review {answer.review_id}" if answer.review_id else "the case"
            raise StaleReview(
                "The case has changed since this review was asked for.",
                next_step=f"Look at {newer}; what it says now is what can be decided.",
            )

    def _refuse_unfit(
        self,
        review: Review,
        decision: ReviewDecision,
        unfit: tuple[Finding, ...],
        event: DisputeEvent,
    ) -> None:
        with self._ports.store.write("gate.review_refused") as tx:
            tx.audit.append(review_refused(review, decision, unfit, event))
        raise ReviewRefused(
            " ".join(finding.sentence for finding in unfit),
            next_step=f"Someone else with the role {review.role.value} has to decide this.",
            detail={"findings": [finding.as_json() for finding in unfit]},
        )

    def _evaluate(self, proposal: Proposal, event: DisputeEvent) -> GateAnswer:
        ports = self._ports
        for _ in range(EVALUATION_ATTEMPTS_MAX):
            with ports.store.read() as tx:
                reading = read_standing(tx, proposal, event)
            standing = _standing(reading)
            if standing is not None:
                return GateAnswer.of(standing)
            inputs = self._inputs(proposal, reading)
            unchanged = _unchanged(reading, inputs)
            if unchanged is not None:
                return GateAnswer.of(unchanged)
            try:
                return GateAnswer.of(
                    self._record(proposal, event, inputs, len(reading.decisions) + 1)
                )
            except Conflict:
                continue  # another evaluation or another proposal was faster; read again
        raise Unavailable(
            "The proposal could not be decided: others kept being faster.",
            next_step="Send it again; nothing was decided.",
        )

    def _inputs(self, proposal: Proposal, reading: Reading) -> GateInputs:
        ports = self._ports
        score = self._score(proposal, reading.facts)
        result = self._ask_policy(proposal, reading.facts, score, reading.review)
        inputs = GateInputs(
            proposal=proposal,
            facts=reading.facts,
            score=score,
            findings=result.findings,
            policy_digest=result.policy_digest,
            review=reading.review,
            attempt=reading.attempt,
            permit_ttl_ms=PERMIT_TTL_MS,
            review_due_ms=REVIEW_DUE_MS,
            evaluated_at_ms=ports.clock.now_ms(),
            nonce=ports.nonces.fresh(),
        )
        exact = reading.decision_on(inputs.subject().digest())
        if exact is None or exact == reading.review:
            return inputs
        # The record went back to what someone decided on before: that decision is the one to fold.
        return self._inputs(proposal, replace(reading, review=exact, decided=()))

    def _score(self, proposal: Proposal, facts: Facts) -> Score | None:
        """Score as of when the event was received, so that a later look scores the same."""
        if facts.claim is None:
            return None
        try:
            features = self._ports.features.dispute_features(
                proposal.transaction_id, facts.claim.received_at_ms
            )
            return self._ports.scorer.score(features)
        except (ScoringUnavailable, UnknownRecord):
            return None  # policy is told that there is no score, and sends it to a person

    def _ask_policy(
        self,
        proposal: Proposal,
        facts: Facts,
        score: Score | None,
        review: ReviewDecision | None,
    ) -> PolicyResult:
        question = policy_question(
            proposal, facts, score, review, evaluated_at_ms=self._ports.clock.now_ms()
        )
        try:
            return self._ports.policy.evaluate(question)
        except PolicyUnavailable as cause:
            _log.warning("policy could not be asked: %s", cause.message)
            return PolicyResult(
                findings=(_policy_unavailable(),),
                policy_digest=self._ports.policy.policy_digest,
                engine="none",
            )

    def _record(
        self, proposal: Proposal, event: DisputeEvent, inputs: GateInputs, seq: int
    ) -> DecisionRecord:
        decision = decide(inputs)
        record = DecisionRecord(
            proposal_id=proposal.id,
            seq=seq,
            inputs=inputs,
            inputs_digest=inputs.digest(),
            decision=decision,
        )
        with self._ports.store.write("gate.decide") as tx:
            tx.proposals.record_decision(record)
            tx.audit.append(decided(record, event))
            match decision:
                case Allowed(grant=grant):
                    tx.reviews.supersede(proposal.id)
                    permit = self._ports.signer.sign(grant)
                    tx.permits.issue(permit, attempt=inputs.attempt)
                    tx.audit.append(permitted(record, permit.key_id, event))
                case NeedsReview():
                    review = _review_of(record, decision)
                    tx.reviews.request(review)
                    tx.audit.append(review_asked(record, review, event))
                case Denied():
                    tx.reviews.supersede(proposal.id)
        return record


def _check_event(proposal: Proposal, event: DisputeEvent) -> None:
    """Hold a proposal to its event: under another case's name it would be a second try."""
    named = (proposal.event_id, proposal.case_id, proposal.event_digest)
    if named != (event.event_id(), event.case_id(), event.digest()):
        raise InvalidInput(
            "The proposal names another case or another content than its event has.",
            next_step="Propose under the case that the event opened, with that event's digest.",
        )


def _standing(reading: Reading) -> DecisionRecord | None:
    """Return the decision that stands: a denial by policy, or an allowance whose permit is live or
    spent.
    """
    if not reading.decisions:
        return None
    last = reading.decisions[-1]
    match last.decision:
        case Denied(findings=findings):
            unasked = any(finding.code == POLICY_UNAVAILABLE for finding in findings)
            return None if unasked else last
        case Allowed():
            return last if reading.permit_live else None
        case NeedsReview():
            return None


def _unchanged(reading: Reading, inputs: GateInputs) -> DecisionRecord | None:
    """Return the last decision where this one would say the very same; it is not recorded twice.

    That is a question that still waits for a person, or policy that still cannot be asked.
    """
    if not reading.decisions:
        return None
    last = reading.decisions[-1]
    same = last.inputs.subject().digest() == inputs.subject().digest()
    match last.decision:
        case NeedsReview():
            return last if same and last.inputs.review == inputs.review else None
        case Denied():
            return last if same else None
        case Allowed():
            return None  # its permit is gone, or this would not have been asked


def _same_decision(review: Review, given: ReviewDecision) -> ReviewDecision | None:
    """Return the recorded decision where this one repeats it; raise Conflict for another one."""
    recorded = review.decision
    if recorded is None:
        return None
    if given.repeats(recorded):
        return recorded
    raise Conflict(
        f"Review {review.id} was decided by {recorded.reviewer}: {recorded.verdict.value}.",
        next_step="Read the case; a decision that was recorded stands.",
    )


def _review_of(record: DecisionRecord, decision: NeedsReview) -> Review:
    proposal = record.inputs.proposal
    return Review(
        id=review_id(proposal.id, decision.subject_digest),
        case_id=proposal.case_id,
        proposal_id=proposal.id,
        role=decision.role,
        subject=record.inputs.subject(),
        subject_digest=decision.subject_digest,
        requested_at_ms=record.inputs.evaluated_at_ms,
        due_at_ms=decision.due_at_ms,
        status="pending",
    )


def _policy_unavailable() -> Finding:
    # The same words each time: a case that waits for policy is recorded once, not once a retry.
    return Finding(
        code=POLICY_UNAVAILABLE,
        sentence="Policy could not be asked, so nothing is allowed until it can.",
        effect=Effect.DENY,
        rule="gate.service",
    )
