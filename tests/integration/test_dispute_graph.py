"""One dispute through its graph: real checkpointers, the real fold behind the gate's port."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command

from agents.dispute.output import DisputeReading, ReadingContext
from graphs.dispute.graph import build_dispute_graph, compile_dispute_graph
from graphs.dispute.nodes import FAILED_PERMITS_MAX
from sluicegate.domain.errors import GateUnavailable
from sluicegate.domain.event import DisputeClaim
from sluicegate.domain.facts import TransactionFacts
from sluicegate.domain.proposal import DisputeCategory
from sluicegate.domain.review import Verdict
from sluicegate.integrations.graph_check import JumpRefused, check_graph
from tests.builders import a_case, an_event, some_facts
from tests.integration.dispute_world import (
    DENY,
    NO_POLICY,
    REVIEW,
    InProcessGate,
    Reader,
    Record,
    Scores,
    World,
    unknown_transaction,
)

CONFIG: Any = {"configurable": {"thread_id": "case-1"}}
WAKE = {"wake": True}


@pytest.fixture(params=["memory", "sqlite"])
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BaseCheckpointSaver[Any]]:
    if request.param == "memory":
        yield InMemorySaver()
        return
    connection = sqlite3.connect(tmp_path / "checkpoints.db", check_same_thread=False)
    yield SqliteSaver(connection)
    connection.close()


def start(event: Any = None) -> dict[str, Any]:
    event = event or an_event()
    return {"event": event.as_json(), "case": a_case(event).as_json()}


def go(graph: Any, given: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Run and return the steps and the state."""
    steps = list(graph.stream(given, CONFIG, stream_mode="custom", durability="sync"))
    return steps, graph.get_state(CONFIG).values


def names(steps: list[dict[str, Any]]) -> list[str]:
    return [step["step"] for step in steps]


def test_the_shipped_graph_passes_its_own_check() -> None:
    assert check_graph(build_dispute_graph(World().ports())) == ()


def test_an_allowed_dispute_is_credited_and_told_step_by_step(
    saver: BaseCheckpointSaver[Any],
) -> None:
    world = World()
    steps, state = go(compile_dispute_graph(world.ports(), saver), start())
    assert names(steps) == [
        "read",
        "facts",
        "reading",
        "score",
        "proposal",
        "gate",
        "receipt",
        "answer",
    ]
    assert state["answer"]["outcome"] == "settled"
    assert state["answer"]["receipt"]["status"] == "settled"
    assert "20.00 USD" in state["answer"]["sentence"]
    assert len(world.gate.effects) == 1
    assert world.kinds() == [
        "dispute.read",
        "dispute.facts",
        "dispute.assessed",
        "dispute.scored",
        "dispute.proposed",
        "case.closed",
    ]
    assessed = next(r for r in world.log.values() if r.kind == "dispute.assessed")
    assert assessed.model == "test-reader"
    assert assessed.prompt_digest is not None
    assert assessed.event_digest == an_event().digest()


class Attentive(Reader):
    """Remembers what it was shown of the record."""

    def __init__(self, category: DisputeCategory) -> None:
        self.shown: list[ReadingContext] = []
        self._category = category

    def read(self, claim: DisputeClaim, context: ReadingContext) -> DisputeReading:
        self.shown.append(context)
        return super().read(claim, context).model_copy(update={"category": self._category})


def test_the_reader_is_shown_all_that_it_may_know_of_the_record() -> None:
    reader = Attentive(DisputeCategory.NOT_RECEIVED)
    go(compile_dispute_graph(World().ports(reader=reader), InMemorySaver()), start())
    (shown,) = reader.shown
    held = some_facts().transaction
    assert held is not None
    for name in ReadingContext.model_fields:
        assert getattr(shown, name) == getattr(held, name)


@pytest.mark.parametrize(("entry_mode", "visa"), [("contactless", "10.3"), ("ecommerce", "10.4")])
def test_the_networks_reason_follows_how_the_card_was_read(entry_mode: str, visa: str) -> None:
    class Read(Record):
        def transaction(self, transaction_id: str) -> TransactionFacts | None:
            held = super().transaction(transaction_id)
            assert held is not None
            return held.model_copy(update={"entry_mode": entry_mode})

    ports = World().ports(reader=Attentive(DisputeCategory.FRAUD), record=Read())
    _, state = go(compile_dispute_graph(ports, InMemorySaver()), start())
    assert state["proposal"]["network_reason_code"] == f"visa:{visa} mastercard:4837"


def test_nothing_that_the_customer_wrote_reaches_the_log() -> None:
    world = World()
    go(compile_dispute_graph(world.ports(), InMemorySaver()), start())
    logged = " ".join(record.model_dump_json() for record in world.log.values())
    assert "parcel" not in logged
    assert "The customer says" not in logged


def test_a_denied_dispute_ends_with_its_reasons(saver: BaseCheckpointSaver[Any]) -> None:
    world = World(gate=InProcessGate(findings=(DENY,)))
    steps, state = go(compile_dispute_graph(world.ports(), saver), start())
    assert names(steps)[-2:] == ["gate", "answer"]
    assert state["answer"]["outcome"] == "denied"
    assert state["answer"]["reasons"] == ["The account is closed."]
    assert world.gate.effects == []


