"""Makes the proposal of a provisional credit, the same one each time from the same inputs. It has
no power.

Payee, account and amount never come from a reading. The payee is the account that the record names
for the transaction. The amount is the one claimed; where the record holds exactly that amount its
provenance is ``record``, otherwise it is ``document``, and policy decides what has to happen before
such an amount can move.
"""

from typing import Annotated

from pydantic import Field

from sluicegate.domain.event import DisputeClaim
from sluicegate.domain.facts import TransactionFacts
from sluicegate.domain.ids import CaseId
from sluicegate.domain.proposal import (
    ActionKind,
    DisputeCategory,
    Evidence,
    ModelRef,
    Proposal,
    Provenance,
    proposal_id,
)
from sluicegate.domain.value import BasisPoints, Digest, Name, Value
from tools.registry import Access, Tool


class ProposeArgs(Value):
    """The claim, the transaction as the record holds it, and what the reader made of the claim."""

    case_id: Name
    event_id: Name
    event_digest: Digest
    opened_by: Name
    claim: DisputeClaim
    transaction: TransactionFacts
    category: DisputeCategory
    network_reason_code: Annotated[str, Field(min_length=1, max_length=40)]
    confidence_bp: BasisPoints
    proposed_by: Name
    model: ModelRef
    prompt_digest: Digest
    summary: Annotated[str, Field(min_length=1, max_length=2_000)]
    evidence: tuple[Evidence, ...] = ()


def make_proposal(args: ProposeArgs) -> Proposal:
    """Return the one proposal that a claim leads to; raise InvalidAmount for a claim of none."""
    claimed = args.claim.money()
    held = args.transaction
    agrees = (claimed.amount_minor, claimed.currency) == (held.amount_minor, held.currency)
    kind = ActionKind.PROVISIONAL_CREDIT
    case_id = CaseId(args.case_id)
    return Proposal(
        id=proposal_id(case_id, kind, args.claim.transaction_id),
        case_id=case_id,
        event_id=args.event_id,
        event_digest=args.event_digest,
        kind=kind,
        transaction_id=args.claim.transaction_id,
        customer_id=args.claim.customer_id,
        payee_account_id=held.account_id,
        payee_provenance=Provenance.RECORD,
        amount_minor=claimed.amount_minor,
        amount_provenance=Provenance.RECORD if agrees else Provenance.DOCUMENT,
        currency=claimed.currency,
        category=args.category,
        network_reason_code=args.network_reason_code,
        confidence_bp=args.confidence_bp,
        proposed_by=args.proposed_by,
        opened_by=args.opened_by,
        model=args.model,
        prompt_digest=args.prompt_digest,
        summary=args.summary,
        evidence=args.evidence,
    )


def propose_provisional_credit() -> Tool[ProposeArgs, Proposal]:
    """Return the tool."""
    return Tool(
        name="propose_provisional_credit",
        access=Access.PROPOSE,
        description="Make the proposal of a provisional credit; only the gate can let it happen.",
        args=ProposeArgs,
        run=make_proposal,
    )
