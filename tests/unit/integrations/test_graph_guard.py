"""A compiled gated graph is held to its declared edges while it runs."""

import asyncio
import operator
from typing import Annotated, Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.constants import START
from langgraph.graph import StateGraph
from langgraph.types import Command, Send, interrupt
from typing_extensions import TypedDict

from sluicegate.integrations.graph_check import (
    GatedStateGraph,
    JumpRefused,
    compile_gated,
    declare_effect,
    declare_gate,
    declare_step,
)


class State(TypedDict, total=False):
    seen: Annotated[list[str], operator.add]
    go: Any


def step(state: State) -> State:
    return {"seen": ["step"]}


def settle(state: State) -> State:
    return {"seen": ["settled"]}


def wait(state: State) -> State:
    interrupt("go on?")
    return {"seen": ["waited"]}


def build(node: Any, **kwargs: Any) -> StateGraph[Any, Any, Any, Any]:
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(State)
    builder.add_node("gate", step, metadata=declare_gate())
    builder.add_node("settle", settle, metadata=declare_effect())
    builder.add_node("extra", node, **kwargs)
    builder.add_edge(START, "extra")
    builder.add_edge("extra", "gate")
    builder.add_edge("gate", "settle")
    return builder


def hidden(source: str) -> Any:
    space: dict[str, Any] = {"Command": Command, "Send": Send}
    exec(source, space)
    return space["node"]


@pytest.mark.parametrize(
    "body",
    [
        "Command(goto='settle')",
        "[Command(goto='settle')]",
        "Send('settle', state)",
        "Command(goto=[Send('settle', state)])",
    ],
)
def test_a_node_that_breaks_its_promise_is_stopped_before_the_effect(body: str) -> None:
    node = hidden(f"def node(state):\n    return {body}\n")
    compiled = compile_gated(build(node, metadata=declare_step(jumps=False)))
    with pytest.raises(JumpRefused, match="extra jumped to settle"):
        compiled.invoke({"seen": []})
    with pytest.raises(JumpRefused, match="extra jumped to settle"):
        asyncio.run(compiled.ainvoke({"seen": []}))


def test_a_computed_goto_is_held_to_the_declared_targets() -> None:
    def choose(state: State) -> Command[str]:
        return Command(goto=state["go"])

    compiled = compile_gated(build(choose, destinations=("gate",)))
    assert compiled.invoke({"go": "gate"})["seen"][-1] == "settled"
    with pytest.raises(JumpRefused):
        compiled.invoke({"go": "settle"})


def test_a_computed_send_is_held_to_the_path_map() -> None:
    def fan_out(state: State) -> list[Send]:
        return [Send(state["go"], {"seen": []})]

    builder = build(step)
    builder.add_conditional_edges("extra", fan_out, ["gate"])
    compiled = compile_gated(builder)
    assert "settled" in compiled.invoke({"go": "gate"})["seen"]
    with pytest.raises(JumpRefused):
        compiled.invoke({"go": "settle"})


def test_a_subgraph_is_held_to_its_edges_and_to_the_parents() -> None:
    def up(state: State) -> Command[str]:
        return Command(graph=Command.PARENT, goto=state["go"])

    inner: StateGraph[Any, Any, Any, Any] = StateGraph(State)
    inner.add_node("up", up)
    inner.add_edge(START, "up")
    compiled = compile_gated(build(inner.compile(), destinations=("gate",)))
    assert "settled" in compiled.invoke({"go": "gate"})["seen"]
    with pytest.raises(JumpRefused):
        compiled.invoke({"go": "settle"})


def test_state_cannot_be_written_from_outside() -> None:
    compiled = compile_gated(build(wait), checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    compiled.invoke({"seen": []}, config)
    with pytest.raises(JumpRefused):
        compiled.update_state(config, {"seen": ["forged"]}, as_node="gate")
    with pytest.raises(JumpRefused):
        asyncio.run(compiled.aupdate_state(config, {"seen": ["forged"]}, as_node="gate"))
    for command in (
        Command(goto="settle"),
        Command(update={"seen": ["forged"]}),
        Command(resume=1, goto="settle"),
    ):
        with pytest.raises(JumpRefused):
            compiled.invoke(command, config)
        with pytest.raises(JumpRefused):
            asyncio.run(compiled.ainvoke(command, config))
    assert compiled.invoke(Command(resume="on"), config)["seen"] == ["waited", "step", "settled"]


def test_an_old_checkpoint_cannot_be_resumed() -> None:
    compiled = compile_gated(build(wait), checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    compiled.invoke({"seen": []}, config)
    old = compiled.get_state(config).config
    compiled.invoke(Command(resume=1), config)
    with pytest.raises(JumpRefused):
        compiled.invoke(Command(resume=1), old)
    elsewhere: Any = {"configurable": {"thread_id": "t", "checkpoint_ns": "gate"}}
    with pytest.raises(JumpRefused):
        compiled.invoke(None, elsewhere)


def test_a_gated_graph_runs_as_a_node_of_another_with_its_own_interrupt() -> None:
    inner = compile_gated(build(wait))
    outer: StateGraph[Any, Any, Any, Any] = StateGraph(State)
    outer.add_node("inner", inner)
    outer.add_edge(START, "inner")
    compiled = compile_gated(outer, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    assert compiled.invoke({"seen": []}, config)["__interrupt__"]
    assert compiled.invoke(Command(resume=1), config)["seen"] == ["waited", "step", "settled"]


def test_the_guard_survives_copying() -> None:
    compiled = compile_gated(build(step)).with_config({"tags": ["x"]})
    assert isinstance(compiled, GatedStateGraph)
    with pytest.raises(JumpRefused):
        compiled.invoke(Command(goto="settle"))
