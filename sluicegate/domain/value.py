"""The base of all kernel values: frozen, strict, closed, with one canonical form."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from sluicegate.domain.canonical import INTEGER_MAX, JsonValue, canonical_bytes, sha256_digest

SafeInt = Annotated[int, Field(ge=-INTEGER_MAX, le=INTEGER_MAX)]
Natural = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
TimestampMs = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
"""Milliseconds since 1970-01-01T00:00:00Z. UTC always."""
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]
"""Hundredths of a percent, 0 to 10,000."""
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
"""A name of something: no control characters, which would drive terminals and break logs."""
Sentence = Annotated[str, Field(min_length=1, max_length=2_000)]


class Value(BaseModel):
    """A frozen value; equal content has equal canonical bytes and an equal digest."""

    # Input stays out of errors: it may be personal data, and errors end in logs.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        validate_default=True,
        hide_input_in_errors=True,
    )

    def as_json(self) -> dict[str, JsonValue]:
        """Return the value as plain JSON types."""
        dumped: dict[str, JsonValue] = self.model_dump(mode="json")
        return dumped

    def canonical(self) -> bytes:
        """Return the RFC 8785 bytes; raise NotCanonical where there are none."""
        return canonical_bytes(self.as_json())

    def digest(self) -> str:
        """Return ``sha256:…`` of the canonical bytes."""
        return sha256_digest(self.canonical())

    @classmethod
    def from_json(cls, data: bytes | str) -> Self:
        """Parse strict JSON; raise pydantic.ValidationError where it does not fit."""
        return cls.model_validate_json(data)
