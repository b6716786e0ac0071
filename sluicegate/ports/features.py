"""Features of a dispute, as known at one moment."""

from typing import Protocol

from sluicegate.domain.score import FeatureVector


class FeatureSource(Protocol):
    """Computes features from the record; the same definitions serve training and deciding."""

    def dispute_features(self, transaction_id: str, as_of_ms: int) -> FeatureVector:
        """Return the features of disputing a transaction, from what was known strictly before
        `as_of_ms`.

        Raise UnknownRecord where there is no such transaction.
        """
        ...
