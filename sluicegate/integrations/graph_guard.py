"""What holds a compiled graph, at run time, to the edges that the static check has seen.

Three things that no static check can exclude are refused: a node that jumps where it did not say it
would, a caller who writes state or jumps from outside, and a caller who runs on from an old
checkpoint.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import (
    CONFIG_KEY_CHECKPOINT_ID,
    CONFIG_KEY_CHECKPOINT_MAP,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_SEND,
    TASKS,
)
from langgraph._internal._runnable import RunnableCallable
from langgraph.constants import END
from langgraph.graph.state import CompiledStateGraph
from langgraph.pregel._read import PregelNode
from langgraph.pregel._write import ChannelWrite, ChannelWriteEntry, ChannelWriteTupleEntry
from langgraph.types import Command, Send

from sluicegate.domain.errors import Forbidden
from sluicegate.integrations.graph_paths import Builder, views

_BRANCH_TO: Final = "branch:to:"
_OTHER_CHECKPOINTS: Final = (
    CONFIG_KEY_CHECKPOINT_ID,
    CONFIG_KEY_CHECKPOINT_MAP,
    CONFIG_KEY_CHECKPOINT_NS,
)


class JumpRefused(Forbidden):
    """A jump that the graph's declared edges do not hold, or a state write from outside."""

    code = "jump_refused"


class GatedStateGraph(CompiledStateGraph[Any, Any, Any, Any]):
    """A compiled graph that runs along its declared edges only, from its own latest checkpoint
    only.
    """

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        """Run the graph; raise JumpRefused for a state write, a goto or a fork asked for from
        outside.
        """
        _refuse_outside(input, config)
        return super().stream(input, config, **kwargs)

    def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Run the graph; raise JumpRefused for a state write, a goto or a fork asked for from
        outside.
        """
        _refuse_outside(input, config)
        return super().astream(input, config, **kwargs)

    def bulk_update_state(self, config: RunnableConfig, supersteps: Any) -> RunnableConfig:
        """Refuse: state that a caller wrote could stand for a decision that nobody made."""
        raise _refused("State of a gated graph cannot be written from outside.")

    async def abulk_update_state(self, config: RunnableConfig, supersteps: Any) -> RunnableConfig:
        """Refuse: state that a caller wrote could stand for a decision that nobody made."""
        raise _refused("State of a gated graph cannot be written from outside.")


def hold_to_edges(compiled: CompiledStateGraph[Any, Any, Any, Any]) -> GatedStateGraph:
    """Guard a compiled graph and the graphs that stand in it as nodes, in place; doing so twice
    changes nothing.
    """
    _guard_nodes(compiled)
    # `StateGraph.compile` names its class itself; `copy` and `with_config` then keep ours.
    compiled.__class__ = GatedStateGraph
    assert isinstance(compiled, GatedStateGraph)
    return compiled


def _guard_nodes(compiled: CompiledStateGraph[Any, Any, Any, Any]) -> None:
    builder: Builder = compiled.builder
    declared = {name: view.declared for name, view in views(builder)}
    for name, node in compiled.nodes.items():
        routes = {
            end
            for branch in builder.branches.get(name, {}).values()
            for end in (branch.ends or {}).values()
        }
        _guard_writers(node, name, declared.get(name, frozenset()), frozenset(routes))
        for graph in node.subgraphs:
            if isinstance(graph, CompiledStateGraph):
                _guard_nodes(graph)


def _guard_writers(
    node: PregelNode, name: str, declared: frozenset[str], routes: frozenset[str]
) -> None:
    for place, writer in enumerate(node.writers):
        if isinstance(writer, ChannelWrite):
            node.writers[place] = ChannelWrite(
                [_guarded_entry(entry, name, declared) for entry in writer.writes]
            )
        elif isinstance(writer, RunnableCallable) and "writer" in writer.kwargs:
            route = writer.kwargs["writer"]
            if not isinstance(route, partial):
                writer.kwargs["writer"] = partial(_checked_route, route, name, routes)
    for cached in ("node", "flat_writers"):  # functools.cached_property keeps them in the instance
        node.__dict__.pop(cached, None)


def _guarded_entry(
    entry: ChannelWriteEntry | ChannelWriteTupleEntry | Send, name: str, declared: frozenset[str]
) -> ChannelWriteEntry | ChannelWriteTupleEntry | Send:
    if not isinstance(entry, ChannelWriteTupleEntry) or isinstance(entry.mapper, partial):
        return entry
    return entry._replace(mapper=partial(_checked_writes, entry.mapper, name, declared))


def _checked_writes(
    mapper: Callable[[Any], Sequence[tuple[str, Any]] | None],
    name: str,
    declared: frozenset[str],
    value: Any,
) -> Sequence[tuple[str, Any]] | None:
    writes = mapper(value)
    for channel, written in writes or ():
        if channel == TASKS and isinstance(written, Send):
            _refuse_undeclared(name, written.node, declared)
        elif channel.startswith(_BRANCH_TO):
            _refuse_undeclared(name, channel.removeprefix(_BRANCH_TO), declared)
    return writes


def _checked_route(
    route: Callable[..., Any], name: str, routes: frozenset[str], packets: Any, static: bool = False
) -> Any:
    for packet in packets:
        target = packet.node if isinstance(packet, Send) else packet
        if target != END:
            _refuse_undeclared(name, target, routes)
    return route(packets, static)


def _refuse_undeclared(name: str, target: str, declared: frozenset[str]) -> None:
    if target not in declared:
        held = ", ".join(sorted(declared)) or "none"
        raise JumpRefused(
            f"Node {name} jumped to {target}, which it did not declare (declared: {held}).",
            next_step="Name the target in `destinations` of add_node, or in the branch's path map.",
        )


def _refuse_outside(given: object, config: RunnableConfig | None) -> None:
    if isinstance(given, Command) and (given.goto or given.update is not None or given.graph):
        raise _refused("A gated graph takes no goto and no state update from outside.")
    configurable: Mapping[str, object] = (config or {}).get("configurable") or {}
    inside = CONFIG_KEY_SEND in configurable  # a graph that runs as a node of another one
    if not inside and any(configurable.get(key) for key in _OTHER_CHECKPOINTS):
        raise _refused("A gated graph runs on from its latest checkpoint only.")


def _refused(message: str) -> JumpRefused:
    return JumpRefused(message, next_step="Start it with an event, or resume it without arguments.")
