"""What an agent, or the whole service process, may try through the gate: no money moves wrongly.

The gate, the executor and the database are the real ones. A test ends by counting the credits and
verifying everything.
"""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import xgboost

from sluicegate.adapters.sql.grants import RoleName
from sluicegate.domain.decision import Allowed, Denied, NeedsReview
from sluicegate.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    ReviewRefused,
    StaleReview,
    Unauthenticated,
)
from sluicegate.domain.principal import Principal, Role
from sluicegate.domain.proposal import Provenance
from sluicegate.domain.review import Verdict
from sluicegate.gate.service import GateService
from sluicegate.ports.gate import GateAnswer
from tests.builders import OTHER_DIGEST
from tests.deployment import Deployment
from tests.integration.hostile_world import LARGE, SMALL, Bank, open_bank


@pytest.fixture
def bank(deployment: Deployment) -> Iterator[Bank]:
    with open_bank(deployment) as opened:
        yield opened


def codes(answer: GateAnswer) -> set[str]:
    return {finding.code for finding in answer.decision.findings}


def both_at_once(one: Callable[[], Any], other: Callable[[], Any]) -> list[Any]:
    """Start two things at the same moment; an error of theirs is returned like a result."""
    start = threading.Barrier(2)

    def run(act: Callable[[], Any]) -> Any:
        start.wait(10)
        try:
            return act()
        except Exception as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, (one, other)))


def test_an_honest_small_claim_is_credited_once(bank: Bank) -> None:
    proposal = bank.proposal(*bank.open(SMALL))
    assert isinstance(bank.gate.submit(proposal).decision, Allowed)
    assert isinstance(bank.gate.submit(proposal).decision, Allowed)
    bank.assert_credits(1)
    assert isinstance(bank.gate.submit(proposal).decision, Allowed)
    bank.assert_credits(1)


def test_a_lie_in_a_proposal_is_denied_whatever_it_says_of_its_source(bank: Bank) -> None:
    other_account = bank.sql("admin", "SELECT id FROM bank_account ORDER BY id DESC LIMIT 1")
    other_customer = bank.sql("admin", "SELECT id FROM bank_customer ORDER BY id DESC LIMIT 1")
    lies: list[tuple[dict[str, Any], set[str]]] = [
        ({"payee_account_id": other_account}, {"PAYEE_NOT_ORIGINAL", "PAYEE_UNSUPPORTED"}),
        ({"payee_account_id": "bank:dispute-suspense:EUR"}, {"PAYEE_NOT_ORIGINAL"}),
        ({"amount_minor": 2_381}, {"AMOUNT_ABOVE_TRANSACTION", "AMOUNT_ABOVE_CLAIM"}),
        ({"amount_minor": 1}, {"AMOUNT_UNSUPPORTED"}),
        ({"amount_minor": 2**53 - 1}, {"AMOUNT_ABOVE_LIMITS", "AMOUNT_ABOVE_CLAIM"}),
        ({"currency": "KWD"}, {"CURRENCY_MISMATCH"}),
        ({"customer_id": other_customer}, {"CUSTOMER_MISMATCH"}),
        ({"opened_by": "person:ana"}, {"CLAIM_MISMATCH"}),
    ]
    for number, (lie, wanted) in enumerate(lies):
        event, case = bank.open(SMALL, id=f"lie-{number}")
        for provenance in (Provenance.RECORD, Provenance.HUMAN, Provenance.MODEL):
            sourced = {"payee_provenance": provenance, "amount_provenance": provenance}
            changed = bank.proposal(event, case, confidence_bp=10_000, **lie, **sourced)
            if provenance is Provenance.RECORD:
                answer = bank.gate.submit(changed)
                assert isinstance(answer.decision, Denied), lie
                assert wanted <= codes(answer), lie
            else:  # the same name with another word in it is not a second try
                with pytest.raises(Conflict):
                    bank.gate.submit(changed)
    bank.assert_credits(0)


def test_another_transaction_than_the_claimed_one_is_denied(bank: Bank) -> None:
    event, case = bank.open(SMALL)
    theirs = bank.event(LARGE).data
    for changes in (
        {"transaction_id": theirs.transaction_id},
        {"transaction_id": theirs.transaction_id, "customer_id": theirs.customer_id},
        {"transaction_id": "txn_999999"},
        {"transaction_id": "' OR 1=1 --"},
    ):
        try:
            answer = bank.gate.submit(bank.proposal(event, case, **changes))
        except Conflict:  # the second one has the first one's name
            continue
        assert isinstance(answer.decision, Denied)
        assert "CLAIM_MISMATCH" in codes(answer)
    bank.assert_credits(0)