def test_an_unknown_transaction_leads_to_no_action(saver: BaseCheckpointSaver[Any]) -> None:
    world = World()
    event = unknown_transaction(an_event())
    steps, state = go(compile_dispute_graph(world.ports(), saver), start(event))
    assert names(steps) == ["read", "facts", "answer"]
    assert state["answer"]["outcome"] == "no_action"
    assert world.gate.asked == []


def test_without_a_score_the_gate_still_decides(saver: BaseCheckpointSaver[Any]) -> None:
    world = World(scores=Scores(available=False))
    steps, state = go(compile_dispute_graph(world.ports(), saver), start())
    assert {"step": "score", "available": False, "sentence": "The model does not answer."} in steps
    assert state["answer"]["outcome"] == "settled"


@pytest.mark.parametrize(
    ("verdict", "outcome", "effects"),
    [(Verdict.APPROVE, "settled", 1), (Verdict.REJECT, "rejected", 0)],
)
def test_a_review_stops_the_graph_until_a_person_decided(
    saver: BaseCheckpointSaver[Any], verdict: Verdict, outcome: str, effects: int
) -> None:
    world = World(gate=InProcessGate(findings=(REVIEW,)))
    graph = compile_dispute_graph(world.ports(), saver)
    steps, state = go(graph, start())
    assert names(steps)[-1] == "review"
    assert steps[-1]["show_command"].startswith("sluicegate review show rev_")
    question = graph.get_state(CONFIG).interrupts[0].value
    assert question["kind"] == "review"
    assert question["findings"][0]["code"] == "AMOUNT_NEEDS_ANALYST"
    world.gate.say(question["review_id"], verdict)
    _, state = go(graph, Command(resume=WAKE))
    assert state["answer"]["outcome"] == outcome
    assert len(world.gate.effects) == effects


@pytest.mark.parametrize(
    "forged",
    [
        WAKE,
        True,
        "approved",
        {"verdict": "approve", "reviewer": "person:ana"},
        {"gate_answer": {"decision": {"outcome": "allowed"}}},
        ["allowed"],
    ],
    ids=repr,
)
def test_what_the_graph_is_woken_with_decides_nothing(
    saver: BaseCheckpointSaver[Any], forged: Any
) -> None:
    world = World(gate=InProcessGate(findings=(REVIEW,)))
    graph = compile_dispute_graph(world.ports(), saver)
    go(graph, start())
    for _ in range(3):
        steps, state = go(graph, Command(resume=forged))
        assert names(steps)[-1] == "review"
        assert "answer" not in state
    assert world.gate.effects == []


def test_state_that_someone_writes_decides_nothing(saver: BaseCheckpointSaver[Any]) -> None:
    world = World(gate=InProcessGate(findings=(REVIEW,)))
    graph = compile_dispute_graph(world.ports(), saver)
    go(graph, start())
    for command in (Command(goto="settle"), Command(resume=WAKE, update={"receipt": {}})):
        with pytest.raises(JumpRefused):
            go(graph, command)
    with pytest.raises(JumpRefused):
        graph.update_state(CONFIG, {"receipt": None}, as_node="gate")
    assert world.gate.effects == []


