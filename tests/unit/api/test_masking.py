import pytest

from serving.api.masking import mask_account, view_for
from serving.cases import CaseView
from sluicegate.domain.audit import AuditEntry, AuditRecord
from sluicegate.domain.decision import Effect
from sluicegate.domain.principal import Principal, Role
from sluicegate.domain.proposal import Evidence
from sluicegate.domain.review import Review, review_id
from sluicegate.gate.fold import decide
from sluicegate.ports.gate import GateAnswer
from tests.builders import (
    DIGEST,
    NOW_MS,
    a_case,
    a_decision_on,
    a_finding,
    a_proposal,
    an_event,
    gate_inputs,
)

NARRATIVE = "My neighbour Quentin Featherstonehaugh saw the courier."
ACCOUNT = "acc_00099999001234"


def a_view() -> CaseView:
    event = an_event(narrative=NARRATIVE)
    evidence = (Evidence(claim="c", source="narrative", locator="l", quote=NARRATIVE[:20]),)
    proposal = a_proposal(
        event, payee_account_id=ACCOUNT, summary=f"They say: {NARRATIVE}", evidence=evidence
    )
    facts = gate_inputs().facts
    assert facts.account is not None
    assert facts.transaction is not None
    assert facts.card is not None
    facts = facts.model_copy(
        update={
            "account": facts.account.model_copy(update={"id": ACCOUNT}),
            "transaction": facts.transaction.model_copy(update={"account_id": ACCOUNT}),
            "card": facts.card.model_copy(update={"account_id": ACCOUNT}),
        }
    )
    asked = gate_inputs(proposal=proposal, facts=facts, findings=(a_finding(Effect.REVIEW),))
    decision = a_decision_on(asked, rationale=f"As {NARRATIVE}")
    allowed = asked.model_copy(update={"review": decision})
    digest = asked.subject().digest()
    review = Review(
        id=review_id(proposal.id, digest),
        case_id=proposal.case_id,
        proposal_id=proposal.id,
        role=Role.ANALYST,
        subject=asked.subject(),
        subject_digest=digest,
        requested_at_ms=NOW_MS,
        due_at_ms=NOW_MS + 1,
        status="decided",
        decision=decision,
    )
    record = AuditRecord(
        kind="permit.issued",
        at_ms=NOW_MS,
        actor="process:gate",
        body={"credit_account_id": ACCOUNT, "nested": {"lines": [{"debit_account_id": ACCOUNT}]}},
    )
    return CaseView(
        case=a_case(event),
        event=event,
        proposals=(proposal,),
        answers=(
            GateAnswer(
                proposal_id=proposal.id,
                seq=1,
                decision=decide(allowed),
                facts=facts,
                score=None,
                policy_digest=DIGEST,
            ),
        ),
        reviews=(review,),
        receipts=(),
        timeline=(AuditEntry(seq=1, previous_hash=DIGEST, record=record, hash=DIGEST),),
    )


def seen_by(*roles: Role) -> str:
    return view_for(a_view(), Principal(id="person:x", roles=roles)).model_dump_json()


def test_a_viewer_sees_no_word_of_the_customer_and_no_whole_account() -> None:
    seen = seen_by(Role.VIEWER)
    assert "Quentin" not in seen
    assert NARRATIVE[:20] not in seen
    assert ACCOUNT not in seen
    assert mask_account(ACCOUNT) in seen


@pytest.mark.parametrize(
    "role", [Role.ANALYST, Role.APPROVER, Role.AUDITOR, Role.SERVICE, Role.ADMIN]
)
def test_who_works_on_cases_sees_all_of_one(role: Role) -> None:
    assert seen_by(role) == a_view().model_dump_json()
    assert seen_by(Role.VIEWER, role) == a_view().model_dump_json()


def test_a_masked_account_shows_four_characters() -> None:
    assert mask_account(ACCOUNT) == "…1234"
