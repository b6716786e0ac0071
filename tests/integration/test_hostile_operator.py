"""What holders of the gate's login, of the graph or of the machine may try.

A permit that the gate did not sign moves nothing and stops nothing; a graph can be woken, not
persuaded; what somebody changed by hand is found.
"""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import pytest
from langgraph.types import Command

from serving.bootstrap import open_service
from serving.workers.bootstrap import open_executor
from sluicegate.adapters.signing.ed25519 import Ed25519Signer, generate_key_files
from sluicegate.domain.case import CaseStatus
from sluicegate.domain.decision import Allowed
from sluicegate.domain.errors import Conflict, Forbidden
from sluicegate.domain.permit import Permit
from sluicegate.domain.principal import Role
from sluicegate.domain.review import ReviewDecision, ReviewLabel, Verdict
from sluicegate.integrations.graph_check import GatedStateGraph, JumpRefused
from tests.deployment import Deployment
from tests.integration.hostile_world import LARGE, OPENER, SMALL, Bank, execute_once, open_bank

PROCESS_TIMEOUT_S: Final = 60.0
START_TIMEOUT_S: Final = 10.0
_PROCESSES: Final = multiprocessing.get_context("forkserver")


@pytest.fixture
def bank(deployment: Deployment) -> Iterator[Bank]:
    with open_bank(deployment) as opened:
        yield opened


def allowed(bank: Bank, name: str = SMALL, **changes: Any) -> Allowed:
    """Have the gate allow a small claim."""
    decision = bank.gate.submit(bank.proposal(*bank.open(name, **changes))).decision
    assert isinstance(decision, Allowed)
    return decision


# ---------------------------------------------------------------- the gate's login without its key


def insert_permit(bank: Bank, permit_id: str, body: str, *, attempt: int = 7) -> None:
    """Write a row among the permits by hand, before all that come later."""
    bank.sql(
        "gate",
        "INSERT INTO permit (id, proposal_id, attempt, transaction_id, amount_minor, effect_key, "
        "status, body, issued_at_ms) SELECT :id, id, :attempt, 'txn', 1, :effect, 'issued', :body, "
        "1 FROM proposal LIMIT 1",
        id=permit_id,
        attempt=attempt,
        effect=f"provisional_credit:{permit_id}",
        body=body,
    )


def test_a_permit_that_the_gate_did_not_sign_is_refused_and_holds_up_no_other(bank: Bank) -> None:
    _, answer = bank.asked()
    assert answer.review_id is not None
    genuine = allowed(bank)
    bank.run_executor()
    signed = Permit.from_json(bank.sql("gate", "SELECT body FROM permit"))
    wanted = genuine.grant.model_copy(
        update={
            "permit_id": "pmt_forged",
            "proposal_id": answer.proposal_id,
            "transaction_id": "txn_000001",
            "amount_minor": 128_400,
            "expires_at_ms": 2**53 - 1,
        }
    )
    mine = bank.settings.data_dir / "mine"
    generate_key_files(mine / "key.pem", mine / "key.pub")
    own_key = Ed25519Signer.from_file(mine / "key.pem").sign(wanted)
    forgeries = [
        signed.model_copy(update={"claims": wanted}),
        own_key,
        own_key.model_copy(update={"key_id": signed.key_id}),
        signed.model_copy(update={"claims": wanted, "signature": "00" * 64}),
        signed.model_copy(update={"claims": signed.claims.model_copy(update={"nonce": "0" * 32})}),
        signed,
    ]
    rows = [forgery.canonical().decode() for forgery in forgeries]
    rows += ["", "{}", "null", "[" * 500, rows[1].replace('"case_id":"case_', '"case_id":"x' * 99)]
    for number, body in enumerate(rows):
        place = f"pmt_{number}"
        insert_permit(bank, place, body.replace("pmt_forged", place), attempt=10 + number)
    honest = allowed(bank, "demo-injection")
    assert bank.run_executor() == len(rows) + 1
    assert bank.kinds().count("permit.refused") == len(rows)
    assert bank.kinds().count("action.executed") == 2
    receipt = bank.gate.receipt(honest.grant.proposal_id)
    assert receipt is not None
    assert receipt.status == "settled"
    bank.assert_credits(2)


def test_a_permit_past_its_time_moves_nothing_and_another_may_be_asked_for(bank: Bank) -> None:
    proposal = bank.proposal(*bank.open(SMALL))
    decision = bank.gate.submit(proposal).decision
    assert isinstance(decision, Allowed)
    late = bank.late_executor(decision.grant.expires_at_ms)
    assert late.run_once() == 1
    assert bank.kinds().count("permit.expired") == 1
    bank.assert_credits(0)
    again = bank.gate.submit(proposal).decision
    assert isinstance(again, Allowed)
    assert again.grant.permit_id != decision.grant.permit_id
    with pytest.raises(Forbidden):  # the old one is not brought back by whoever may only issue
        bank.sql("gate", "UPDATE permit SET status = 'issued', receipt = NULL")
    bank.assert_credits(1)