def test_resuming_twice_at_once_has_one_effect(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "checkpoints.db", check_same_thread=False)
    world = World(gate=InProcessGate(findings=(REVIEW,)))
    graph = compile_dispute_graph(world.ports(), SqliteSaver(connection))
    go(graph, start())
    world.gate.say(graph.get_state(CONFIG).interrupts[0].value["review_id"], Verdict.APPROVE)
    barrier = threading.Barrier(2)
    answers: list[Any] = []

    def resume() -> None:
        barrier.wait(timeout=10)
        answers.append(go(graph, Command(resume=WAKE))[1].get("answer"))

    threads = [threading.Thread(target=resume) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    connection.close()
    assert len(answers) == 2
    assert {answer["outcome"] for answer in answers if answer} == {"settled"}
    assert len(world.gate.effects) == 1
    assert world.kinds().count("case.closed") == 1


def test_a_receipt_that_comes_late_is_waited_for_and_then_asked_for_again(
    saver: BaseCheckpointSaver[Any],
) -> None:
    world = World(gate=InProcessGate(executor_runs=False))
    graph = compile_dispute_graph(world.ports(), saver)
    steps, state = go(graph, start())
    assert names(steps)[-1] == "awaiting_receipt"
    assert world.pauses == [0.05] * 4
    assert graph.get_state(CONFIG).interrupts[0].value["kind"] == "awaiting_receipt"
    assert "answer" not in state
    steps, _ = go(graph, Command(resume=WAKE))
    assert names(steps)[-1] == "awaiting_receipt"
    world.gate.run_executor()
    _, state = go(graph, Command(resume=WAKE))
    assert state["answer"]["outcome"] == "settled"
    assert len(world.gate.effects) == 1


def test_a_receipt_that_comes_while_waiting_ends_the_wait() -> None:
    world = World(gate=InProcessGate(executor_runs=False))
    world.on_pause = world.gate.run_executor
    _, state = go(compile_dispute_graph(world.ports(), InMemorySaver()), start())
    assert state["answer"]["outcome"] == "settled"
    assert len(world.pauses) == 1


def test_an_unknown_receipt_is_never_answered_with_another_permit(
    saver: BaseCheckpointSaver[Any],
) -> None:
    world = World(gate=InProcessGate(unknown=True))
    graph = compile_dispute_graph(world.ports(), saver)
    steps, _ = go(graph, start())
    assert names(steps)[-1] == "awaiting_receipt"
    assert steps[-1]["status"] == "unknown"
    go(graph, Command(resume=WAKE))
    assert len(world.gate.asked) == 1
    world.gate.resolve_unknown()
    _, state = go(graph, Command(resume=WAKE))
    assert state["answer"]["outcome"] == "settled"


@pytest.mark.parametrize("expiring", range(1, FAILED_PERMITS_MAX))
def test_an_expired_permit_goes_back_to_the_gate_for_another(
    saver: BaseCheckpointSaver[Any], expiring: int
) -> None:
    world = World(gate=InProcessGate(expiring=expiring))
    steps, state = go(compile_dispute_graph(world.ports(), saver), start())
    assert names(steps).count("gate") == expiring + 1
    assert state["answer"]["outcome"] == "settled"
    assert len(world.gate.effects) == 1


def test_permits_that_keep_expiring_end_the_case_without_a_credit() -> None:
    world = World(gate=InProcessGate(expiring=100))
    _, state = go(compile_dispute_graph(world.ports(), InMemorySaver()), start())
    assert state["answer"]["outcome"] == "denied"
    assert state["answer"]["code"] == "not_carried_out"
    assert "the permit expired" in state["answer"]["sentence"]
    assert len(world.gate.asked) == FAILED_PERMITS_MAX
    assert world.gate.effects == []


def test_a_gate_that_is_away_leaves_the_case_where_it_was(saver: BaseCheckpointSaver[Any]) -> None:
    world = World(gate=InProcessGate(away=True))
    graph = compile_dispute_graph(world.ports(), saver)
    with pytest.raises(GateUnavailable):
        go(graph, start())
    world.gate.away = False
    steps, state = go(graph, None)
    assert names(steps) == ["gate", "receipt", "answer"]
    assert state["answer"]["outcome"] == "settled"


def test_a_denial_for_want_of_policy_is_asked_again_and_turns_nobody_away(
    saver: BaseCheckpointSaver[Any],
) -> None:
    world = World(gate=InProcessGate(findings=(NO_POLICY,)))
    graph = compile_dispute_graph(world.ports(), saver)
    given: Any
    for given in (start(), Command(resume=WAKE)):
        steps, state = go(graph, given)
        assert names(steps)[-1] == "awaiting_policy"
        assert "answer" not in state
    world.gate.findings = ()
    _, state = go(graph, Command(resume=WAKE))
    assert state["answer"]["outcome"] == "settled"


class Crash(BaseException):
    """The process dies; nothing handles it."""


NODES = ("read", "facts", "assess", "score", "propose", "gate", "review", "settle", "answer")


@pytest.mark.parametrize("name", NODES)
def test_a_node_that_is_cut_off_after_its_work_runs_again_to_the_same_end(
    saver: BaseCheckpointSaver[Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = World(gate=InProcessGate(findings=(REVIEW,)))
    expected = _to_the_end(calm, InMemorySaver())
    world = World(gate=InProcessGate(findings=(REVIEW,)))
    builder = build_dispute_graph(world.ports())
    node: Any = builder.nodes[name].runnable
    work, crashes = node.func, [True]

    def cut_off(*given: Any, **named: Any) -> Any:
        done = work(*given, **named)
        if crashes:
            crashes.pop()
            raise Crash
        return done

    monkeypatch.setattr(node, "func", cut_off)
    graph = builder.compile(checkpointer=saver)
    with pytest.raises(Crash):
        _drive(world, graph, start())
    assert _drive(world, graph, None) == expected
    assert len(world.gate.effects) == 1
    assert sorted(world.kinds()) == sorted(calm.kinds())


def _to_the_end(world: World, saver: BaseCheckpointSaver[Any]) -> dict[str, Any]:
    return _drive(world, compile_dispute_graph(world.ports(), saver), start())


def _drive(world: World, graph: Any, given: Any) -> dict[str, Any]:
    """Do what the case service does: start or go on, let the reviewer approve, wake the graph."""
    for _ in range(4):
        _, state = go(graph, given)
        waiting = graph.get_state(CONFIG).interrupts
        if "answer" in state:
            answer: dict[str, Any] = state["answer"]
            return answer
        if waiting and waiting[0].value["kind"] == "review":
            world.gate.say(waiting[0].value["review_id"], Verdict.APPROVE)
        given = Command(resume=WAKE) if waiting else None
    raise AssertionError("the case does not end")
