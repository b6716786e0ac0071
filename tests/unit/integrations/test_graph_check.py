"""The static check refuses every path around the gate, and lets gated graphs through."""

from typing import Literal

import pytest
from langgraph.constants import START
from langgraph.types import Send

from sluicegate.integrations.graph_check import (
    GraphViolation,
    UngatedPath,
    check_graph,
    compile_gated,
    declare_effect,
    declare_propose,
)
from tests.unit.integrations.graph_shapes import (
    State,
    graph,
    kinds,
    paths,
    route,
    step,
)


def test_a_graph_whose_every_path_passes_the_gate_compiles_and_runs() -> None:
    compiled = compile_gated(graph((START, "a"), ("a", "gate"), ("gate", "settle")))
    assert compiled.invoke({"seen": []}) == {"seen": ["step"] * 3}


def test_a_path_around_the_gate_is_refused_and_named_whole() -> None:
    builder = graph(
        (START, "a"), ("a", "gate"), ("gate", "settle"), ("a", "b"), ("b", "c"), ("c", "settle")
    )
    with pytest.raises(UngatedPath, match="START -> a -> b -> c -> settle") as caught:
        compile_gated(builder)
    assert caught.value.violations == (
        GraphViolation(kind="ungated_path", path=("START", "a", "b", "c", "settle")),
    )
    assert caught.value.next_step
    assert not builder.compiled


def test_an_effect_right_after_the_start_is_refused() -> None:
    assert paths(graph((START, "settle"))) == ["START -> settle"]


def test_a_compiled_graph_is_checked_like_its_builder() -> None:
    assert check_graph(graph((START, "settle")).compile())[0].kind == "ungated_path"


def test_a_cycle_that_leaves_the_gate_alone_changes_nothing() -> None:
    builder = graph((START, "a"), ("a", "b"), ("b", "a"), ("b", "gate"), ("gate", "settle"))
    assert check_graph(builder) == ()


def test_going_back_to_a_step_after_the_gate_is_allowed_and_to_a_proposal_is_not() -> None:
    edges = ((START, "p"), ("p", "gate"), ("gate", "edit"), ("edit", "settle"))
    assert check_graph(graph(*edges)) == ()
    edited = graph(*edges, nodes={"edit": declare_propose()})
    assert kinds(edited) == ["ungated_proposal"]
    assert paths(edited) == ["START -> p -> gate -> edit -> settle"]


def test_a_proposal_that_goes_back_through_the_gate_is_allowed() -> None:
    builder = graph(
        (START, "p"),
        ("p", "gate"),
        ("gate", "p"),
        ("gate", "settle"),
        nodes={"p": declare_propose()},
    )
    assert check_graph(builder) == ()


def test_waiting_for_the_gate_beside_another_branch_is_no_excuse() -> None:
    builder = graph((START, "gate"), (START, "other"))
    builder.add_node("settle", step, metadata=declare_effect(), defer=True)
    builder.add_edge(["gate", "other"], "settle")
    assert paths(builder) == ["START -> other -> settle"]


def test_a_deferred_effect_needs_the_gate_too() -> None:
    builder = graph((START, "gate"), (START, "a"))
    builder.add_node("settle", step, metadata=declare_effect(), defer=True)
    builder.add_edge("gate", "settle")
    assert check_graph(builder) == ()
    builder.add_edge("a", "settle")
    assert paths(builder) == ["START -> a -> settle"]


def test_a_conditional_edge_needs_a_path_map() -> None:
    builder = graph((START, "a"), ("gate", "settle"))
    builder.add_conditional_edges("a", route)
    assert kinds(builder) == ["undeclared_branch"]
    assert paths(builder) == ["START -> a -> ?"]


def test_an_empty_path_map_is_none() -> None:
    builder = graph((START, "a"), ("gate", "settle"))
    builder.add_conditional_edges("a", route, {})
    assert kinds(builder) == ["undeclared_branch"]


def test_a_path_map_and_a_literal_annotation_are_both_declarations() -> None:
    def literal(state: State) -> Literal["gate", "settle"]:
        return "gate"

    builder = graph((START, "a"), ("gate", "settle"))
    builder.add_conditional_edges("a", route, ["gate"])
    assert check_graph(builder) == ()
    builder.add_conditional_edges("a", literal)
    assert paths(builder) == ["START -> a -> settle"]


def test_a_conditional_entry_point_is_a_path() -> None:
    builder = graph(("gate", "settle"))
    builder.set_conditional_entry_point(route, {"x": "gate", "y": "settle"})
    assert paths(builder) == ["START -> settle"]


def test_a_conditional_entry_point_without_a_path_map_is_refused() -> None:
    builder = graph(("gate", "settle"))
    builder.set_conditional_entry_point(route)
    assert paths(builder) == ["START -> ?"]


def test_a_send_in_a_branch_must_stay_in_the_path_map() -> None:
    def fan_out(state: State) -> list[Send]:
        return [Send("settle", item) for item in state["seen"]]

    builder = graph((START, "a"), ("gate", "settle"))
    builder.add_conditional_edges("a", fan_out, ["gate"])
    assert kinds(builder) == ["undeclared_send"]
    assert paths(builder) == ["START -> a -> settle"]


def test_a_send_within_the_path_map_is_an_edge() -> None:
    def fan_out(state: State) -> list[Send]:
        return [Send("gate", item) for item in state["seen"]]

    builder = graph((START, "a"), ("gate", "settle"))
    builder.add_conditional_edges("a", fan_out, ["gate"])
    assert check_graph(builder) == ()


def test_a_misspelt_role_is_refused() -> None:
    builder = graph((START, "gate"), ("gate", "s"), nodes={"s": {"sluicegate": "efect"}})
    assert kinds(builder) == ["unknown_role"]
