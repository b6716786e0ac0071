"""The check says what walking every path by hand says, on graphs of any shape."""

import itertools
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.constants import START
from langgraph.graph import StateGraph
from typing_extensions import TypedDict

from sluicegate.integrations.graph_check import check_graph

NODES_MAX = 6
ROLES = ("gate", "effect", "propose", "step")


class State(TypedDict, total=False):
    word: str


@dataclass(frozen=True)
class Shape:
    """A graph: roles by node, and who leads to whom. Node -1 is START."""

    roles: tuple[str, ...]
    edges: frozenset[tuple[int, int]]
    branches: frozenset[tuple[int, int]]


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    count = draw(st.integers(1, NODES_MAX))
    pairs = st.tuples(st.integers(-1, count - 1), st.integers(0, count - 1))
    return Shape(
        roles=tuple(draw(st.lists(st.sampled_from(ROLES), min_size=count, max_size=count))),
        edges=draw(st.frozensets(pairs, max_size=count * 2)) | {(-1, 0)},
        branches=draw(st.frozensets(pairs, max_size=4)),
    )


def step(state: State) -> State:
    return {"word": "x"}


def build(shape: Shape) -> StateGraph[Any, Any, Any, Any]:
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(State)
    for number, role in enumerate(shape.roles):
        builder.add_node(str(number), step, metadata={"sluicegate": role})
    for start, end in shape.edges:
        builder.add_edge(START if start < 0 else str(start), str(end))
    for number, (start, end) in enumerate(sorted(shape.branches)):
        builder.add_conditional_edges(
            START if start < 0 else str(start), _route(number), {"on": str(end)}
        )
    return builder


def _route(number: int) -> Any:
    def route(state: State) -> str:
        return "on"

    route.__name__ = f"route_{number}"
    return route


def simple_paths(shape: Shape) -> list[tuple[int, ...]]:
    """Every path from START without a repeated node, by plain depth-first search."""
    ahead: dict[int, set[int]] = {}
    for start, end in shape.edges | shape.branches:
        ahead.setdefault(start, set()).add(end)
    found: list[tuple[int, ...]] = []

    def go(path: tuple[int, ...]) -> None:
        found.append(path)
        for node in ahead.get(path[-1], ()):
            if node not in path:
                go((*path, node))

    go((-1,))
    return found


def ungated_by_hand(shape: Shape) -> set[int]:
    return {
        path[-1]
        for path in simple_paths(shape)
        if path[-1] >= 0
        and shape.roles[path[-1]] == "effect"
        and not any(shape.roles[node] == "gate" for node in path[1:-1])
    }


def changed_by_hand(shape: Shape) -> set[tuple[int, int]]:
    """(proposal, effect) pairs with a gateless path between them, the proposal being reachable."""
    pairs: set[tuple[int, int]] = set()
    for origin in {path[-1] for path in simple_paths(shape)}:
        if origin < 0 or shape.roles[origin] != "propose":
            continue
        moved = Shape(
            shape.roles,
            frozenset((-1 if a == origin else a, b) for a, b in shape.edges if a >= 0),
            frozenset((-1 if a == origin else a, b) for a, b in shape.branches if a >= 0),
        )
        pairs |= {(origin, effect) for effect in ungated_by_hand(moved)}
    return pairs


@given(shapes())
@settings(max_examples=300, deadline=None)
def test_the_check_agrees_with_walking_every_path(shape: Shape) -> None:
    found = check_graph(build(shape))
    direct = ungated_by_hand(shape)
    assert {int(item.path[-1]) for item in found if item.kind == "ungated_path"} == direct
    changed = {effect for _, effect in changed_by_hand(shape) if effect not in direct}
    assert {int(item.path[-1]) for item in found if item.kind == "ungated_proposal"} == changed


@given(shapes())
@settings(max_examples=150, deadline=None)
def test_every_path_that_is_named_exists_and_is_ungated(shape: Shape) -> None:
    edges = shape.edges | shape.branches
    for item in check_graph(build(shape)):
        walk = [-1 if name == "START" else int(name) for name in item.path]
        assert walk[0] == -1
        assert all(pair in edges for pair in itertools.pairwise(walk))
        last = max(
            (n for n, x in enumerate(walk) if x >= 0 and shape.roles[x] == "gate"), default=0
        )
        if item.kind == "ungated_path":
            assert last == 0
        else:
            assert any(shape.roles[node] == "propose" for node in walk[last + 1 :])


@given(shapes(), st.data())
@settings(max_examples=150, deadline=None)
def test_a_subgraph_is_checked_as_if_its_nodes_stood_in_the_parent(
    shape: Shape, data: st.DataObject
) -> None:
    whole = data.draw(st.sampled_from(["START", "gate", "step"]))
    outer: StateGraph[Any, Any, Any, Any] = StateGraph(State)
    outer.add_node("sub", build(shape).compile())
    if whole == "START":
        outer.add_edge(START, "sub")
    else:
        outer.add_node("first", step, metadata={"sluicegate": whole})
        outer.add_edge(START, "first")
        outer.add_edge("first", "sub")
    found = {item.path[-1] for item in check_graph(outer) if item.kind == "ungated_path"}
    inner = {f"sub/{node}" for node in ungated_by_hand(shape)}
    assert found == (set() if whole == "gate" else inner)
