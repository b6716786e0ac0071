"""What a store needs to hold before the thing under test: events, cases, proposals, permits."""

from typing import Any, NoReturn

from sluicegate.adapters.sql.transaction import SqlTransaction
from sluicegate.domain.decision import Allowed, Effect
from sluicegate.domain.event import DisputeEvent
from sluicegate.domain.gate_inputs import GateInputs
from sluicegate.domain.ids import EntryId, derive_id
from sluicegate.domain.journal import JournalEntry, Posting
from sluicegate.domain.permit import Permit, PermitClaims
from sluicegate.domain.principal import Role
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.receipt import Receipt
from sluicegate.domain.review import Review, ReviewDecision, review_id
from sluicegate.gate.fold import decide, required_role
from sluicegate.ports.permits import StoredPermit, UnreadablePermit
from tests.builders import NOW_MS, a_case, a_finding, a_proposal, an_event, gate_inputs


def event_number(number: int, **changes: Any) -> DisputeEvent:
    """Return one of many events, each about a transaction of its own."""
    return an_event(id=f"d-{number}", transaction_id=f"txn_{number:06}", **changes)


def store_case(tx: SqlTransaction, number: int = 1) -> DisputeEvent:
    """Store an event and its case."""
    event = event_number(number)
    tx.events.accept(event, now_ms=NOW_MS)
    tx.cases.open(a_case(event))
    return event


def store_proposal(tx: SqlTransaction, number: int = 1) -> Proposal:
    """Store an event, its case and a proposal for it."""
    proposal = a_proposal(store_case(tx, number))
    tx.proposals.submit(proposal, now_ms=NOW_MS)
    return proposal


def claims_of(proposal: Proposal, *, attempt: int = 1) -> PermitClaims:
    """Return what the gate would grant."""
    decision = decide(gate_inputs(proposal=proposal, attempt=attempt))
    assert isinstance(decision, Allowed)
    return decision.grant


def permit_of(proposal: Proposal, *, attempt: int = 1) -> Permit:
    """Return a permit; its signature is no signature, which no store looks at."""
    claims = claims_of(proposal, attempt=attempt)
    return Permit(claims=claims, key_id="k", signature="00" * 64)


def store_permit(tx: SqlTransaction, number: int = 1) -> Permit:
    """Store everything up to an issued permit."""
    permit = permit_of(store_proposal(tx, number))
    tx.permits.issue(permit, attempt=1)
    return permit


def receipt_of(permit: Permit, status: str = "settled") -> Receipt:
    """Return what came of a permit."""
    return Receipt.model_validate(
        {
            "permit_id": permit.claims.permit_id,
            "status": status,
            "rail": "book",
            "reference": "",
            "at_ms": NOW_MS,
        }
    )


def open_accounts(tx: SqlTransaction, *names: str, currency: str = "USD") -> None:
    """Open ledger accounts."""
    for name in names:
        tx.ledger.open_account(name, currency, "customer")


def entry_of(permit: Permit, *postings: Posting) -> JournalEntry:
    """Return the entry of a permit; with no postings given, the one that it allows."""
    claims = permit.claims
    allowed = Posting(
        debit_account_id=claims.debit_account_id,
        credit_account_id=claims.credit_account_id,
        amount_minor=claims.amount_minor,
        currency=claims.currency,
    )
    return JournalEntry(
        id=EntryId(derive_id("jrn", claims.permit_id)),
        permit_id=claims.permit_id,
        effect_key=claims.effect_key(),
        posted_at_ms=NOW_MS,
        postings=postings or (allowed,),
    )


def inputs_for_review(proposal: Proposal, **changes: Any) -> GateInputs:
    """Return inputs that fold to NeedsReview."""
    return gate_inputs(proposal=proposal, findings=(a_finding(Effect.REVIEW),), **changes)


def review_of(inputs: GateInputs, *, requested_at_ms: int = NOW_MS, due_at_ms: int = 0) -> Review:
    """Return the pending review that the inputs ask for."""
    subject = inputs.subject()
    role = required_role(inputs.findings) or Role.ANALYST
    return Review(
        id=review_id(inputs.proposal.id, subject.digest()),
        case_id=inputs.proposal.case_id,
        proposal_id=inputs.proposal.id,
        role=role,
        subject=subject,
        subject_digest=subject.digest(),
        requested_at_ms=requested_at_ms,
        due_at_ms=due_at_ms or requested_at_ms + inputs.review_due_ms,
        status="pending",
    )


def abandon(*_done: object) -> NoReturn:
    """Fail in the middle of a transaction, after doing something in it."""
    raise RuntimeError("abandoned")


def decided(decision: ReviewDecision, **changes: Any) -> ReviewDecision:
    """Return the decision with something else in it."""
    return decision.model_copy(update=changes)


def claimed(tx: SqlTransaction, *, limit: int) -> tuple[StoredPermit, ...]:
    """Claim permits, all of which can be read."""
    found = tx.permits.claim(limit=limit)
    assert not any(isinstance(stored, UnreadablePermit) for stored in found)
    return tuple(stored for stored in found if isinstance(stored, StoredPermit))
