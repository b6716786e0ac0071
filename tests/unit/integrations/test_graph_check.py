"""The static check refuses every way around the gate that LangGraph offers, and lets gated graphs
through.
"""

import functools
import operator
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.runnables import RunnableLambda
from langgraph import types
from langgraph.constants import END, START
from langgraph.errors import ParentCommand
from langgraph.graph import StateGraph
from langgraph.types import CachePolicy, Command, Send
from typing_extensions import TypedDict

from sluicegate.integrations.graph_check import (
    GraphViolation,
    UngatedPath,
    check_graph,
    compile_gated,
    declare_effect,
    declare_gate,
    declare_propose,
    declare_step,
)


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


def goto_settle(state: State) -> Command[str]:
    return Command(goto="settle")


def goto_settle_declared(state: State) -> Command[Literal["settle"]]:
    return Command(goto="settle")


def goto_gate_declared(state: State) -> Command[Literal["gate"]]:
    return Command(update={"seen": ["x"]}, goto="gate")


def goto_lies(state: State) -> Command[Literal["gate"]]:
    return Command(goto="settle")  # type: ignore[arg-type]


def goto_computed(state: State) -> Command[str]:
    return Command(goto=state["seen"][0])


def update_only(state: State) -> Command[str]:
    return Command(update={"seen": ["x"]})


def returns_send(state: State) -> Any:
    return Send("settle", state)


def made_elsewhere(state: State) -> dict[str, Any]:
    return _jump()  # type: ignore[return-value]


def _jump() -> Command[str]:
    return Command(goto="settle")


READY = Command(goto="settle")
MENU = [Command(goto="settle")]


def made_beforehand(state: State) -> Any:
    return READY


def made_beforehand_in_a_list(state: State) -> Any:
    return MENU


def passes_the_class_on(state: State) -> dict[str, Any]:
    make = Command
    return make(goto="settle")  # type: ignore[return-value]


def star_arguments(state: State) -> Command[str]:
    arguments: dict[str, Any] = {"goto": "settle"}
    return Command(**arguments)


def through_a_local(state: State) -> Any:
    answer = _jump()
    return answer


def imports_inside(state: State) -> Any:
    from langgraph.types import Command as Order  # noqa: PLC0415

    return Order(goto="settle")


def raises_it(state: State) -> State:
    raise ParentCommand(Command(goto="settle"))


def by_name(state: State) -> dict[str, Any]:
    return eval("READY")  # type: ignore[no-any-return]


class Jumper:
    def __call__(self, state: State) -> Any:
        return Command(goto="settle")

    def method(self, state: State) -> Any:
        return self._inner()

    def _inner(self) -> Any:
        return Command(goto="settle")


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(state: State) -> Any:
        function(state)
        return Command(goto="settle")

    return wrapper


async def goto_later(state: State) -> Any:
    return Command(goto="settle")


def default_argument(state: State, make: Any = Command) -> dict[str, Any]:
    return make(goto="settle")  # type: ignore[no-any-return]


def by_attribute_name(state: State) -> dict[str, Any]:
    return getattr(types, "Command")(goto="settle")  # type: ignore[no-any-return]  # noqa: B009


def to_a_named_graph(state: State) -> Command[str]:
    return Command(graph="extra", goto="settle")


TABLE = {"on": Command(goto="settle")}


def from_a_table(state: State) -> Any:
    return TABLE["on"]


JUMPS: dict[str, Any] = {
    "a default argument": default_argument,
    "by the name of an attribute": by_attribute_name,
    "to a graph by its name": to_a_named_graph,
    "from a table": from_a_table,
    "annotated without targets": goto_settle,
    "a lie about the target": goto_lies,
    "a computed target": goto_computed,
    "a Send as an update": returns_send,
    "a helper's Command": made_elsewhere,
    "a constant Command": made_beforehand,
    "a list of Commands": made_beforehand_in_a_list,
    "the class under another name": passes_the_class_on,
    "arguments by stars": star_arguments,
    "through a local name": through_a_local,
    "imported inside": imports_inside,
    "raised to the parent": raises_it,
    "by its name": by_name,
    "a callable object": Jumper(),
    "a method that calls a method": Jumper().method,
    "behind a decorator": decorated(step),
    "a partial": functools.partial(goto_settle),
    "a coroutine": goto_later,
    "a lambda": lambda state: Command(goto="settle"),
    "a RunnableLambda": RunnableLambda(goto_settle),
    "a sequence": RunnableLambda(step) | RunnableLambda(goto_settle),
    "a chat model": FakeListChatModel(responses=["x"]),
    "a conditional expression": lambda state: Command(goto="settle") if state else {"seen": []},
    "an unreadable attribute": lambda state: state.go,
}


@pytest.mark.parametrize("name", JUMPS)
def test_an_undeclared_jump_is_refused(name: str) -> None:
    builder = gated_with(JUMPS[name])
    found = check_graph(builder)
    assert found, name
    assert {violation.kind for violation in found} <= {
        "undeclared_goto",
        "undeclared_send",
        "unreadable_node",
    }
    assert found[0].path[:2] == ("START", "extra")
    with pytest.raises(UngatedPath):
        compile_gated(builder)


STAYS: dict[str, Any] = {
    "a typed node": step,
    "an untyped node": untyped,
    "a lambda": lambda state: {"seen": ["x"]},
    "a Command without goto": update_only,
    "a declared Command": goto_gate_declared,
    "a partial": functools.partial(step),
    "a RunnableLambda": RunnableLambda(step),
    "a decorated node": functools.wraps(step)(lambda state: step(state)),
    "nothing": lambda state: None,
    "the state itself": lambda state: state,
}


@pytest.mark.parametrize("name", STAYS)
def test_a_node_that_stays_on_its_edges_is_let_through(name: str) -> None:
    assert check_graph(gated_with(STAYS[name])) == ()


def test_declared_destinations_are_edges() -> None:
    assert paths(gated_with(goto_settle_declared)) == ["START -> extra -> settle"]
    assert paths(gated_with(goto_computed, destinations=("settle",))) == [
        "START -> extra -> settle"
    ]
    assert check_graph(gated_with(goto_computed, destinations=("gate",))) == ()
    assert check_graph(gated_with(goto_computed, destinations={"gate": "on"})) == ()


def test_source_that_is_gone_fails_closed_unless_the_node_promises_to_stay() -> None:
    space: dict[str, Any] = {}
    exec("def hidden(state):\n    return {'seen': ['x']}\n", space)
    assert kinds(gated_with(space["hidden"])) == ["unreadable_node"]
    assert check_graph(gated_with(space["hidden"], metadata=declare_step(jumps=False))) == ()
    assert kinds(gated_with(goto_settle, metadata=declare_step(jumps=False))) == ["undeclared_goto"]


def test_a_misspelt_role_is_refused() -> None:
    builder = graph((START, "gate"), ("gate", "s"), nodes={"s": {"sluicegate": "efect"}})
    assert kinds(builder) == ["unknown_role"]


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
    builder.add_node("lonely", goto_settle)
    assert kinds(builder) == ["undeclared_goto"]
