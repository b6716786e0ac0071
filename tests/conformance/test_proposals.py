"""The proposal store: handed in once, each decision recorded once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sluicegate.domain.errors import Conflict, NotFound, UnknownRecord
from sluicegate.domain.gate_inputs import GateInputs
from sluicegate.gate.fold import decide
from sluicegate.ports.proposals import DecisionRecord
from tests.builders import NOW_MS, a_proposal, a_score, gate_inputs
from tests.conformance.stored import inputs_for_review, store_proposal
from tests.databases import FreshDatabase


def record_of(inputs: GateInputs, seq: int) -> DecisionRecord:
    return DecisionRecord(
        proposal_id=inputs.proposal.id,
        seq=seq,
        inputs=inputs,
        inputs_digest=inputs.digest(),
        decision=decide(inputs),
    )


def test_a_proposal_comes_back_as_it_was_and_a_repeat_changes_nothing(
    sql_database: FreshDatabase,
) -> None:
    database = sql_database.open("gate")
    proposal = a_proposal()
    with database.write("t") as tx:
        assert tx.proposals.submit(proposal, now_ms=NOW_MS)
        assert not tx.proposals.submit(proposal, now_ms=NOW_MS + 1)
        with pytest.raises(Conflict):
            tx.proposals.submit(a_proposal(amount_minor=1), now_ms=NOW_MS)
    with database.read() as tx:
        assert tx.proposals.get(proposal.id) == proposal
        assert tx.proposals.of_case(proposal.case_id) == (proposal,)
        with pytest.raises(NotFound):
            tx.proposals.get("prop_none")


def test_decisions_come_back_in_order_with_the_same_bytes(sql_database: FreshDatabase) -> None:
    database = sql_database.open("gate")
    proposal = a_proposal()
    review = record_of(inputs_for_review(proposal, score=None), 1)
    allowed = record_of(gate_inputs(proposal=proposal, score=a_score()), 2)
    with database.write("t") as tx:
        tx.proposals.submit(proposal, now_ms=NOW_MS)
        tx.proposals.record_decision(allowed)
        tx.proposals.record_decision(review)
    with database.read() as tx:
        assert tx.proposals.decisions(proposal.id) == (review, allowed)
        for record in tx.proposals.decisions(proposal.id):
            assert record.inputs.digest() == record.inputs_digest


def test_a_taken_seq_is_a_conflict(sql_database: FreshDatabase) -> None:
    with sql_database.open("gate").write("t") as tx:
        proposal = a_proposal()
        tx.proposals.submit(proposal, now_ms=NOW_MS)
        tx.proposals.record_decision(record_of(gate_inputs(proposal=proposal), 1))
        with pytest.raises(Conflict):
            tx.proposals.record_decision(record_of(inputs_for_review(proposal), 1))


def test_a_decision_needs_its_proposal(sql_database: FreshDatabase) -> None:
    database = sql_database.open("gate")
    with pytest.raises(UnknownRecord), database.write("t") as tx:
        tx.proposals.record_decision(record_of(gate_inputs(), 1))


def test_of_two_evaluations_at_once_one_is_recorded(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        proposal = store_proposal(tx)
    database = sql_database.open("gate")

    def record(number: int) -> bool:
        inputs = gate_inputs(proposal=proposal, nonce=f"{number:032x}")
        try:
            with database.write("t") as tx:
                tx.proposals.record_decision(record_of(inputs, 1))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(record, range(6))) == 1
