"""Graph checkpoints: durable, and strict about what they may hold."""

import dataclasses
import logging
import operator
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import ormsgpack
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Interrupt, Send, interrupt
from typing_extensions import TypedDict

from sluicegate.adapters.checkpoints import (
    PUT_SEAM,
    WRITES_SEAM,
    CheckpointRefused,
    StrictSerializer,
    open_checkpointer,
)
from sluicegate.adapters.sql.urls import admin_engine, is_postgres
from sluicegate.domain.errors import Unavailable
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.value import Value
from sluicegate.gate.fold import decide
from tests.builders import a_case, a_proposal, a_score, an_event, gate_inputs, some_facts
from tests.conformance.stored import inputs_for_review
from tests.databases import FreshDatabase

KERNEL_VALUES = [
    an_event(),
    a_case(),
    a_proposal(),
    some_facts(),
    a_score(),
    decide(gate_inputs()),
    decide(inputs_for_review(a_proposal())),
    gate_inputs(),
]


class NotOurs(Value):
    """A value of a test: of the right base, in the wrong place."""

    text: str = ""


@dataclasses.dataclass
class AnyClass:
    """A class that nobody allowed."""

    text: str = ""


class State(TypedDict):
    """A graph's state with a kernel value in it."""

    proposal: Proposal
    approved: bool
    trail: Annotated[list[str], operator.add]


@pytest.fixture
def checkpoint_url(sql_database: FreshDatabase, tmp_path: Path) -> str:
    if sql_database.kind == "sqlite":
        return f"sqlite:///{tmp_path / 'run' / 'checkpoints.db'}"
    return sql_database.url


@pytest.fixture
def saver(checkpoint_url: str) -> Iterator[BaseCheckpointSaver[str]]:
    with open_checkpointer(checkpoint_url) as opened:
        yield opened


def _ask(state: State) -> dict[str, Any]:
    answer = interrupt({"proposal": state["proposal"], "amounts": [1, 2]})
    return {"approved": answer["ok"], "trail": [state["proposal"].id]}


def _compile(saver: BaseCheckpointSaver[str]) -> Any:
    builder = StateGraph(State)
    builder.add_node("ask", _ask)
    builder.add_edge(START, "ask")
    builder.add_edge("ask", END)
    return builder.compile(checkpointer=saver)


def test_a_run_is_resumed_by_another_process_of_the_same_store(checkpoint_url: str) -> None:
    config: RunnableConfig = {"configurable": {"thread_id": "case_1"}}
    start = {"proposal": a_proposal(), "approved": False, "trail": []}
    with open_checkpointer(checkpoint_url) as saver:
        asked = _compile(saver).invoke(start, config)
        assert asked["__interrupt__"][0].value["proposal"] == a_proposal()
    with open_checkpointer(checkpoint_url) as saver:
        graph = _compile(saver)
        waiting = graph.get_state(config)
        assert waiting.next == ("ask",)
        assert waiting.values["proposal"] == a_proposal()
        assert waiting.tasks[0].interrupts[0].value["proposal"] == a_proposal()
        done = graph.invoke(Command(resume={"ok": True}), config)
    assert done == {"proposal": a_proposal(), "approved": True, "trail": [a_proposal().id]}


def test_checkpoints_are_listed_newest_first_a_thread_each(
    saver: BaseCheckpointSaver[str],
) -> None:
    graph = _compile(saver)
    for thread in ("one", "two"):
        config: RunnableConfig = {"configurable": {"thread_id": thread}}
        graph.invoke({"proposal": a_proposal(), "approved": False, "trail": []}, config)
        graph.invoke(Command(resume={"ok": False}), config)
    listed = list(saver.list({"configurable": {"thread_id": "one"}}))
    assert len(listed) == 3
    ids = [found.checkpoint["id"] for found in listed]
    assert ids == sorted(ids, reverse=True)
    latest = saver.get_tuple({"configurable": {"thread_id": "one"}})
    assert latest is not None
    assert latest.checkpoint["id"] == ids[0]
    assert latest.checkpoint["channel_values"]["approved"] is False
    assert saver.get_tuple({"configurable": {"thread_id": "none"}}) is None


