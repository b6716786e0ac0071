"""Graphs for the tests of the graph check, each in one line."""

import operator
from typing import Annotated, Any

from langgraph.constants import END, START
from langgraph.graph import StateGraph
from typing_extensions import TypedDict

from sluicegate.integrations.graph_check import check_graph, declare_effect, declare_gate


class State(TypedDict, total=False):
    seen: Annotated[list[str], operator.add]


Builder = StateGraph[Any, Any, Any, Any]


def step(state: State) -> State:
    return {"seen": ["step"]}


def untyped(state):  # type: ignore[no-untyped-def]
    return {"seen": ["untyped"]}


def route(state: State) -> str:
    return "gate"


def graph(*edges: tuple[str, str], nodes: dict[str, dict[str, str]] | None = None) -> Builder:
    builder: Builder = StateGraph(State)
    roles = {"gate": declare_gate(), "settle": declare_effect()} | (nodes or {})
    for name in dict.fromkeys(end for edge in edges for end in edge):
        if name not in (START, END):
            builder.add_node(name, step, metadata=roles.get(name))
    for start, end in edges:
        builder.add_edge(start, end)
    return builder


def gated_with(node: Any, **kwargs: Any) -> Builder:
    """A sound graph with one more node before the gate."""
    builder = graph((START, "gate"), ("gate", "settle"))
    builder.add_node("extra", node, **kwargs)
    builder.add_edge(START, "extra")
    builder.add_edge("extra", "gate")
    return builder


def kinds(builder: Builder) -> list[str]:
    return [violation.kind for violation in check_graph(builder)]


def paths(builder: Builder) -> list[str]:
    return [" -> ".join(violation.path) for violation in check_graph(builder)]
