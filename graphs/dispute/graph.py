"""Wires the dispute graph and holds it to the static check."""

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.constants import END, START
from langgraph.graph import StateGraph

from graphs.dispute.nodes import (
    DisputeNodes,
    DisputePorts,
    has_transaction,
    outcome_of_gate,
    outcome_of_settling,
)
from graphs.dispute.state import DisputeInput, DisputeState
from sluicegate.integrations.graph_check import (
    GatedStateGraph,
    compile_gated,
    declare_effect,
    declare_gate,
    declare_propose,
)

__all__ = ["DisputePorts", "build_dispute_graph", "compile_dispute_graph"]

DisputeGraph = StateGraph[DisputeState, None, DisputeInput, DisputeState]


def build_dispute_graph(ports: DisputePorts) -> DisputeGraph:
    """Return the graph, not compiled yet."""
    nodes = DisputeNodes(ports, ports.tools())
    builder: DisputeGraph = StateGraph(DisputeState, input_schema=DisputeInput)
    builder.add_node("read", nodes.read)
    builder.add_node("facts", nodes.facts)
    builder.add_node("assess", nodes.assess)
    builder.add_node("score", nodes.score)
    builder.add_node("propose", nodes.propose, metadata=declare_propose())
    builder.add_node("gate", nodes.gate, metadata=declare_gate())
    builder.add_node("review", nodes.review)
    builder.add_node("postpone", nodes.postpone)
    builder.add_node("settle", nodes.settle, metadata=declare_effect())
    builder.add_node("answer", nodes.answer)

    builder.add_edge(START, "read")
    builder.add_edge("read", "facts")
    builder.add_conditional_edges(
        "facts", has_transaction, {"found": "assess", "missing": "answer"}
    )
    builder.add_edge("assess", "score")
    builder.add_edge("score", "propose")
    builder.add_edge("propose", "gate")
    builder.add_conditional_edges(
        "gate",
        outcome_of_gate,
        {
            "allowed": "settle",
            "needs_review": "review",
            "denied": "answer",
            "not_asked": "postpone",
        },
    )
    builder.add_edge("review", "gate")
    builder.add_edge("postpone", "gate")
    builder.add_conditional_edges(
        "settle", outcome_of_settling, {"done": "answer", "again": "gate", "waiting": "settle"}
    )
    builder.add_edge("answer", END)
    return builder


def compile_dispute_graph(
    ports: DisputePorts, checkpointer: BaseCheckpointSaver[Any] | None = None
) -> GatedStateGraph:
    """Return the compiled graph over a checkpointer; raise UngatedPath if a way led around the
    gate.

    Run it with ``durability="sync"``: a step has to be kept before the next one acts on it.
    """
    return compile_gated(build_dispute_graph(ports), checkpointer=checkpointer, name="dispute")
