"""A LangGraph graph as plain vertices and edges, subgraphs inlined, so that its paths can be
walked.

Each node becomes an entry and an exit. Only the inside of a node leads from one to the other, and
the step from a gate's entry to its exit is kept apart: without those steps, what can be reached is
what can be reached ungated. A node's error handler follows its entry, because a gate that failed is
not a gate that was passed.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, NamedTuple

from langgraph._internal._runnable import coerce_to_runnable
from langgraph.constants import END, START
from langgraph.graph.state import CompiledStateGraph, StateGraph
from langgraph.pregel.protocol import PregelProtocol

from sluicegate.integrations.node_source import (
    AnyGraph,
    Jumps,
    annotated_destinations,
    read_runnable,
)

ROLE_KEY: Final = "sluicegate"
JUMPS_KEY: Final = "sluicegate_jumps"
NEVER: Final = "never"
SUBGRAPH_DEPTH_MAX: Final = 8
"""How deep graphs may stand in graphs; a graph that contains itself ends here, with a violation."""
_DEFAULT_HANDLER: Final = "__default_error_handler__"

Builder = StateGraph[
    Any, Any, Any, Any
]  # LangGraph's own parameters: state, context, input, output
Problem = Literal["role", "branch", "goto", "send", "unread", "parent", "subgraph", "cache"]


class NodeRole(StrEnum):
    """What a node does, as its metadata declares under ``sluicegate``."""

    GATE = "gate"
    PROPOSE = "propose"
    EFFECT = "effect"
    STEP = "step"


class Vertex(NamedTuple):
    """A place in the flattened graph: a node's path through its subgraphs, and which side of it."""

    path: tuple[str, ...]
    side: Literal["in", "end", "out"]


class Complaint(NamedTuple):
    """Something about one node or branch that is wrong whatever the paths are."""

    problem: Problem
    at: Vertex
    target: str
    why: str


class NodeView(NamedTuple):
    """What is known of a node before its code is read."""

    runnable: object
    metadata: Mapping[str, Any]
    declared: frozenset[str]
    handler: str | None
    cached: bool


@dataclass(slots=True)
class FlatGraph:
    """Vertices by their edges. `gate_steps` are the edges that a gate guards."""

    edges: dict[Vertex, list[Vertex]] = field(default_factory=lambda: defaultdict(list))
    gate_steps: dict[Vertex, list[Vertex]] = field(default_factory=lambda: defaultdict(list))
    effects: list[Vertex] = field(default_factory=list)
    proposals: list[Vertex] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)

    def walk(self, start: Vertex, *, through_gates: bool) -> dict[Vertex, Vertex | None]:
        """Return every vertex that can be reached, with the one before it on a shortest path."""
        before: dict[Vertex, Vertex | None] = {start: None}
        queue = deque([start])
        while queue:
            here = queue.popleft()
            ahead = [*self.edges.get(here, ())]
            if through_gates:
                ahead += self.gate_steps.get(here, ())
            for there in ahead:
                if there not in before:
                    before[there] = here
                    queue.append(there)
        return before


ROOT: Final = Vertex((), "in")


def path_names(before: Mapping[Vertex, Vertex | None], goal: Vertex) -> tuple[str, ...]:
    """Return the names along a shortest path to a vertex, ``START`` first where it begins there."""
    names: list[str] = []
    here: Vertex | None = goal
    while here is not None:
        name = "/".join(here.path) or START_NAME
        if here.side != "end" and (not names or names[-1] != name):
            names.append(name)
        here = before[here]
    return tuple(reversed(names))


START_NAME: Final = "START"


def flatten(builder: Builder) -> FlatGraph:
    """Return a builder's graph with all its subgraphs inlined."""
    flat = FlatGraph()
    _Level(flat, builder, (), frozenset(), 0).add()
    return flat


def views(builder: Builder) -> Iterator[tuple[str, NodeView]]:
    """Yield a builder's nodes by name, with the error handler that `compile` would add."""
    default = builder._node_defaults.error_handler
    for name, spec in builder.nodes.items():
        handler = spec.error_handler_node
        if handler is None and default is not None and not spec.is_error_handler:
            handler = _DEFAULT_HANDLER
        declared = frozenset(spec.ends or ()) or annotated_destinations(spec.runnable)
        cached = spec.cache_policy is not None or (
            builder._node_defaults.cache_policy is not None and not spec.is_error_handler
        )
        yield name, NodeView(spec.runnable, spec.metadata or {}, declared, handler, cached)
    if default is not None and _DEFAULT_HANDLER not in builder.nodes:
        runnable = coerce_to_runnable(default, name=_DEFAULT_HANDLER, trace=False)  # type: ignore[arg-type]
        yield (
            _DEFAULT_HANDLER,
            NodeView(runnable, {}, annotated_destinations(runnable), None, False),
        )