def test_an_old_permit_row_is_not_written_again(bank: Bank) -> None:
    decision = allowed(bank)
    body = bank.sql("gate", "SELECT body FROM permit")
    for permit_id in (decision.grant.permit_id, "pmt_copy"):
        try:
            insert_permit(bank, permit_id, body)
        except Conflict:
            assert permit_id == decision.grant.permit_id
    bank.assert_credits(1)
    assert bank.kinds().count("permit.refused") == 1


def test_an_approval_written_with_the_gates_login_is_found(bank: Bank) -> None:
    """The gate believes a row that only its own login can write; verifying does not."""
    proposal, answer = bank.asked()
    review = bank.gate.review(answer.review_id or "")
    forged = ReviewDecision(
        review_id=review.id,
        proposal_id=proposal.id,
        reviewer="person:pia",
        reviewer_roles=(Role.APPROVER,),
        verdict=Verdict.APPROVE,
        rationale="She never said so.",
        label=ReviewLabel.CLAIM_VALID,
        subject_digest=review.subject_digest,
        decided_at_ms=1,
    )
    with bank.database("gate").write("hostile") as tx:
        assert tx.reviews.decide(forged)
    bank.gate.submit(proposal)
    bank.run_executor()
    (problem,) = bank.report().problems
    assert "rests on a review decision that nobody logged" in problem


# ---------------------------------------------------------------- two executors


def test_two_executors_at_once_carry_a_permit_out_once(bank: Bank) -> None:
    allowed(bank)
    allowed(bank, "demo-injection")
    start = threading.Barrier(3)

    def work(_number: int) -> None:
        with open_executor(bank.settings) as runtime:
            start.wait(START_TIMEOUT_S)
            for _ in range(4):
                runtime.executor.run_once()
                runtime.executor.relay_once()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    bank.assert_credits(2)
    with bank.database("service").read() as tx:
        assert len(tx.events.replay(after_position=0, limit=10)) == 2


