"""Where a case stands, in one small value: what the API answers and the command line ends with."""

from typing import Literal

from serving.cases import CaseView
from sluicegate.domain.case import CaseStatus
from sluicegate.domain.decision import Finding
from sluicegate.domain.principal import Role
from sluicegate.domain.proposal import DisputeCategory, ModelRef
from sluicegate.domain.receipt import Receipt
from sluicegate.domain.value import BasisPoints, Digest, Name, TimestampMs, Value


class PendingReview(Value):
    """The question that is open: who has to decide, on exactly what, and by when."""

    id: Name
    role: Role
    subject_digest: Digest
    due_at_ms: TimestampMs


class CaseSummary(Value):
    """A case in short. Amounts are the claim's own; no person or account is named."""

    id: Name
    event_id: Name
    source: Name
    source_event_id: Name
    status: CaseStatus
    outcome: str
    opened_by: Name
    opened_at_ms: TimestampMs
    transaction_id: Name
    customer_id: Name
    amount: str
    currency: str
    category: DisputeCategory | None
    confidence_bp: BasisPoints | None
    reader: ModelRef | None
    risk_bp: BasisPoints | None
    decision: Literal["allowed", "needs_review", "denied"] | None
    findings: tuple[Finding, ...]
    pending_review: PendingReview | None
    receipts: tuple[Receipt, ...]


def summarise(view: CaseView) -> CaseSummary:
    """Return a case in short, by the newest proposal and the newest decision on it."""
    case, claim = view.case, view.event.data
    proposal = view.proposals[-1] if view.proposals else None
    answer = view.answers[-1] if view.answers else None
    score = answer.score if answer is not None else None
    return CaseSummary(
        id=case.id,
        event_id=case.event_id,
        source=view.event.source,
        source_event_id=view.event.id,
        status=case.status,
        outcome=case.outcome,
        opened_by=case.opened_by,
        opened_at_ms=case.opened_at_ms,
        transaction_id=claim.transaction_id,
        customer_id=claim.customer_id,
        amount=claim.amount,
        currency=claim.currency,
        category=proposal.category if proposal is not None else None,
        confidence_bp=proposal.confidence_bp if proposal is not None else None,
        reader=proposal.model if proposal is not None else None,
        risk_bp=score.risk_bp if score is not None else None,
        decision=answer.decision.outcome if answer is not None else None,
        findings=answer.decision.findings if answer is not None else (),
        pending_review=pending_review(view),
        receipts=view.receipts,
    )


def pending_review(view: CaseView) -> PendingReview | None:
    """Return the question that is open; None where there is none."""
    for review in reversed(view.reviews):
        if review.status == "pending":
            return PendingReview(
                id=review.id,
                role=review.role,
                subject_digest=review.subject_digest,
                due_at_ms=review.due_at_ms,
            )
    return None