class _Level:
    """One graph being added: its nodes stand below `prefix`, its jumps to the parent go to
    `parent_targets`.
    """

    def __init__(
        self,
        flat: FlatGraph,
        builder: Builder,
        prefix: tuple[str, ...],
        parent_targets: frozenset[Vertex],
        depth: int,
    ) -> None:
        self.flat, self.builder, self.prefix = flat, builder, prefix
        self.parent_targets, self.depth = parent_targets, depth

    def add(self) -> None:
        for name, view in views(self.builder):
            self._node(name, view)
        for start, end in self.builder._all_edges:
            self.flat.edges[self._exit(start)].append(self._entry(end))
        for source, branches in self.builder.branches.items():
            for label, branch in branches.items():
                self._branch(source, label, branch.path, branch.ends)

    def _entry(self, name: str) -> Vertex:
        return Vertex(self.prefix, "end") if name == END else Vertex((*self.prefix, name), "in")

    def _exit(self, name: str) -> Vertex:
        return Vertex(self.prefix, "in") if name == START else Vertex((*self.prefix, name), "out")

    def _node(self, name: str, view: NodeView) -> None:
        entry, leave = self._entry(name), self._exit(name)
        role = self._role(entry, view.metadata)
        jumps = read_runnable(view.runnable)
        inside = self.flat.gate_steps if role is NodeRole.GATE else self.flat.edges
        if isinstance(view.runnable, PregelProtocol):
            self._subgraph(view.runnable, entry.path, self._targets(view.declared))
            inside[Vertex(entry.path, "end")].append(leave)
        else:
            inside[entry].append(leave)
            self._embedded(jumps, entry, self._targets(view.declared))
        if role is NodeRole.EFFECT:
            self.flat.effects.append(entry)
        if role is NodeRole.PROPOSE:
            self.flat.proposals.append(leave)
        for target in view.declared:
            self.flat.edges[leave].append(self._entry(target))
        self.flat.edges[leave] += self.parent_targets
        if view.handler is not None:
            self.flat.edges[entry].append(self._entry(view.handler))
        if role is NodeRole.GATE and view.cached:
            self._complain("cache", entry, "", "a cached answer is not a decision")
        self._judge(entry, view, jumps)

    def _targets(self, names: Iterable[str]) -> frozenset[Vertex]:
        return frozenset(self._entry(name) for name in names)

    def _role(self, entry: Vertex, metadata: Mapping[str, Any]) -> NodeRole:
        declared = metadata.get(ROLE_KEY, NodeRole.STEP)
        if declared in tuple(NodeRole):
            return NodeRole(declared)
        self._complain("role", entry, str(declared), "no such role")
        return NodeRole.EFFECT  # a misspelt declaration must not read as harmless

    def _embedded(self, jumps: Jumps, at: Vertex, targets: frozenset[Vertex]) -> None:
        """Add graphs that code runs inside itself: in any order, any number of times, or not at
        all.
        """
        for number, graph in enumerate(jumps.subgraphs):
            path = (*at.path, f"{getattr(graph, 'name', None) or 'graph'}#{number}")
            self.flat.edges[at].append(Vertex(path, "in"))
            self.flat.edges[Vertex(path, "end")].append(at)
            self._subgraph(graph, path, targets)

    def _subgraph(self, graph: AnyGraph, path: tuple[str, ...], targets: frozenset[Vertex]) -> None:
        at = Vertex(path, "in")
        if not isinstance(graph, CompiledStateGraph):
            self._complain("subgraph", at, type(graph).__name__, "it is not a compiled StateGraph")
        elif self.depth >= SUBGRAPH_DEPTH_MAX:
            self._complain("subgraph", at, "", f"graphs stand deeper than {SUBGRAPH_DEPTH_MAX}")
        else:
            _Level(self.flat, graph.builder, path, targets, self.depth + 1).add()

    def _branch(
        self, source: str, label: str, path: object, ends: Mapping[Any, str] | None
    ) -> None:
        at = self._exit(source)
        jumps = read_runnable(path, routes=True)
        if not ends:  # LangGraph reads an empty path map as none
            self._complain("branch", at, label, "it has no path map")
            return
        for end in ends.values():
            self.flat.edges[at].append(self._entry(end))
        for target in sorted(jumps.sends - set(ends.values())):
            self._complain("send", at, target, f"the path map of branch {label!r} does not hold it")
        self._embedded(jumps, at, frozenset())

    def _judge(self, at: Vertex, view: NodeView, jumps: Jumps) -> None:
        held = view.declared or view.metadata.get(JUMPS_KEY) == NEVER
        for target in sorted(jumps.targets - view.declared - {END}):
            self._complain("goto", at, target, "its destinations do not hold it")
        for target in sorted(jumps.sends - view.declared):
            self._complain("send", at, target, "its destinations do not hold it")
        for why in jumps.computed if not held else ():
            self._complain("goto", at, "?", why)
        for why in jumps.unread if not held else ():
            self._complain("unread", at, "?", why)
        for why in jumps.to_parent if self.prefix and not self.parent_targets else ():
            self._complain("parent", at, "?", why)

    def _complain(self, problem: Problem, at: Vertex, target: str, why: str) -> None:
        self.flat.complaints.append(Complaint(problem, at, target, why))
