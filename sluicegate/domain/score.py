"""What the scoring model answered, with its reasons."""

from typing import Annotated

from pydantic import Field

from sluicegate.domain.value import BasisPoints, Digest, Name, SafeInt, Sentence, TimestampMs, Value

FeatureValue = Annotated[float, Field(allow_inf_nan=False)]


class FeatureVector(Value):
    """Named numbers in the model's order, as known at `as_of_ms`. Integers are carried exactly as
    floats.
    """

    as_of_ms: TimestampMs
    names: tuple[Name, ...]
    values: tuple[FeatureValue, ...]


class ReasonCode(Value):
    """One reason behind a score: a stable code, a sentence, and its exact contribution.

    `contribution_millilogit` is thousandths of log-odds (SHAP value times 1,000, rounded); positive
    raises risk.
    """

    code: Name
    sentence: Sentence
    feature: Name
    value: FeatureValue
    contribution_millilogit: SafeInt


class Score(Value):
    """Probability, in basis points, that the claim would NOT be sustained (first-party misuse or
    error).
    """

    risk_bp: BasisPoints
    reasons: tuple[ReasonCode, ...]
    model: Name
    model_version: Name
    model_digest: Digest
    data_digest: Digest
    features_digest: Digest