def test_setting_up_at_once_does_no_harm(checkpoint_url: str) -> None:
    def run(number: int) -> bool:
        with open_checkpointer(checkpoint_url) as saver:
            config: RunnableConfig = {"configurable": {"thread_id": f"t{number}"}}
            start = {"proposal": a_proposal(), "approved": False, "trail": []}
            return "__interrupt__" in _compile(saver).invoke(start, config)

    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(run, range(3)))


def test_a_state_with_an_unknown_class_is_refused_when_it_is_written(
    saver: BaseCheckpointSaver[str],
) -> None:
    config: RunnableConfig = {"configurable": {"thread_id": "bad"}}
    start = {"proposal": AnyClass("x"), "approved": False, "trail": []}
    with pytest.raises(CheckpointRefused, match="AnyClass"):
        _compile(saver).invoke(start, config)


@pytest.mark.parametrize("value", KERNEL_VALUES, ids=lambda value: type(value).__name__)
def test_kernel_values_come_back_equal_wherever_they_stand(value: Value) -> None:
    serializer = StrictSerializer()
    for held in (
        value,
        {"value": value, "list": [value, 1, None, "x", 1.5, b"y"]},
        Interrupt(value={"value": value}, id="i"),
        Send("node", {"value": value}),
    ):
        assert serializer.loads_typed(serializer.dumps_typed(held)) == held


def test_messages_and_plain_types_come_back_equal() -> None:
    held = {
        "messages": [HumanMessage("hello", id="1"), AIMessage("hi", id="2")],
        "set": {1, 2},
        "when": datetime(2026, 11, 1, tzinfo=UTC),
        "none": None,
    }
    serializer = StrictSerializer()
    assert serializer.loads_typed(serializer.dumps_typed(held)) == held


@pytest.mark.parametrize(
    "value", [NotOurs(), AnyClass(), Path("/etc"), object(), print, Command(goto="post")]
)
def test_what_is_not_on_the_list_is_refused_when_written(value: object) -> None:
    for held in (value, [value], {"deep": [{"er": value}]}):
        with pytest.raises(CheckpointRefused):
            StrictSerializer().dumps_typed(held)


def _ext(code: int, *named: object) -> tuple[str, bytes]:
    return "msgpack", ormsgpack.packb([ormsgpack.Ext(code, ormsgpack.packb(named))])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(_ext(0, "os", "system", "true"), id="a callable with an argument"),
        pytest.param(_ext(1, "subprocess", "run", [["true"]]), id="a callable with arguments"),
        pytest.param(_ext(2, "builtins", "dict", {"a": 1}), id="a builtin"),
        pytest.param(_ext(3, "os", "path", "x", "exists"), id="a method"),
        pytest.param(_ext(3, "datetime", "datetime", "x", "strptime"), id="another method"),
        pytest.param(_ext(4, "sluicegate.domain.case", "Case", {}), id="an old way to name it"),
        pytest.param(_ext(5, "sluicegate.domain.case", "Gone", {}), id="a class that was renamed"),
        pytest.param(_ext(5, "sluicegate.domain.case", "Case", {"id": 1}), id="invalid content"),
        pytest.param(_ext(6, "<f8", [1], "C", b"12345678"), id="an array"),
        pytest.param(_ext(7, 1), id="a delta"),
        pytest.param(_ext(99, "a", "b", "c"), id="an unknown code"),
        pytest.param(_ext(0), id="no name"),
        pytest.param(("msgpack", b"\xc1"), id="no msgpack"),
        pytest.param(("pickle", b"cos\nsystem\n(S'true'\ntR."), id="a pickle"),
        pytest.param(("json", b'{"lc": 1}'), id="the old JSON form"),
    ],
)
def test_a_forged_checkpoint_is_refused_and_runs_nothing(content: tuple[str, bytes]) -> None:
    with pytest.raises(CheckpointRefused):
        StrictSerializer().loads_typed(content)


