"""What the gate writes into the audit log: codes, amounts and digests; no text of a person's."""

from typing import Final

from sluicegate.domain.audit import AuditRecord
from sluicegate.domain.canonical import digest_of
from sluicegate.domain.decision import Allowed, Denied, Finding, NeedsReview
from sluicegate.domain.event import DisputeEvent
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.review import Review, ReviewDecision
from sluicegate.ports.proposals import DecisionRecord

GATE_ACTOR: Final = "process:gate"


def submitted(proposal: Proposal, event: DisputeEvent, at_ms: int) -> AuditRecord:
    """Return the entry for a proposal that came in."""
    return AuditRecord(
        kind="proposal.submitted",
        at_ms=at_ms,
        actor=proposal.proposed_by,
        case_id=proposal.case_id,
        event_id=proposal.event_id,
        event_digest=event.digest(),
        model=proposal.model.name,
        prompt_digest=proposal.prompt_digest,
        data_digest=proposal.digest(),
        body={
            "proposal_id": proposal.id,
            "action": proposal.kind.value,
            "amount_minor": proposal.amount_minor,
            "currency": proposal.currency,
            "category": proposal.category.value,
            "confidence_bp": proposal.confidence_bp,
        },
    )


def decided(record: DecisionRecord, event: DisputeEvent) -> AuditRecord:
    """Return the entry for a run of the fold; its data digest is that of the recorded inputs."""
    decision = record.decision
    return _of_decision(
        record,
        event,
        "gate.decided",
        {
            "outcome": decision.outcome,
            "decision_digest": decision.digest(),
            "findings": [finding.code for finding in decision.findings],
            "risk_bp": record.inputs.score.risk_bp if record.inputs.score else None,
            "score_model_digest": record.inputs.score.model_digest if record.inputs.score else None,
            "score_data_digest": record.inputs.score.data_digest if record.inputs.score else None,
            "subject_digest": _subject_digest(decision),
        },
    )


def permitted(record: DecisionRecord, key_id: str, event: DisputeEvent) -> AuditRecord:
    """Return the entry for an issued permit."""
    if not isinstance(record.decision, Allowed):
        raise TypeError("only an allowance has a permit")
    grant = record.decision.grant
    return _of_decision(
        record,
        event,
        "permit.issued",
        {
            "permit_id": grant.permit_id,
            "claims_digest": grant.digest(),
            "key_id": key_id,
            "amount_minor": grant.amount_minor,
            "currency": grant.currency,
            "expires_at_ms": grant.expires_at_ms,
        },
    )


def review_asked(record: DecisionRecord, review: Review, event: DisputeEvent) -> AuditRecord:
    """Return the entry for a question put to people."""
    return _of_decision(
        record,
        event,
        "review.requested",
        {
            "review_id": review.id,
            "role": review.role.value,
            "subject_digest": review.subject_digest,
            "due_at_ms": review.due_at_ms,
        },
    )


def reviewed(review: Review, decision: ReviewDecision, event: DisputeEvent) -> AuditRecord:
    """Return the entry for a recorded decision; the rationale is in the store, its digest here."""
    return _of_review(
        review,
        decision,
        event,
        "review.decided",
        {
            "review_id": review.id,
            "verdict": decision.verdict.value,
            "label": decision.label.value,
            "rationale_digest": digest_of(decision.rationale),
            "subject_digest": decision.subject_digest,
        },
    )


def review_refused(
    review: Review,
    decision: ReviewDecision,
    unfit: tuple[Finding, ...],
    event: DisputeEvent,
) -> AuditRecord:
    """Return the entry for someone who tried to decide and may not."""
    return _of_review(
        review,
        decision,
        event,
        "review.refused",
        {"review_id": review.id, "findings": [finding.code for finding in unfit]},
    )


def _of_decision(
    record: DecisionRecord, event: DisputeEvent, kind: str, body: dict[str, object]
) -> AuditRecord:
    inputs = record.inputs
    return AuditRecord.model_validate(
        {
            "kind": kind,
            "at_ms": inputs.evaluated_at_ms,
            "actor": GATE_ACTOR,
            "case_id": inputs.proposal.case_id,
            "event_id": inputs.proposal.event_id,
            "event_digest": event.digest(),
            "model": inputs.proposal.model.name,
            "prompt_digest": inputs.proposal.prompt_digest,
            "policy_digest": inputs.policy_digest,
            "data_digest": record.inputs_digest,
            "body": {"proposal_id": record.proposal_id, "seq": record.seq, **body},
        }
    )


def _of_review(
    review: Review,
    decision: ReviewDecision,
    event: DisputeEvent,
    kind: str,
    body: dict[str, object],
) -> AuditRecord:
    proposal = review.subject.proposal
    return AuditRecord.model_validate(
        {
            "kind": kind,
            "at_ms": decision.decided_at_ms,
            "actor": decision.reviewer,
            "case_id": review.case_id,
            "event_id": proposal.event_id,
            "event_digest": event.digest(),
            "model": proposal.model.name,
            "prompt_digest": proposal.prompt_digest,
            "policy_digest": review.subject.policy_digest,
            "data_digest": decision.digest(),
            "body": body,
        }
    )


def _subject_digest(decision: Allowed | NeedsReview | Denied) -> str | None:
    match decision:
        case Allowed(grant=grant):
            return grant.subject_digest
        case NeedsReview(subject_digest=subject_digest):
            return subject_digest
        case Denied():
            return None
