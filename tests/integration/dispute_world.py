"""A small deterministic world around the dispute graph: a record, a reader, and a gate in this
process.

`InProcessGate` is an adapter of the gate's port over the real fold; its permits are used by
`run_executor`.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agents.dispute.output import DisputeReading, ReadingContext
from graphs.dispute.graph import DisputePorts
from sluicegate.domain.audit import AuditRecord
from sluicegate.domain.decision import (
    POLICY_UNAVAILABLE,
    Allowed,
    Effect,
    Finding,
    NeedsReview,
)
from sluicegate.domain.errors import Conflict, GateUnavailable, NotFound, ScoringUnavailable
from sluicegate.domain.event import DisputeClaim, DisputeEvent
from sluicegate.domain.facts import AccountFacts, CardFacts, CustomerFacts, TransactionFacts
from sluicegate.domain.permit import PermitClaims
from sluicegate.domain.principal import Role
from sluicegate.domain.proposal import DisputeCategory, Evidence, ModelRef, Proposal
from sluicegate.domain.receipt import Receipt
from sluicegate.domain.review import (
    Review,
    ReviewDecision,
    ReviewInput,
    ReviewLabel,
    Verdict,
    review_id,
)
from sluicegate.domain.score import FeatureVector, Score
from sluicegate.gate.fold import decide
from sluicegate.ports.gate import GateAnswer, ReviewAnswer
from tests.builders import DIGEST, NOW_MS, a_finding, a_score, gate_inputs, some_facts

REVIEWER_KEY = "key-of-ana"


class FixedClock:
    def __init__(self) -> None:
        self.at_ms = NOW_MS

    def now_ms(self) -> int:
        self.at_ms += 1
        return self.at_ms


class Record:
    """Holds what `some_facts` describes."""

    def transaction(self, transaction_id: str) -> TransactionFacts | None:
        row = some_facts().transaction
        return row if row is not None and row.id == transaction_id else None

    def customer(self, customer_id: str) -> CustomerFacts | None:
        return some_facts().customer

    def account(self, account_id: str) -> AccountFacts | None:
        return some_facts().account

    def card(self, card_id: str) -> CardFacts | None:
        return some_facts().card


class Features:
    def dispute_features(self, transaction_id: str, as_of_ms: int) -> FeatureVector:
        return FeatureVector(as_of_ms=as_of_ms, names=("chip_read",), values=(0.0,))


class Scores:
    def __init__(self, *, available: bool = True) -> None:
        self.available = available

    def score(self, features: FeatureVector) -> Score:
        if not self.available:
            raise ScoringUnavailable("The model does not answer.")
        return a_score()


class Reader:
    """Reads every claim as goods not received, from the text itself."""

    def read(self, claim: DisputeClaim, context: ReadingContext) -> DisputeReading:
        return DisputeReading(
            category=DisputeCategory.NOT_RECEIVED,
            confidence_bp=8_000,
            summary="The customer says that the goods never came.",
            evidence=(
                Evidence(
                    claim="The goods never came.",
                    source="narrative",
                    locator="characters 0 to 10",
                    quote=claim.narrative[:10],
                ),
            ),
            suspicious_instructions=False,
            model=ModelRef(kind="rules", name="test-reader"),
            prompt_digest=DIGEST,
            notes=("No language model was used.",),
        )


@dataclass
class InProcessGate:
    """The gate's port over the real fold. `findings` are what policy says; `expiring` permits
    expire unused.
    """

    findings: tuple[Finding, ...] = ()
    expiring: int = 0
    away: bool = False
    executor_runs: bool = True
    unknown: bool = False
    effects: list[PermitClaims] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _proposals: dict[str, Proposal] = field(default_factory=dict)
    _answers: dict[str, list[GateAnswer]] = field(default_factory=dict)
    _reviews: dict[str, Review] = field(default_factory=dict)
    _decisions: dict[str, ReviewDecision] = field(default_factory=dict)
    _receipts: dict[str, Receipt] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def submit(self, proposal: Proposal) -> GateAnswer:
        with self._lock:
            self.asked.append(proposal.id)
            if self.away:
                raise GateUnavailable("The gate does not answer.")
            if self._proposals.setdefault(proposal.id, proposal) != proposal:
                raise Conflict("The proposal came before with other content.")
            answers = self._answers.setdefault(proposal.id, [])
            last = answers[-1] if answers else None
            if last is not None and not self._has_news(last):
                return last
            answers.append(self._evaluate(proposal, last))
            return answers[-1]

    def _has_news(self, last: GateAnswer) -> bool:
        if isinstance(last.decision, Allowed):
            receipt = self._receipts.get(last.decision.grant.permit_id)
            return receipt is not None and receipt.status in ("expired", "refused")
        if isinstance(last.decision, NeedsReview):
            return last.review_id in self._decisions
        return any(finding.code == POLICY_UNAVAILABLE for finding in last.decision.findings)

    def _evaluate(self, proposal: Proposal, last: GateAnswer | None) -> GateAnswer:
        attempt = 1 + sum(
            isinstance(answer.decision, Allowed) for answer in self._answers[proposal.id]
        )
        review = self._decisions.get(last.review_id or "") if last is not None else None
        if review is None:  # an approval stays one while what it was given for stays the same
            given = [
                self._decisions[answer.review_id]
                for answer in self._answers[proposal.id]
                if answer.review_id in self._decisions
            ]
            review = given[-1] if given else None
        inputs = gate_inputs(
            proposal=proposal,
            findings=self.findings,
            review=review,
            attempt=attempt,
            evaluated_at_ms=NOW_MS + attempt,
            nonce=f"{attempt:032x}",
        )
        decision = decide(inputs)
        asked: str | None = None
        if isinstance(decision, NeedsReview):
            asked = review_id(proposal.id, decision.subject_digest)
            self._reviews[asked] = Review(
                id=review_id(proposal.id, decision.subject_digest),
                case_id=proposal.case_id,
                proposal_id=proposal.id,
                role=decision.role,
                subject=inputs.subject(),
                subject_digest=decision.subject_digest,
                requested_at_ms=NOW_MS,
                due_at_ms=decision.due_at_ms,
                status="pending",
            )
        return GateAnswer(
            proposal_id=proposal.id,
            seq=len(self._answers[proposal.id]) + 1,
            decision=decision,
            facts=inputs.facts,
            score=inputs.score,
            policy_digest=inputs.policy_digest,
            review_id=asked,
        )

    def receipt(self, proposal_id: str) -> Receipt | None:
        with self._lock:
            if self.executor_runs:
                self.run_executor()
            for answer in reversed(self._answers.get(proposal_id, [])):
                if isinstance(answer.decision, Allowed):
                    return self._receipts.get(answer.decision.grant.permit_id)
            return None

    def run_executor(self) -> None:
        """Use every open permit once."""
        with self._lock:
            grants = [
                answer.decision.grant
                for answers in self._answers.values()
                for answer in answers
                if isinstance(answer.decision, Allowed)
            ]
            for grant in grants:
                if grant.permit_id not in self._receipts:
                    self._receipts[grant.permit_id] = self._use(grant)

    def _use(self, grant: PermitClaims) -> Receipt:
        if self.expiring:
            self.expiring -= 1
            return self._receipt(grant, "expired", "the permit expired")
        if self.unknown:
            return self._receipt(grant, "unknown", "the rail did not answer")
        self.effects.append(grant)
        return self._receipt(grant, "settled", "")

    def _receipt(self, grant: PermitClaims, status: Any, reason: str) -> Receipt:
        return Receipt(
            permit_id=grant.permit_id,
            status=status,
            rail="book",
            reference=f"entry of {grant.permit_id}",
            reason=reason,
            at_ms=NOW_MS,
        )

    def resolve_unknown(self) -> None:
        """Learn that what was unknown has happened."""
        with self._lock:
            self.unknown = False
            for permit, receipt in list(self._receipts.items()):
                if receipt.status == "unknown":
                    del self._receipts[permit]

    def reviews(self, *, limit: int) -> tuple[Review, ...]:
        return tuple(self._reviews.values())[:limit]

    def review(self, review_id: str) -> Review:
        if review_id not in self._reviews:
            raise NotFound(review_id)
        return self._reviews[review_id]

    def decide_review(
        self, review_id: str, decision: ReviewInput, *, reviewer_key: str
    ) -> ReviewAnswer:
        assert reviewer_key == REVIEWER_KEY
        review = self.review(review_id)
        recorded = ReviewDecision(
            review_id=review.id,
            proposal_id=review.proposal_id,
            reviewer="person:ana",
            reviewer_roles=(Role.ANALYST, Role.APPROVER),
            verdict=decision.verdict,
            rationale=decision.rationale,
            label=decision.label,
            subject_digest=decision.subject_digest,
            decided_at_ms=NOW_MS,
        )
        self._decisions[review_id] = recorded
        return ReviewAnswer(decision=recorded, case_id=review.case_id, repeated=False)

    def say(self, review_id: str, verdict: Verdict) -> None:
        """Let the reviewer decide what is asked."""
        self.decide_review(
            review_id,
            ReviewInput(
                verdict=verdict,
                rationale="Looked at it.",
                label=ReviewLabel.CLAIM_VALID,
                subject_digest=self.review(review_id).subject_digest,
            ),
            reviewer_key=REVIEWER_KEY,
        )


@dataclass
class World:
    """The ports of one graph, and what was logged through them."""

    gate: InProcessGate = field(default_factory=InProcessGate)
    scores: Scores = field(default_factory=Scores)
    log: dict[str, AuditRecord] = field(default_factory=dict)
    logged: int = 0
    pauses: list[float] = field(default_factory=list)
    on_pause: Callable[[], None] = lambda: None

    def record_step(self, key: str, record: AuditRecord) -> None:
        """Keep the first record of a key."""
        self.logged += 1
        self.log.setdefault(key, record)

    def pause(self, seconds: float) -> None:
        """Wait for nothing."""
        self.pauses.append(seconds)
        self.on_pause()

    def ports(self, **changes: Any) -> DisputePorts:
        """Return the ports."""
        given: dict[str, Any] = {
            "reader": Reader(),
            "record": Record(),
            "features": Features(),
            "scorer": self.scores,
            "gate": self.gate,
            "clock": FixedClock(),
            "record_step": self.record_step,
            "pause": self.pause,
            "receipt_timeout_ms": 200,
            "receipt_poll_ms": 50,
            **changes,
        }
        return DisputePorts(**given)

    def kinds(self) -> list[str]:
        """Return what was logged, each key once."""
        return [record.kind for record in self.log.values()]


REVIEW = a_finding(Effect.REVIEW, code="AMOUNT_NEEDS_ANALYST", review_role=Role.ANALYST)
NO_POLICY = a_finding(Effect.DENY, code=POLICY_UNAVAILABLE)
DENY = a_finding(Effect.DENY, code="ACCOUNT_CLOSED", sentence="The account is closed.")


def unknown_transaction(event: DisputeEvent) -> DisputeEvent:
    """Return the event about a transaction that the record does not hold."""
    data = event.data.model_copy(update={"transaction_id": "txn_999999"})
    return event.model_copy(update={"data": data})
