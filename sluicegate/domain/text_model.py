"""The file of a linear text classifier: plain JSON, so that reading it can run nothing."""

from typing import Annotated, Literal

from pydantic import Field

from sluicegate.domain.value import Digest, Name, SafeInt, Value

Finite = Annotated[float, Field(allow_inf_nan=False)]
Size = Annotated[int, Field(ge=1, le=1 << 20)]


class NgramHashing(Value):
    """How n-grams become columns: hashed by MurmurHash3; rows have length 1."""

    analyzer: Literal["word", "char_wb"]
    shortest: Size
    longest: Size
    buckets: Size


class LinearTextModel(Value):
    """Labels in order, with a row of weights each.

    Weights are 32-bit little-endian floats in base64, blocks in order. Log-odds = weights x columns
    + intercept; probabilities are their softmax. Texts are read up to `characters_max`.
    `metrics` are basis points or counts.
    """

    format: Literal["sluicegate.linear_text.v1"]
    name: Name
    version: Name
    labels: Annotated[tuple[Name, ...], Field(min_length=2)]
    blocks: Annotated[tuple[NgramHashing, ...], Field(min_length=1)]
    characters_max: Size
    intercepts: tuple[Finite, ...]
    weights_base64: str
    data_digest: Digest
    metrics: dict[str, SafeInt]