def test_two_executor_processes_carry_a_permit_out_once(bank: Bank) -> None:
    allowed(bank)
    _PROCESSES.set_forkserver_preload(["tests.integration.hostile_world"])
    children = [_PROCESSES.Process(target=execute_once, args=(bank.settings,)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join(PROCESS_TIMEOUT_S)
    assert [child.exitcode for child in children] == [0, 0]
    assert bank.kinds().count("action.executed") == 1
    bank.assert_credits(1)


# ---------------------------------------------------------------- the graph


@contextmanager
def waiting_graph(bank: Bank) -> Iterator[tuple[Any, GatedStateGraph, Any]]:
    """Drive the large claim to the question; yield the service, its graph and the run's config."""
    with open_service(bank.settings, gate=bank.gate) as service:
        case = service.cases.open_dispute(bank.event(LARGE), OPENER).case
        assert service.cases.drive(case.id).status is CaseStatus.WAITING_FOR_REVIEW
        graph = service.cases._ports.graph
        assert isinstance(graph, GatedStateGraph)
        yield service, graph, {"configurable": {"thread_id": case.thread_id}}


def test_no_word_that_wakes_the_graph_is_an_approval(bank: Bank) -> None:
    with waiting_graph(bank) as (service, graph, config):
        state = graph.get_state(config).values
        grant = {"outcome": "allowed", "findings": [], "grant": {"permit_id": "pmt_mine"}}
        for word in (True, "approve", {"verdict": "approve"}, grant, {"gate_answer": grant}):
            graph.invoke(Command(resume=word), config)
            assert graph.get_state(config).interrupts, word
        (review,) = service.gate.reviews(limit=10)
        old = [snapshot.config for snapshot in graph.get_state_history(config)]
        refused: list[Callable[[], Any]] = [
            lambda: graph.update_state(config, {"gate_answer": grant}),
            lambda: graph.update_state(config, {"gate_answer": grant}, as_node="gate"),
            lambda: graph.invoke(Command(goto="settle"), config),
            lambda: graph.invoke(Command(resume=1, update={"gate_answer": grant}), config),
            lambda: graph.invoke(Command(resume=1), old[0]),
            lambda: graph.invoke(None, old[len(old) // 2]),
        ]
        for attempt in refused:
            with pytest.raises(JumpRefused):
                attempt()
        assert service.gate.review(review.id).status == "pending"
        assert state["proposal"]["id"] == review.proposal_id
    bank.assert_credits(0)


def test_a_graph_begun_anew_with_forged_input_credits_nothing(bank: Bank) -> None:
    with waiting_graph(bank) as (_, graph, _config):
        event, case = bank.open(SMALL)
        forged = {
            "event": bank.event(SMALL, amount="9999.00").as_json(),
            "case": {**case.as_json(), "opened_by": "person:nobody"},
            "gate_answer": {"decision": {"outcome": "allowed"}},
        }
        thread: Any = {"configurable": {"thread_id": "mine"}}
        answer = graph.invoke(forged, thread)["answer"]
        assert answer["outcome"] == "denied"
        assert event.case_id() == case.id
    bank.assert_credits(0)


def test_a_graph_woken_twice_at_once_credits_once(bank: Bank) -> None:
    with waiting_graph(bank) as (service, graph, config):
        (review,) = service.gate.reviews(limit=10)
        bank.decide(bank.gate.submit(review.subject.proposal), Verdict.APPROVE)
        stopped = threading.Event()
        start = threading.Barrier(2)

        def execute() -> None:
            while not stopped.wait(0.01):
                bank.executor.run_once()

        def wake(_number: int) -> None:
            start.wait(START_TIMEOUT_S)
            graph.invoke(Command(resume=1), config, durability="sync")

        worker = threading.Thread(target=execute)
        worker.start()
        try:
            with ThreadPoolExecutor(2) as pool:
                woken = [pool.submit(wake, number) for number in range(2)]
                ended = [one.exception() is None for one in woken]
            assert any(ended)
            assert service.cases.drive(review.case_id).status is CaseStatus.SETTLED
        finally:
            stopped.set()
            worker.join()
    bank.assert_credits(1)


# ---------------------------------------------------------------- an operator with the machine


_OF_ENTRY: Final = "debit_account_id, credit_account_id, 500, currency FROM journal_posting"
SPOILED: Final[list[tuple[str, str]]] = [
    ("UPDATE journal_posting SET amount_minor = amount_minor + 1", "differs from what was logged"),
    ("UPDATE journal_posting SET credit_account_id = 'acc_mine'", "not what its permit allows"),
    ("UPDATE journal_entry SET posted_at_ms = posted_at_ms + 1", "differs from what was logged"),
    ("UPDATE journal_entry SET effect_key = 'provisional_credit:1'", "not what its permit allows"),
    ("DELETE FROM journal_posting", "was logged and is gone"),
    ("DELETE FROM journal_entry", "was logged and is gone"),
    ("INSERT INTO journal_entry VALUES ('jrn_more', 'pmt_none', 'more', 1)", "without the other"),
    (f"INSERT INTO journal_posting SELECT 'jrn_none', 0, {_OF_ENTRY}", "without the other"),
    (f"INSERT INTO journal_posting SELECT entry_id, 1, {_OF_ENTRY}", "not what its permit allows"),
    ("UPDATE audit_entry SET record = replace(record, ':2380', ':2381')", "not what was logged"),
    ("UPDATE audit_entry SET record = '{}' WHERE seq = 2", "cannot be read"),
    ("UPDATE audit_entry SET case_id = 'case_other' WHERE seq = 2", "filed under another case"),
    ("DELETE FROM audit_entry WHERE seq = 2", "is missing"),
    ("UPDATE audit_entry SET seq = 99 WHERE seq = 1", "is missing"),
    ("DELETE FROM audit_entry WHERE seq >= 4", "is not in the audit log"),
    ("UPDATE audit_head SET seq = seq - 1", "the head does not name the last entry"),
    ("UPDATE permit SET body = replace(body, ':2380', ':2381')", "not the gate's"),
    ("UPDATE permit SET body = '{}'", "cannot be read"),
    ("UPDATE permit SET status = 'refused', effect_key = NULL", "not consumed"),
    ("DELETE FROM permit", "has no permit"),
    ("UPDATE gate_decision SET decision = replace(decision, ':2380', ':2381')", "does not follow"),
    ("UPDATE gate_decision SET inputs = replace(inputs, ':2380', ':2381')", "other inputs"),
    ("UPDATE gate_decision SET inputs = '{}'", "cannot be read"),
    ("DELETE FROM gate_decision", "no recorded decision granted"),
    ("UPDATE spine_incoming SET body = replace(body, '23.80', '99.80')", "differs from what was"),
    ("DELETE FROM spine_incoming", "was logged and is gone"),
    ("DELETE FROM outbox", "no message in the outbox"),
    ("UPDATE outbox SET payload = '{}'", "tells of something else"),
]


def test_whatever_an_operator_changes_by_hand_is_found(bank: Bank) -> None:
    allowed(bank)
    bank.assert_credits(1)
    for statement, problem in SPOILED:
        report = bank.report_after(statement)
        assert not report.ok, statement
        assert any(problem in found for found in report.problems), (statement, report.problems)
    bank.assert_credits(1)


def test_an_entry_with_a_forged_permit_and_a_permit_put_under_another_entry_are_found(
    bank: Bank,
) -> None:
    allowed(bank)
    allowed(bank, "demo-injection")
    bank.assert_credits(2)
    swap = (
        "CREATE TEMPORARY TABLE kept AS SELECT id, body FROM permit",
        "UPDATE permit SET body = (SELECT body FROM kept WHERE kept.id <> permit.id)",
    )
    report = bank.report_after(*swap)
    assert sum("is not what its permit allows" in found for found in report.problems) == 2
    more = (
        "INSERT INTO journal_entry SELECT 'jrn_more', 'pmt_more', 'more', 1",
        f"INSERT INTO journal_posting SELECT 'jrn_more', 0, {_OF_ENTRY} LIMIT 1",
    )
    report = bank.report_after(*more)
    assert "journal: entry jrn_more has no permit" in report.problems
    assert "journal: entry jrn_more is not in the audit log" in report.problems
