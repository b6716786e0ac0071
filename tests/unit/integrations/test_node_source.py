"""Every way in which a node's code can leave its edges is read, or refused as unreadable."""

import functools
from collections.abc import Callable
from typing import Any, Literal

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.runnables import RunnableLambda
from langgraph import types
from langgraph.errors import ParentCommand
from langgraph.types import Command, Send

from sluicegate.integrations.graph_check import (
    UngatedPath,
    check_graph,
    compile_gated,
    declare_step,
)
from tests.unit.integrations.graph_shapes import (
    State,
    gated_with,
    kinds,
    paths,
    step,
    untyped,
)


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
