"""What our guard costs: the same ten nodes compiled by LangGraph alone and through the static
check.
"""

import statistics
import time
from typing import Any, Final

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from serving.bench.measure import Row, row
from sluicegate.integrations.graph_check import compile_gated, declare_effect, declare_gate

NODES: Final = 10
DOCUMENT: Final = "x" * 4_096
ROUNDS: Final = 60


class BenchState(TypedDict, total=False):
    """A counter and a document of 4 KB, as a case carries one."""

    count: int
    document: str


def _node(state: BenchState) -> BenchState:
    return {"count": state["count"] + 1}


def _builder() -> StateGraph[BenchState, None, BenchState, BenchState]:
    builder = StateGraph(BenchState)
    roles: dict[int, dict[str, Any]] = {NODES - 2: declare_gate(), NODES - 1: declare_effect()}
    for number in range(NODES):
        builder.add_node(f"step{number}", _node, metadata=roles.get(number))
        builder.add_edge(f"step{number - 1}" if number else START, f"step{number}")
    builder.add_edge(f"step{NODES - 1}", END)
    return builder


def measure_graph(checkpointer: BaseCheckpointSaver[Any] | None, name: str) -> list[Row]:
    """Run both graphs in turn, so that a machine that drifts does so under both."""
    graphs = {
        "LangGraph alone": _builder().compile(checkpointer=checkpointer),
        "through the static check and its guard": compile_gated(
            _builder(), checkpointer=checkpointer
        ),
    }
    taken: dict[str, list[float]] = {which: [] for which in graphs}
    for turn in range(ROUNDS + 5):
        for which, graph in graphs.items():
            start_s = time.perf_counter()
            graph.invoke(
                {"count": 0, "document": DOCUMENT},
                {"configurable": {"thread_id": f"{name}-{which}-{turn}"}},
                durability="sync" if checkpointer is not None else None,
            )
            if turn >= 5:
                taken[which].append((time.perf_counter() - start_s) / NODES)
    ours, plain = (
        taken["through the static check and its guard"],
        taken["LangGraph alone"],
    )
    ratio = statistics.median(our / their for our, their in zip(ours, plain, strict=True))
    return [
        row(f"graph step, {name}, LangGraph alone", plain),
        row(
            f"graph step, {name}, through the static check and its guard",
            ours,
            f"{(ratio - 1) * 100:+.1f} % (median of pairs)",
        ),
    ]
