"""Subgraphs and error handlers are part of the paths."""

from typing import Any, Literal

import pytest
from langgraph.constants import END, START
from langgraph.graph import StateGraph
from langgraph.types import CachePolicy, Command

from sluicegate.integrations.graph_check import (
    check_graph,
    declare_effect,
    declare_gate,
)
from tests.unit.integrations.graph_shapes import (
    Builder,
    State,
    gated_with,
    graph,
    kinds,
    paths,
    step,
)


def subgraph(*edges: tuple[str, str], **nodes: dict[str, str]) -> Any:
    return graph(*edges, nodes=nodes).compile()


def test_an_effect_inside_a_subgraph_counts() -> None:
    inner = subgraph((START, "settle"))
    builder: Builder = StateGraph(State)
    builder.add_node("gate", step, metadata=declare_gate())
    builder.add_node("sub", inner)
    builder.add_edge(START, "gate")
    builder.add_edge("gate", "sub")
    assert check_graph(builder) == ()
    builder.add_edge(START, "sub")
    assert paths(builder) == ["START -> sub -> sub/settle"]


def test_a_gate_inside_a_subgraph_guards_what_comes_after_it() -> None:
    builder = graph(("settle", END))
    builder.add_node("sub", subgraph((START, "gate"), ("gate", END)))
    builder.add_edge(START, "sub")
    builder.add_edge("sub", "settle")
    assert check_graph(builder) == ()
    builder = graph(("settle", END))
    builder.add_node("sub", subgraph((START, "gate"), (START, "a"), ("gate", END), ("a", END)))
    builder.add_edge(START, "sub")
    builder.add_edge("sub", "settle")
    assert paths(builder) == ["START -> sub -> sub/a -> sub -> settle"]


def test_a_subgraph_that_a_function_runs_counts() -> None:
    inner = subgraph((START, "settle"))

    def hidden(state: State) -> State:
        inner.invoke(state)
        return {"seen": []}

    found = check_graph(gated_with(hidden))
    assert [violation.kind for violation in found] == ["ungated_path"]
    assert found[0].path[-1].endswith("/settle")


@pytest.mark.parametrize("how", ["helper", "table", "method"])
def test_a_subgraph_that_is_run_out_of_sight_counts(how: str) -> None:
    inner = subgraph((START, "settle"))
    table = {"inner": inner}

    class Runner:
        def __init__(self) -> None:
            self.graph = inner

        def method(self, state: State) -> State:
            self._run(state)
            return {"seen": []}

        def _run(self, state: State) -> None:
            self.graph.invoke(state)

    def run(state: State) -> None:
        inner.invoke(state)

    def helper(state: State) -> State:
        run(state)
        return {"seen": []}

    def from_table(state: State) -> State:
        table["inner"].invoke(state)
        return {"seen": []}

    node = {"helper": helper, "table": from_table, "method": Runner().method}[how]
    assert kinds(gated_with(node)) == ["ungated_path"]


def test_a_gate_that_is_answered_from_a_cache_is_refused() -> None:
    builder: Builder = StateGraph(State)
    builder.add_node("gate", step, metadata=declare_gate(), cache_policy=CachePolicy())
    builder.add_node("settle", step, metadata=declare_effect())
    builder.add_edge(START, "gate")
    builder.add_edge("gate", "settle")
    assert kinds(builder) == ["cached_gate"]


def test_a_subgraph_that_jumps_to_its_parent_needs_declared_targets() -> None:
    def up(state: State) -> Command[str]:
        return Command(graph=Command.PARENT, goto="settle")

    inner_builder: Builder = StateGraph(State)
    inner_builder.add_node("up", up)
    inner_builder.add_edge(START, "up")
    builder = graph((START, "gate"), ("gate", "settle"))
    builder.add_node("sub", inner_builder.compile())
    builder.add_edge(START, "sub")
    assert kinds(builder) == ["undeclared_parent_jump"]
    declared = graph((START, "gate"), ("gate", "settle"))
    declared.add_node("sub", inner_builder.compile(), destinations=("settle",))
    declared.add_edge(START, "sub")
    assert "ungated_path" in kinds(declared)


def test_the_error_handler_of_a_gate_has_not_passed_it() -> None:
    def recover(state: State) -> Command[Literal["settle"]]:
        return Command(goto="settle")

    builder: Builder = StateGraph(State)
    builder.add_node("gate", step, metadata=declare_gate(), error_handler=recover)
    builder.add_node("settle", step, metadata=declare_effect())
    builder.add_edge(START, "gate")
    builder.add_edge("gate", "settle")
    assert paths(builder) == ["START -> gate -> __error_handler__gate -> settle"]


def test_a_default_error_handler_counts() -> None:
    def recover(state: State) -> Command[Literal["settle"]]:
        return Command(goto="settle")

    builder = graph((START, "gate"), ("gate", "settle"))
    builder.set_node_defaults(error_handler=recover)
    assert paths(builder) == ["START -> gate -> __default_error_handler__ -> settle"]


def test_an_undeclared_node_that_nothing_leads_to_is_still_refused() -> None:
    builder = graph((START, "gate"), ("gate", "settle"))
    builder.add_node("lonely", lambda state: Command(goto="settle"))
    assert kinds(builder) == ["undeclared_goto"]
