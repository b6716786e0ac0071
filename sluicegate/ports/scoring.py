"""The scoring model."""

from typing import Protocol

from sluicegate.domain.score import FeatureVector, Score


class Scorer(Protocol):
    """Answers how risky a claim is."""

    def score(self, features: FeatureVector) -> Score:
        """Return the score with reason codes; raise ScoringUnavailable where the vector does not
        fit the model.
        """
        ...
