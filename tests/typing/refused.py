"""Code that must not type-check. `make types` fails where one of these stops being an error.

Each line with an ignore is a mistake that the types have to catch; mypy's warn_unused_ignores
turns the ignore into an error on the day that it is caught no longer. test_refused.py checks that
each is refused for the reason that it names.
"""

from typing import assert_never

from sluicegate.domain.decision import Allowed, Decision, Denied, NeedsReview
from sluicegate.domain.ids import CaseId, EntryId, ProposalId
from sluicegate.domain.permit import Permit, PermitClaims
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.receipt import Receipt
from sluicegate.domain.review import ReviewDecision, ReviewInput
from sluicegate.ports.gate import GateAnswer, GateClient
from sluicegate.ports.permits import PermitStore, StoredPermit
from sluicegate.ports.reviews import ReviewStore
from sluicegate.ports.signing import PermitSigner, PermitVerifier
from sluicegate.ports.unit_of_work import UnitOfWork


def a_proposal_is_no_permit(verifier: PermitVerifier, proposal: Proposal) -> None:
    verifier.verify(proposal)  # type: ignore[arg-type]


def unsigned_claims_are_no_permit(store: PermitStore, claims: PermitClaims) -> None:
    store.issue(claims, attempt=1)  # type: ignore[arg-type]


def a_proposal_cannot_be_signed(signer: PermitSigner, proposal: Proposal) -> Permit:
    return signer.sign(proposal)  # type: ignore[arg-type]


def a_decision_is_no_grant(decision: Decision) -> PermitClaims:
    return decision.grant  # type: ignore[union-attr]


def a_review_is_no_grant(needed: NeedsReview) -> PermitClaims:
    return needed.grant  # type: ignore[attr-defined, no-any-return]


def a_decision_is_no_bool(decision: Decision) -> bool:
    return decision  # type: ignore[return-value]


def an_input_is_no_recorded_review(store: ReviewStore, said: ReviewInput) -> None:
    store.decide(said)  # type: ignore[arg-type]


def a_client_cannot_issue(client: GateClient, permit: Permit) -> None:
    client.issue(permit)  # type: ignore[attr-defined]


def a_client_cannot_spend(client: GateClient, permit: Permit) -> Receipt:
    return client.execute(permit)  # type: ignore[attr-defined, no-any-return]


def an_answer_is_no_permit(answer: GateAnswer) -> Permit:
    return answer  # type: ignore[return-value]


def a_stored_permit_is_no_permit(verifier: PermitVerifier, stored: StoredPermit) -> None:
    verifier.verify(stored)  # type: ignore[arg-type]


def a_reviewer_has_a_key_of_their_own(client: GateClient, said: ReviewInput) -> None:
    client.decide_review("rev", said)  # type: ignore[call-arg]


def a_name_of_one_thing_is_not_a_name_of_another(case: CaseId) -> ProposalId:
    return case  # type: ignore[return-value]


def any_text_is_not_a_name(text: str) -> EntryId:
    return text  # type: ignore[return-value]


def a_value_cannot_be_changed(claims: PermitClaims) -> None:
    claims.amount_minor = 1  # type: ignore[misc]


def money_is_not_a_float(decision: ReviewDecision, proposal: Proposal) -> int:
    return proposal.amount_minor * 1.5  # type: ignore[return-value]


def a_transaction_cannot_be_committed_in_the_middle(work: UnitOfWork) -> None:
    with work.write("seam") as transaction:
        transaction.commit()  # type: ignore[attr-defined]


def every_outcome_is_handled(decision: Decision) -> str:
    match decision:
        case Allowed():
            return "allowed"
        case Denied():
            return "denied"
        case _:
            assert_never(decision)  # type: ignore[arg-type]
