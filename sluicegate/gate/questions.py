"""What the gate asks policy: the whole proposal and the whole record, and of score and review what
policy may read.
"""

from sluicegate.domain.facts import Facts
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.review import ReviewDecision
from sluicegate.domain.score import Score
from sluicegate.ports.policy import PolicyInput, PolicyReview, PolicyScore


def policy_question(
    proposal: Proposal,
    facts: Facts,
    score: Score | None,
    review: ReviewDecision | None,
    *,
    evaluated_at_ms: int,
) -> PolicyInput:
    """Return the input document; an absent score or review is null in it, never missing."""
    return PolicyInput(
        proposal=proposal,
        facts=facts,
        score=_policy_score(score),
        review=_policy_review(review),
        evaluated_at_ms=evaluated_at_ms,
    )


def _policy_score(score: Score | None) -> PolicyScore | None:
    if score is None:
        return None
    return PolicyScore(risk_bp=score.risk_bp, model=score.model, model_version=score.model_version)


def _policy_review(review: ReviewDecision | None) -> PolicyReview | None:
    if review is None:
        return None
    return PolicyReview(
        reviewer=review.reviewer,
        reviewer_roles=review.reviewer_roles,
        verdict=review.verdict,
    )