def test_a_proposal_is_held_to_the_event_and_the_case_that_it_names(bank: Bank) -> None:
    event, case = bank.open(SMALL)
    _, other = bank.open(LARGE)
    for changes in (
        {"case_id": other.id},
        {"event_id": other.event_id},
        {"event_id": other.event_id, "event_digest": other.event_digest},
        {"event_digest": other.event_digest},
        {"event_digest": OTHER_DIGEST},
        {"case_id": ""},
        {"case_id": "x" * 300},
    ):
        with pytest.raises(InvalidInput):
            bank.gate.submit(bank.proposal(event, case, **changes))
    with pytest.raises(NotFound):
        bank.gate.submit(bank.proposal(event, case, event_id="evt_none"))
    assert "proposal.submitted" not in bank.kinds()
    bank.assert_credits(0)


def test_what_a_person_rejected_is_not_proposed_again_under_another_case(bank: Bank) -> None:
    event, case = bank.open(SMALL)
    answer = bank.gate.submit(bank.proposal(event, case, confidence_bp=1_000))
    bank.decide(answer, Verdict.REJECT)
    with pytest.raises(Conflict):
        bank.gate.submit(bank.proposal(event, case, confidence_bp=10_000))
    with pytest.raises(InvalidInput):
        bank.gate.submit(bank.proposal(event, case, case_id="case_another", confidence_bp=10_000))
    again = bank.gate.submit(bank.proposal(event, case, confidence_bp=1_000))
    assert codes(again) == {"REVIEW_REJECTED"}
    bank.assert_credits(0)


def test_what_a_person_rejected_is_not_credited_for_another_event(bank: Bank) -> None:
    event, case = bank.open(SMALL)
    answer = bank.gate.submit(bank.proposal(event, case, confidence_bp=1_000))
    bank.decide(answer, Verdict.REJECT)
    bank.gate.submit(bank.proposal(event, case, confidence_bp=1_000))
    bank.gate.submit(bank.proposal(*bank.open(SMALL, id="once-more"), confidence_bp=10_000))
    bank.assert_credits(0)


def test_what_a_person_rejected_goes_back_to_a_person_once_the_facts_ask_for_none(
    bank: Bank,
) -> None:
    proposal = bank.proposal(*bank.open(SMALL))
    card = "WHERE id = (SELECT card_id FROM bank_transaction WHERE id = :t)"
    blocked = f"UPDATE bank_card SET status = 'blocked' {card}"
    bank.sql("admin", blocked, t=proposal.transaction_id)
    bank.decide(bank.gate.submit(proposal), Verdict.REJECT)
    bank.sql("admin", blocked.replace("blocked", "active"), t=proposal.transaction_id)
    answer = bank.gate.submit(proposal)
    assert isinstance(answer.decision, NeedsReview)
    assert codes(answer) == {"REVIEW_STALE"}
    bank.assert_credits(0)
    bank.decide(answer, Verdict.APPROVE)
    assert isinstance(bank.gate.submit(proposal).decision, Allowed)
    bank.assert_credits(1)


def test_two_disputes_of_one_transaction_are_credited_once(bank: Bank) -> None:
    first = bank.proposal(*bank.open(SMALL))
    second = bank.proposal(*bank.open(SMALL, id="second"))
    answers = both_at_once(lambda: bank.gate.submit(first), lambda: bank.gate.submit(second))
    assert sorted(answer.decision.outcome for answer in answers) == ["allowed", "denied"]
    bank.assert_credits(1)
    third = bank.gate.submit(bank.proposal(*bank.open(SMALL, id="third")))
    assert codes(third) == {"ALREADY_CREDITED"}
    bank.assert_credits(1)


def test_one_proposal_handed_in_twice_at_once_is_credited_once(bank: Bank) -> None:
    proposal = bank.proposal(*bank.open(SMALL))
    answers = both_at_once(lambda: bank.gate.submit(proposal), lambda: bank.gate.submit(proposal))
    assert answers[0] == answers[1]
    bank.assert_credits(1)


# ---------------------------------------------------------------- reviews


