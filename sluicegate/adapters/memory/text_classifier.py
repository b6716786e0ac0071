"""A text classifier that gives every text the same probabilities. For tests."""

from collections.abc import Mapping

from sluicegate.domain.canonical import digest_of
from sluicegate.ports.text_classifier import LabelProbability


class FixedClassifier:
    """Implements the port TextClassifier; probabilities in basis points, by label."""

    def __init__(self, probabilities_bp: Mapping[str, int]) -> None:
        self._labels = tuple(
            LabelProbability(label=label, probability_bp=probability)
            for label, probability in sorted(
                probabilities_bp.items(), key=lambda item: (-item[1], item[0])
            )
        )
        self._digest = digest_of(dict(probabilities_bp))

    @property
    def model_digest(self) -> str:
        """Return the digest of the probabilities."""
        return self._digest

    def classify(self, text: str) -> tuple[LabelProbability, ...]:
        """Return the probabilities, best first, whatever the text."""
        return self._labels
