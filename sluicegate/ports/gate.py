"""The gate as its clients see it, over a local address. Nodes and tools hold nothing more."""

from typing import Protocol, Self

from sluicegate.domain.decision import Decision, NeedsReview
from sluicegate.domain.facts import Facts
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.receipt import Receipt
from sluicegate.domain.review import Review, ReviewDecision, ReviewInput, review_id
from sluicegate.domain.score import Score
from sluicegate.domain.value import Digest, Natural, Value
from sluicegate.ports.proposals import DecisionRecord


class GateAnswer(Value):
    """A decision with what it rests on, for people and for the graph. Repeats of a request get the
    same one.
    """

    proposal_id: str
    seq: Natural
    decision: Decision
    facts: Facts
    score: Score | None
    policy_digest: Digest
    review_id: str | None = None

    @classmethod
    def of(cls, record: DecisionRecord) -> Self:
        """Return the answer that a recorded decision gives."""
        decision = record.decision
        asked = (
            review_id(record.proposal_id, decision.subject_digest)
            if isinstance(decision, NeedsReview)
            else None
        )
        return cls(
            proposal_id=record.proposal_id,
            seq=record.seq,
            decision=decision,
            facts=record.inputs.facts,
            score=record.inputs.score,
            policy_digest=record.inputs.policy_digest,
            review_id=asked,
        )


class ReviewAnswer(Value):
    """A recorded review decision. `repeated` where the same decision had been recorded before."""

    decision: ReviewDecision
    case_id: str
    repeated: bool


class GateClient(Protocol):
    """What a service may ask of the gate. There is no call that moves money."""

    def submit(self, proposal: Proposal) -> GateAnswer:
        """Hand in a proposal and get the decision; again after a review to have it decided anew."""
        ...

    def receipt(self, proposal_id: str) -> Receipt | None:
        """Return what came of the proposal's permit; None while the executor has not got to it."""
        ...

    def reviews(self, *, limit: int) -> tuple[Review, ...]:
        """Return the pending reviews, the earliest due first."""
        ...

    def review(self, review_id: str) -> Review:
        """Return a review; raise NotFound."""
        ...

    def decide_review(
        self, review_id: str, decision: ReviewInput, *, reviewer_key: str
    ) -> ReviewAnswer:
        """Record a person's decision, authenticated by the gate itself with the person's own key.

        Raise Unauthenticated, ReviewRefused, StaleReview, Conflict or NotFound.
        """
        ...
