"""Scores how likely it is that a dispute would not be sustained, with the reasons."""

from sluicegate.domain.score import Score
from sluicegate.domain.value import Name, TimestampMs, Value
from sluicegate.ports.features import FeatureSource
from sluicegate.ports.scoring import Scorer
from tools.registry import Access, Tool


class ScoreArgs(Value):
    """Which transaction, and from what was known before which moment."""

    transaction_id: Name
    as_of_ms: TimestampMs


def score_dispute(features: FeatureSource, scorer: Scorer) -> Tool[ScoreArgs, Score]:
    """Return the tool over features and a model; it raises UnknownRecord and ScoringUnavailable."""

    def run(args: ScoreArgs) -> Score:
        return scorer.score(features.dispute_features(args.transaction_id, args.as_of_ms))

    return Tool(
        name="score_dispute",
        access=Access.READ,
        description="Score the risk, in basis points, that a dispute would not be sustained; "
        "with reason codes.",
        args=ScoreArgs,
        run=run,
    )
