"""A review: what a person was asked, and what they decided: verdict, rationale, label."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_validator

from sluicegate.domain.decision import Finding
from sluicegate.domain.facts import Facts
from sluicegate.domain.ids import CaseId, ProposalId, ReviewId, derive_id
from sluicegate.domain.principal import Role
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.score import Score
from sluicegate.domain.value import Digest, Name, TimestampMs, Value

REVIEW_DUE_MS = 2 * 24 * 60 * 60 * 1000
RATIONALE_CHARS_MAX = 4_000


class Verdict(StrEnum):
    """What a person says."""

    APPROVE = "approve"
    REJECT = "reject"


class ReviewLabel(StrEnum):
    """What the person believes to be true of the claim; it is what models learn from."""

    CLAIM_VALID = "claim_valid"
    FIRST_PARTY_MISUSE = "first_party_misuse"
    MERCHANT_ERROR = "merchant_error"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    OTHER = "other"


class ReviewSubject(Value):
    """Everything that an approval is bound to. A change in any of it is a new question."""

    proposal: Proposal
    facts: Facts
    score: Score | None
    findings: tuple[Finding, ...]
    policy_digest: Digest


class ReviewInput(Value):
    """What the reviewer sends. `subject_digest` is the digest of what they were shown."""

    verdict: Verdict
    rationale: Annotated[
        str, Field(min_length=1, max_length=RATIONALE_CHARS_MAX, pattern=r"^[^\x00]*$")
    ]
    label: ReviewLabel
    subject_digest: Digest

    @field_validator("rationale")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("a rationale may not be empty")
        return text


class ReviewDecision(Value):
    """A recorded, attributed decision."""

    review_id: ReviewId
    proposal_id: ProposalId
    reviewer: Name
    reviewer_roles: tuple[Role, ...]
    verdict: Verdict
    rationale: str
    label: ReviewLabel
    subject_digest: Digest
    decided_at_ms: TimestampMs

    def repeats(self, recorded: "ReviewDecision") -> bool:
        """Say whether this is a recorded decision again: when it came, and which roles the person
        held by then, make no other decision of it.
        """
        same = {"decided_at_ms": recorded.decided_at_ms, "reviewer_roles": recorded.reviewer_roles}
        return self.model_copy(update=same) == recorded


class Review(Value):
    """A question put to people. ``superseded``: what was asked has changed since."""

    id: ReviewId
    case_id: CaseId
    proposal_id: ProposalId
    role: Role
    subject: ReviewSubject
    subject_digest: Digest
    requested_at_ms: TimestampMs
    due_at_ms: TimestampMs
    status: Literal["pending", "decided", "superseded"]
    decision: ReviewDecision | None = None


def review_id(proposal_id: str, subject_digest: str) -> ReviewId:
    """Return the one name of this question about this proposal."""
    return ReviewId(derive_id("rev", proposal_id, subject_digest))
