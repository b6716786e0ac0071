"""The static check of LangGraph graphs: no way to an effect around the gate.

Nodes say what they do in their metadata::

    builder.add_node("settle", settle, metadata=declare_effect())

Then

* every path from START to an effect passes a gate, and
* every path from a node that makes or changes a proposal to an effect passes a gate again;
* every jump is declared: a path map on conditional edges, ``destinations`` or
  ``Command[Literal[…]]`` on nodes.

Graphs inside graphs are checked as part of the whole. What cannot be read does not pass.
`compile_gated` refuses a graph that breaks this, and holds the compiled one to it at run time.
"""

from typing import Any, Final, Literal

from langgraph.graph.state import CompiledStateGraph

from sluicegate.domain.errors import SluicegateError
from sluicegate.domain.value import Value
from sluicegate.integrations.graph_guard import GatedStateGraph, JumpRefused, hold_to_edges
from sluicegate.integrations.graph_paths import (
    JUMPS_KEY,
    NEVER,
    ROLE_KEY,
    ROOT,
    Builder,
    Complaint,
    FlatGraph,
    NodeRole,
    flatten,
    path_names,
)

__all__ = [
    "GatedStateGraph",
    "GraphViolation",
    "JumpRefused",
    "NodeRole",
    "UngatedPath",
    "check_graph",
    "compile_gated",
    "declare_effect",
    "declare_gate",
    "declare_propose",
    "declare_step",
]

ViolationKind = Literal[
    "ungated_path",
    "ungated_proposal",
    "undeclared_branch",
    "undeclared_goto",
    "undeclared_send",
    "undeclared_parent_jump",
    "unreadable_node",
    "unreadable_subgraph",
    "unknown_role",
    "cached_gate",
]

_KINDS: Final[dict[str, ViolationKind]] = {
    "role": "unknown_role",
    "branch": "undeclared_branch",
    "goto": "undeclared_goto",
    "send": "undeclared_send",
    "unread": "unreadable_node",
    "parent": "undeclared_parent_jump",
    "subgraph": "unreadable_subgraph",
    "cache": "cached_gate",
}
_NEXT_STEP: Final[dict[ViolationKind, str]] = {
    "ungated_path": "Route the path through the gate node.",
    "ungated_proposal": "Route the path back through the gate node after the proposal changed.",
    "undeclared_branch": "Give add_conditional_edges a path map.",
    "undeclared_goto": "Name every target in `destinations` of add_node or in Command[Literal[…]].",
    "undeclared_send": "Name every target in `destinations` of add_node or in the path map.",
    "undeclared_parent_jump": "Name the targets in `destinations` of the subgraph's node.",
    "unreadable_node": "Return a dict, or name every target in `destinations`, or declare "
    "metadata=declare_step(jumps=False).",
    "cached_gate": "Give the gate node no cache policy.",
    "unreadable_subgraph": "Use a compiled StateGraph as the node.",
    "unknown_role": "Use one of: " + ", ".join(role.value for role in NodeRole) + ".",
}


class GraphViolation(Value):
    """One way in which a graph breaks the rule. `path` is the whole path, ``START`` first."""

    kind: ViolationKind
    path: tuple[str, ...]
    reason: str = ""

    def __str__(self) -> str:
        """Return the path with its reason, on one line."""
        route = " -> ".join(self.path)
        return f"{self.kind}: {route}" + (f" ({self.reason})" if self.reason else "")


class UngatedPath(SluicegateError):
    """A graph leads, or may lead, around the gate; it is not compiled."""

    code = "ungated_path"

    def __init__(self, violations: tuple[GraphViolation, ...]) -> None:
        steps = dict.fromkeys(_NEXT_STEP[violation.kind] for violation in violations)
        super().__init__(
            "The graph may reach an effect without passing the gate: "
            + "; ".join(str(violation) for violation in violations),
            next_step=" ".join(steps),
            detail={"violations": [violation.as_json() for violation in violations]},
        )
        self.violations = violations


def declare_gate() -> dict[str, str]:
    """Return metadata for a node that hands the proposal to the gate and routes by its decision."""
    return {ROLE_KEY: NodeRole.GATE.value}


def declare_effect() -> dict[str, str]:
    """Return metadata for a node that carries out or submits an action."""
    return {ROLE_KEY: NodeRole.EFFECT.value}


def declare_propose() -> dict[str, str]:
    """Return metadata for a node that makes or changes the proposal."""
    return {ROLE_KEY: NodeRole.PROPOSE.value}


def declare_step(*, jumps: bool = True) -> dict[str, str]:
    """Return metadata for a node that does neither; `jumps` False promises that it never leaves its
    edges.

    The promise stands in for source that cannot be read; `compile_gated` holds the node to it at
    run time.
    """
    return {ROLE_KEY: NodeRole.STEP.value} | ({} if jumps else {JUMPS_KEY: NEVER})


def check_graph(
    graph: Builder | CompiledStateGraph[Any, Any, Any, Any],
) -> tuple[GraphViolation, ...]:
    """Return every violation of a graph, none where each way to an effect passes a gate."""
    builder = graph.builder if isinstance(graph, CompiledStateGraph) else graph
    flat = flatten(builder)
    reached = flat.walk(ROOT, through_gates=True)
    found = [
        _of_complaint(complaint, path_names(reached, complaint.at), complaint.at in reached)
        if complaint.at in reached
        else _of_complaint(complaint, ("/".join(complaint.at.path),), False)
        for complaint in flat.complaints
    ]
    return tuple(dict.fromkeys(found)) + _ungated(flat)


def compile_gated(builder: Builder, **compile_kwargs: Any) -> GatedStateGraph:
    """Compile a graph that passes the check, held to its declared edges; raise UngatedPath for any
    other.

    Keyword arguments are those of ``StateGraph.compile``.
    """
    violations = check_graph(builder)
    if violations:
        raise UngatedPath(violations)
    return hold_to_edges(builder.compile(**compile_kwargs))


def _ungated(flat: FlatGraph) -> tuple[GraphViolation, ...]:
    reached = flat.walk(ROOT, through_gates=True)
    bare = flat.walk(ROOT, through_gates=False)
    found = [
        GraphViolation(kind="ungated_path", path=path_names(bare, effect))
        for effect in flat.effects
        if effect in bare
    ]
    for proposal in flat.proposals:
        if proposal not in reached:
            continue
        before = path_names(reached, proposal)
        after = flat.walk(proposal, through_gates=False)
        found += [
            GraphViolation(
                kind="ungated_proposal",
                path=before + path_names(after, effect)[1:],
                reason=f"{before[-1]} changes the proposal after the gate",
            )
            for effect in flat.effects
            if effect in after and effect not in bare
        ]
    return tuple(found)


def _of_complaint(complaint: Complaint, path: tuple[str, ...], reachable: bool) -> GraphViolation:
    kind = _KINDS[complaint.problem]
    tail = (complaint.target,) if kind.startswith("undeclared") else ()
    if complaint.problem in ("branch", "unread"):
        tail = ("?",)
    named = f"{complaint.target}: " if complaint.problem in ("role", "branch", "subgraph") else ""
    unreached = "" if reachable else "; nothing leads to it yet"
    return GraphViolation(
        kind=kind, path=path + tail, reason=f"{named}{complaint.why}{unreached}".lstrip(": ")
    )