def test_only_a_fit_person_with_their_own_key_decides(bank: Bank) -> None:
    proposal, answer = bank.asked()
    key = bank.keys["person:pia"]
    for wrong in ("", key[:-1] + ("A" if key[-1] != "A" else "B"), key + "\x00", f"{key},{key}"):
        with pytest.raises(Unauthenticated):
            bank.decide(answer, Verdict.APPROVE, who=wrong)
    for unfit in ("service:cards", "person:eve", "person:ana"):
        with pytest.raises(ReviewRefused):
            bank.decide(answer, Verdict.APPROVE, who=unfit)
    with pytest.raises(StaleReview):
        bank.decide(answer, Verdict.APPROVE, subject_digest=OTHER_DIGEST)
    assert isinstance(bank.gate.submit(proposal).decision, NeedsReview)
    assert bank.kinds().count("review.refused") == 3
    assert "review.decided" not in bank.kinds()
    bank.assert_credits(0)


def test_who_opened_a_case_does_not_decide_it(bank: Bank) -> None:
    pia = Principal(id="person:pia", roles=(Role.APPROVER,))
    opened = bank.open(LARGE, opener=pia)
    answer = bank.gate.submit(bank.proposal(*opened))
    with pytest.raises(ReviewRefused):
        bank.decide(answer, Verdict.APPROVE)
    bank.assert_credits(0)


def test_a_decision_stands_whatever_comes_after_it(bank: Bank) -> None:
    proposal, answer = bank.asked()
    bank.decide(answer, Verdict.REJECT)
    assert bank.decide(answer, Verdict.REJECT).repeated
    with pytest.raises(Conflict):
        bank.decide(answer, Verdict.APPROVE)
    assert codes(bank.gate.submit(proposal)) == {"REVIEW_REJECTED"}
    with pytest.raises(Conflict):
        bank.decide(answer, Verdict.APPROVE)
    bank.assert_credits(0)


def test_of_two_people_who_decide_at_once_one_is_heard(bank: Bank) -> None:
    with bank.database("admin").write("hostile") as tx:
        key = tx.api_keys.mint()
        tx.api_keys.add(key, Principal(id="person:max", roles=(Role.APPROVER,)), now_ms=1)
    proposal, answer = bank.asked()
    heard = both_at_once(
        lambda: bank.decide(answer, Verdict.APPROVE),
        lambda: bank.decide(answer, Verdict.REJECT, who=key),
    )
    (recorded,) = [one for one in heard if not isinstance(one, Exception)]
    (refused,) = [one for one in heard if isinstance(one, Exception)]
    assert isinstance(refused, Conflict)
    outcome = bank.gate.submit(proposal).decision.outcome
    approved = recorded.decision.verdict is Verdict.APPROVE
    assert outcome == ("allowed" if approved else "denied")
    assert bank.kinds().count("review.decided") == 1
    bank.assert_credits(1 if approved else 0)


# ---------------------------------------------------------------- between approval and resume


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(
            "UPDATE bank_transaction SET status = 'reversed' WHERE id = :t",
            "TRANSACTION_NOT_POSTED",
            id="transaction reversed",
        ),
        pytest.param(
            "UPDATE bank_account SET status = 'frozen' "
            "WHERE id = (SELECT account_id FROM bank_transaction WHERE id = :t)",
            "ACCOUNT_NOT_OPEN",
            id="account frozen",
        ),
        pytest.param(
            "UPDATE bank_customer SET sanctions_hit = (1 = 1) "
            "WHERE id = (SELECT customer_id FROM bank_transaction WHERE id = :t)",
            "",
            id="customer sanctioned",
        ),
    ],
)
def test_an_approval_does_not_outlive_the_record(bank: Bank, change: str, code: str) -> None:
    proposal, answer = bank.asked()
    bank.decide(answer, Verdict.APPROVE)
    bank.sql("admin", change, t=proposal.transaction_id)
    denied = bank.gate.submit(proposal)
    assert isinstance(denied.decision, Denied)
    assert not code or code in codes(denied)
    bank.assert_credits(0)


def test_an_approval_does_not_outlive_policy_or_model(bank: Bank) -> None:
    proposal, answer = bank.asked()
    bank.decide(answer, Verdict.APPROVE)
    for gate in (_gate_with_another_limit(bank), _gate_with_another_model(bank)):
        again = gate.submit(proposal)
        assert isinstance(again.decision, NeedsReview)
        assert "REVIEW_STALE" in codes(again)
        assert again.review_id != answer.review_id
    bank.assert_credits(0)
    # Under what the person saw, their approval still is one.
    assert isinstance(bank.gate.submit(proposal).decision, Allowed)
    bank.assert_credits(1)