def test_the_stock_serializer_would_have_let_a_renamed_class_pass(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    stock = JsonPlusSerializer(allowed_msgpack_modules=None)
    content = _ext(5, "sluicegate.domain.case", "Gone", {"amount": 1})
    assert stock.loads_typed(content) == [{"amount": 1}]  # why ours exists


class Recorder:
    """Keeps the crash points that were passed, in order."""

    def __init__(self) -> None:
        self.passed: list[str] = []

    def reach(self, point: str) -> None:
        self.passed.append(point)


def test_every_commit_passes_two_crash_points(checkpoint_url: str) -> None:
    recorder = Recorder()
    config: RunnableConfig = {"configurable": {"thread_id": "seams"}}
    start = {"proposal": a_proposal(), "approved": False, "trail": []}
    with open_checkpointer(checkpoint_url, recorder) as saver:
        assert recorder.passed == []
        _compile(saver).invoke(start, config)
    for seam in (PUT_SEAM, WRITES_SEAM):
        sides = [point for point in recorder.passed if point.startswith(seam)]
        assert sides
        assert sides.count(f"{seam}.before_commit") == sides.count(f"{seam}.after_commit")
    assert {point.rpartition(".")[0] for point in recorder.passed} == {PUT_SEAM, WRITES_SEAM}


class Dropped(Exception):
    """Stands in for the end of a process."""


@pytest.mark.parametrize(("side", "kept"), [("before_commit", 0), ("after_commit", 1)])
def test_the_points_stand_on_both_sides_of_the_commit(
    checkpoint_url: str, side: str, kept: int
) -> None:
    class DropAt:
        def reach(self, point: str) -> None:
            if point == f"{PUT_SEAM}.{side}":
                raise Dropped

    config: RunnableConfig = {"configurable": {"thread_id": "sides", "checkpoint_ns": ""}}
    with open_checkpointer(checkpoint_url, DropAt()) as saver, pytest.raises(Dropped):
        saver.put(config, empty_checkpoint(), {}, {})
    with open_checkpointer(checkpoint_url) as saver:
        assert len(list(saver.list(config))) == kept


def _lose_tables(url: str) -> None:
    with admin_engine(url) as engine, engine.begin() as connection:
        for table in ("writes", "checkpoints"):
            name = "checkpoint_writes" if is_postgres(url) and table == "writes" else table
            connection.exec_driver_sql(f"DROP TABLE {name}")


def test_a_store_that_fails_later_is_unavailable_whatever_is_asked(checkpoint_url: str) -> None:
    config: RunnableConfig = {"configurable": {"thread_id": "gone", "checkpoint_ns": ""}}
    with open_checkpointer(checkpoint_url) as saver:
        written = saver.put(config, empty_checkpoint(), {}, {})
        _lose_tables(checkpoint_url)
        asked: list[Callable[[], object]] = [
            lambda: saver.get_tuple(config),
            lambda: list(saver.list(config)),
            lambda: saver.put(config, empty_checkpoint(), {}, {}),
            lambda: saver.put_writes(written, [("channel", 1)], "task"),
            lambda: _compile(saver).invoke({"proposal": a_proposal()}, config),
        ]
        for ask in asked:
            with pytest.raises(Unavailable) as failed:
                ask()
            assert failed.value.next_step


def test_a_file_that_holds_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "checkpoints.db").write_bytes(b"not a database, though long enough" * 100)
    opened = open_checkpointer(f"sqlite:///{tmp_path / 'checkpoints.db'}")
    with pytest.raises(Unavailable, match="DatabaseError"), opened:
        pass


@pytest.mark.parametrize("name", ["file/checkpoints.db", "folder"])
def test_a_place_where_no_database_can_be_is_unavailable(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    with pytest.raises(Unavailable), open_checkpointer(f"sqlite:///{tmp_path / name}"):
        pass


def test_an_unreachable_database_is_unavailable() -> None:
    url = "postgresql://nobody@127.0.0.1:9/none"
    with pytest.raises(Unavailable), open_checkpointer(url):
        pass
