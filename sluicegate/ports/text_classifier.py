"""A classifier of short texts that is no language model and does not pretend to be one."""

from typing import Protocol

from sluicegate.domain.value import BasisPoints, Name, Value


class LabelProbability(Value):
    """A label and how likely the classifier holds it, in basis points."""

    label: Name
    probability_bp: BasisPoints


class TextClassifier(Protocol):
    """Classifies a text among the labels that it was trained on."""

    @property
    def model_digest(self) -> str:
        """Return the digest of the trained file."""
        ...

    def classify(self, text: str) -> tuple[LabelProbability, ...]:
        """Return every label with its probability, best first; equal probabilities in the order of
        labels.
        """
        ...
