"""Decision = Allowed | NeedsReview | Denied, each with its findings. A sum type, never a bool."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from sluicegate.domain.permit import PermitClaims
from sluicegate.domain.principal import Role
from sluicegate.domain.value import Digest, Name, Sentence, TimestampMs, Value

POLICY_UNAVAILABLE = "POLICY_UNAVAILABLE"
"""Code of the one denial that does not stand: policy was not asked, so a later submission asks."""


class Effect(StrEnum):
    """What a finding does to a proposal."""

    DENY = "deny"
    REVIEW = "review"


class Finding(Value):
    """One reason out of policy: a stable code, a sentence for a person, and its effect.

    `review_role` is set exactly for ``review`` findings: who, at least, has to decide.
    `scope` ``review`` marks a finding about the person who decides, not about the action.
    """

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{2,60}$")]
    sentence: Sentence
    effect: Effect
    rule: Name
    review_role: Role | None = None
    scope: Literal["action", "review"] = "action"

    @model_validator(mode="after")
    def _role_goes_with_review(self) -> Self:
        if (self.effect is Effect.REVIEW) != (self.review_role is not None):
            raise ValueError("review_role is given exactly for findings whose effect is review")
        return self


class Allowed(Value):
    """The gate lets it happen, once, exactly as `grant` says."""

    outcome: Literal["allowed"] = "allowed"
    findings: tuple[Finding, ...]
    grant: PermitClaims


class NeedsReview(Value):
    """A person with `role` has to decide on exactly what `subject_digest` names, by `due_at_ms`."""

    outcome: Literal["needs_review"] = "needs_review"
    findings: tuple[Finding, ...]
    role: Role
    subject_digest: Digest
    due_at_ms: TimestampMs


class Denied(Value):
    """The gate does not let it happen."""

    outcome: Literal["denied"] = "denied"
    findings: Annotated[tuple[Finding, ...], Field(min_length=1)]


Decision = Annotated[Allowed | NeedsReview | Denied, Field(discriminator="outcome")]
DECISION: TypeAdapter[Allowed | NeedsReview | Denied] = TypeAdapter(Decision)
