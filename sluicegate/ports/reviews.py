"""Reviews: questions put to people and their recorded answers."""

from typing import Protocol

from sluicegate.domain.review import Review, ReviewDecision


class ReviewStore(Protocol):
    """Stores reviews. All calls happen inside the caller's transaction."""

    def request(self, review: Review) -> bool:
        """Store a pending review and supersede other pending ones of its proposal; False for a
        repeat.
        """
        ...

    def supersede(self, proposal_id: str) -> int:
        """Supersede the pending reviews of a proposal that needs none any more; return how many."""
        ...

    def get(self, review_id: str) -> Review:
        """Return a review with its decision, if any; raise NotFound."""
        ...

    def decide(self, decision: ReviewDecision) -> bool:
        """Record a decision; False for a repeat (see `ReviewDecision.repeats`).

        Raise Conflict where it was decided otherwise, StaleReview where it was superseded.
        """
        ...

    def latest_decision(self, proposal_id: str) -> ReviewDecision | None:
        """Return the newest decision on a proposal."""
        ...

    def rejections(self, transaction_id: str, *, except_proposal: str) -> int:
        """Return how many decisions went against crediting a transaction, one proposal left out."""
        ...

    def pending(self, *, limit: int) -> tuple[Review, ...]:
        """Return pending reviews, the earliest due first."""
        ...

    def of_proposal(self, proposal_id: str) -> tuple[Review, ...]:
        """Return all reviews of a proposal, oldest first."""
        ...