def _gate_with_another_limit(bank: Bank) -> GateService:
    policies = bank.settings.data_dir / "other-policies"
    shutil.copytree(bank.settings.policies_dir, policies)
    limits = policies / "parameters" / "dispute" / "data.json"
    content = json.loads(limits.read_text())
    content["limits"]["EUR"]["approver_minor"] += 1
    limits.write_text(json.dumps(content))
    return bank.another_gate(bank.settings.model_copy(update={"policies_dir": policies}))


def _gate_with_another_model(bank: Bank) -> GateService:
    booster = xgboost.Booster()
    booster.load_model(bank.settings.dispute_risk_model)
    booster.set_attr(retrained="yes")
    booster.save_model(bank.settings.dispute_risk_model)
    return bank.another_gate(bank.settings)


# ---------------------------------------------------------------- the service's own login


def test_the_services_login_writes_nothing_that_decides_or_moves_money(bank: Bank) -> None:
    proposal, answer = bank.asked()
    bank.gate.submit(bank.proposal(*bank.open(SMALL)))
    assert bank.run_executor() == 1
    permit = "id, proposal_id, attempt, transaction_id, amount_minor, effect_key, status, body"
    statements = [
        f"INSERT INTO permit ({permit}, issued_at_ms) "
        "SELECT 'pmt_again', proposal_id, 2, transaction_id, amount_minor, 'again', 'issued', "
        "body, issued_at_ms FROM permit",
        "UPDATE permit SET status = 'issued', receipt = NULL",
        "INSERT INTO gate_decision SELECT proposal_id, 9, 'allowed', inputs_digest, inputs, "
        "decision, evaluated_at_ms FROM gate_decision WHERE outcome = 'allowed'",
        "INSERT INTO review_decision (review_id, proposal_id, reviewer, verdict, body, "
        "decided_at_ms) SELECT id, proposal_id, 'person:pia', 'approve', '{}', 1 FROM review",
        "UPDATE review SET status = 'decided'",
        "INSERT INTO journal_entry SELECT 'jrn_more', permit_id, 'more', 1 FROM journal_entry",
        "INSERT INTO journal_posting SELECT entry_id, 1, debit_account_id, credit_account_id, "
        "9999, currency FROM journal_posting",
        "INSERT INTO api_key SELECT 'mine0000', principal_id, roles, salt, secret_hash, disabled, "
        "created_at_ms FROM api_key",
        "UPDATE bank_account SET status = 'open'",
        "UPDATE dispute_case SET opened_by = 'person:nobody'",
        "UPDATE spine_incoming SET body = '{}'",
        "DELETE FROM audit_entry",
    ]
    for statement in statements:
        with pytest.raises(Forbidden):
            bank.sql("service", statement)
    assert isinstance(bank.gate.submit(proposal).decision, NeedsReview)
    assert bank.gate.review(answer.review_id or "").status == "pending"
    bank.assert_credits(1)


@pytest.mark.parametrize("deployment", ["sqlite"], indirect=True)
def test_the_right_to_insert_is_no_right_to_replace(bank: Bank) -> None:
    bank.gate.submit(bank.proposal(*bank.open(SMALL)))
    bank.asked()
    bank.run_executor()
    bank.executor.relay_once()
    granted: dict[RoleName, tuple[str, ...]] = {
        "service": ("audit_entry", "spine_incoming", "dispute_case"),
        "gate": ("audit_entry", "proposal", "gate_decision", "review", "permit"),
        "executor": ("audit_entry", "journal_entry", "journal_posting", "outbox", "spine_event"),
    }
    for role, tables in granted.items():
        for table in tables:
            with pytest.raises(Forbidden):
                bank.sql(role, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
    bank.assert_credits(1)


def test_an_event_stored_under_another_name_carries_no_proposal(bank: Bank) -> None:
    event, case = bank.open(SMALL)
    bank.sql(
        "service",
        "INSERT INTO spine_incoming SELECT 'evt_mine', source, 'mine', digest, body, "
        "received_at_ms FROM spine_incoming",
    )
    with pytest.raises(InvalidInput):
        bank.gate.submit(bank.proposal(event, case, event_id="evt_mine", case_id="case_mine"))
    with pytest.raises(InvalidInput):
        bank.gate.submit(bank.proposal(event, case, event_id="evt_mine"))
    bank.assert_credits(0)
