from typing import Any

import pytest
from langgraph.constants import END, START
from langgraph.graph import StateGraph
from typing_extensions import TypedDict

from sluicegate.domain.errors import InvalidInput
from sluicegate.integrations.graph_check import compile_gated, declare_effect
from sluicegate.integrations.langgraph_node import add_gate
from tests.builders import a_proposal
from tests.integration.dispute_world import DENY, REVIEW, InProcessGate


class State(TypedDict, total=False):
    proposal: dict[str, Any]
    gate_answer: dict[str, Any]
    end: str


def settle(state: State) -> State:
    return {"end": "settled"}


def wait(state: State) -> State:
    return {"end": "waiting"}


def build(gate: InProcessGate) -> Any:
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(State)
    builder.add_node("settle", settle, metadata=declare_effect())
    builder.add_node("wait", wait)
    add_gate(builder, gate, allowed="settle", needs_review="wait", denied=END)
    builder.add_edge(START, "gate")
    return compile_gated(builder)


@pytest.mark.parametrize(
    ("findings", "end"), [((), "settled"), ((REVIEW,), "waiting"), ((DENY,), None)]
)
def test_a_gate_node_in_anyones_graph_routes_by_the_decision(findings: Any, end: Any) -> None:
    compiled = build(InProcessGate(findings=findings))
    state = compiled.invoke({"proposal": a_proposal().as_json()})
    assert state.get("end") == end
    assert state["gate_answer"]["proposal_id"] == a_proposal().id


@pytest.mark.parametrize("proposal", [None, {}, "text", {"id": "prop_x"}])
def test_a_state_without_a_proposal_is_refused(proposal: Any) -> None:
    gate = InProcessGate()
    with pytest.raises(InvalidInput, match="no valid proposal"):
        build(gate).invoke({"proposal": proposal})
    assert gate.asked == []
