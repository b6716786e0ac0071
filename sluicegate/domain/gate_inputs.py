"""Everything the fold may look at. Time and nonce are recorded here like everything else."""

from typing import Annotated

from pydantic import Field

from sluicegate.domain.decision import Finding
from sluicegate.domain.facts import Facts
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.review import ReviewDecision, ReviewSubject
from sluicegate.domain.score import Score
from sluicegate.domain.value import Digest, Natural, TimestampMs, Value


class GateInputs(Value):
    """The recorded inputs of one decision. The same inputs give the same bytes out, for ever."""

    proposal: Proposal
    facts: Facts
    score: Score | None
    findings: tuple[Finding, ...]
    policy_digest: Digest
    review: ReviewDecision | None
    attempt: Annotated[int, Field(ge=1, le=1_000)]
    permit_ttl_ms: Natural
    review_due_ms: Natural
    evaluated_at_ms: TimestampMs
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]

    def subject(self) -> ReviewSubject:
        """Return what a person would be asked to decide on, given these inputs."""
        return ReviewSubject(
            proposal=self.proposal,
            facts=self.facts,
            score=self.score,
            findings=tuple(finding for finding in self.findings if finding.scope == "action"),
            policy_digest=self.policy_digest,
        )
