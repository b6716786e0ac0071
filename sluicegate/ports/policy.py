"""The policy engine: findings about a proposal, or an error; never a bool or a silent nothing."""

from typing import Annotated, Protocol

from pydantic import Field

from sluicegate.domain.decision import Finding
from sluicegate.domain.facts import Facts
from sluicegate.domain.principal import Role
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.review import Verdict
from sluicegate.domain.value import BasisPoints, Digest, Name, TimestampMs, Value


class PolicyScore(Value):
    """The part of a score that policy may read. Integers only: floats differ between engines."""

    risk_bp: BasisPoints
    model: Name
    model_version: Name


class PolicyReview(Value):
    """The part of a review decision that policy may read."""

    reviewer: Name
    reviewer_roles: tuple[Role, ...]
    verdict: Verdict


class PolicyInput(Value):
    """The `input` document. Its JSON schema is generated into policies/schemas/ and held by a test.

    An absent score or review is null, never missing: a missing field denies.
    """

    proposal: Proposal
    facts: Facts
    score: PolicyScore | None
    review: PolicyReview | None
    evaluated_at_ms: TimestampMs


class PolicyResult(Value):
    """Every finding of every rule, sorted by code and rule, and the digest of the policy that made
    them.
    """

    findings: tuple[Finding, ...]
    policy_digest: Digest
    engine: Annotated[str, Field(min_length=1, max_length=80)]


class PolicyEngine(Protocol):
    """Evaluates the bundle it was built with."""

    @property
    def policy_digest(self) -> str:
        """Return the digest of rules and data: SHA-256 over the sorted paths and contents of the
        bundle.
        """
        ...

    def evaluate(self, question: PolicyInput) -> PolicyResult:
        """Return all findings; raise PolicyUnavailable on error, lateness, or an undefined or
        incomplete answer.
        """
        ...
