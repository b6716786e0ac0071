"""What the gate reads for itself, in one snapshot: nothing is taken from the proposal's word."""

from dataclasses import dataclass

from sluicegate.domain.errors import NotFound
from sluicegate.domain.event import DisputeEvent
from sluicegate.domain.facts import ClaimFacts, Facts
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.review import ReviewDecision
from sluicegate.ports.proposals import DecisionRecord
from sluicegate.ports.unit_of_work import Transaction


@dataclass(frozen=True)
class Reading:
    """What one snapshot of the record held about a proposal."""

    facts: Facts
    decisions: tuple[DecisionRecord, ...]
    attempt: int
    permit_live: bool
    review: ReviewDecision | None
    """The decision to look at: the newest, unless an older one is of exactly what stands now."""
    decided: tuple[ReviewDecision, ...]

    def decision_on(self, subject_digest: str) -> ReviewDecision | None:
        """Return the decision on exactly this subject, if there is one."""
        found = [review for review in self.decided if review.subject_digest == subject_digest]
        return found[-1] if found else None


def find_proposal(tx: Transaction, wanted: str) -> Proposal | None:
    """Return a proposal that was submitted before."""
    try:
        return tx.proposals.get(wanted)
    except NotFound:
        return None


def read_standing(tx: Transaction, proposal: Proposal, event: DisputeEvent) -> Reading:
    """Read all that a decision on a proposal rests on, in the snapshot of one transaction."""
    permit = tx.permits.latest(proposal.id)
    decided = tuple(
        review.decision
        for review in tx.reviews.of_proposal(proposal.id)
        if review.decision is not None
    )
    return Reading(
        facts=_read_facts(tx, proposal, event),
        decisions=tx.proposals.decisions(proposal.id),
        attempt=1 if permit is None else permit.attempt + 1,
        permit_live=permit is not None and permit.status in ("issued", "consumed"),
        review=tx.reviews.latest_decision(proposal.id),
        decided=decided,
    )


def _read_facts(tx: Transaction, proposal: Proposal, event: DisputeEvent) -> Facts:
    """Read the record from the proposal's transaction outwards; nothing is taken from the
    proposal's word.
    """
    transaction = tx.record.transaction(proposal.transaction_id)
    customer = tx.record.customer(transaction.customer_id) if transaction else None
    account = tx.record.account(transaction.account_id) if transaction else None
    card = tx.record.card(transaction.card_id) if transaction else None
    return Facts(
        claim=_claim_facts(tx, event),
        transaction=transaction,
        customer=customer,
        account=account,
        card=card,
        credited_minor=tx.ledger.credited_minor(proposal.transaction_id, proposal.kind.value),
        reserved_minor=tx.permits.reserved_minor(
            proposal.transaction_id, except_proposal=proposal.id
        ),
        rejected_before=tx.reviews.rejections(proposal.transaction_id, except_proposal=proposal.id),
    )


def _claim_facts(tx: Transaction, event: DisputeEvent) -> ClaimFacts | None:
    try:
        case = tx.cases.get(event.case_id())
    except NotFound:
        return None
    money = event.data.money()
    return ClaimFacts(
        transaction_id=event.data.transaction_id,
        customer_id=event.data.customer_id,
        amount_minor=money.amount_minor,
        currency=money.currency,
        opened_by=case.opened_by,
        received_at_ms=case.opened_at_ms,
    )
