"""The event store: accepted once, told once, in order."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError

from sluicegate.domain.errors import Conflict, InvalidInput, NotFound
from sluicegate.ports.events import OutboxMessage
from tests.builders import NOW_MS, an_event
from tests.conformance.stored import abandon
from tests.databases import FreshDatabase


def message(number: int) -> OutboxMessage:
    return OutboxMessage(
        id=f"msg_{number:03}",
        topic="permit.consumed",
        key=f"case_{number % 3}",
        payload={"number": number, "nested": [{"text": "é\x00\u2028"}, None, True]},
        created_at_ms=NOW_MS,
    )


def test_an_event_comes_back_as_it_was_and_a_repeat_changes_nothing(
    sql_database: FreshDatabase,
) -> None:
    event = an_event(narrative="Ärger,\n\u2028 and 🎫")
    database = sql_database.open("service")
    with database.write("t") as tx:
        assert tx.events.accept(event, now_ms=NOW_MS)
    with database.write("t") as tx:
        assert not tx.events.accept(event, now_ms=NOW_MS + 1)
    with database.read() as tx:
        assert tx.events.incoming(event.event_id()) == event


def test_the_same_name_with_other_content_is_a_conflict_and_the_first_stands(
    sql_database: FreshDatabase,
) -> None:
    database = sql_database.open("service")
    with database.write("t") as tx:
        tx.events.accept(an_event(), now_ms=NOW_MS)
    with database.write("t") as tx:
        with pytest.raises(Conflict):
            tx.events.accept(an_event(amount="20.01"), now_ms=NOW_MS)
        # The transaction is still of use: a conflict is an answer, not an accident.
        assert tx.events.accept(an_event(id="d-2"), now_ms=NOW_MS)
    with database.read() as tx:
        assert tx.events.incoming(an_event().event_id()) == an_event()


def test_the_same_id_from_another_source_is_another_event(sql_database: FreshDatabase) -> None:
    with sql_database.open("service").write("t") as tx:
        assert tx.events.accept(an_event(source="one"), now_ms=NOW_MS)
        assert tx.events.accept(an_event(source="two"), now_ms=NOW_MS)


def test_an_unknown_event_is_not_found(sql_database: FreshDatabase) -> None:
    with sql_database.open("service").read() as tx, pytest.raises(NotFound):
        tx.events.incoming("evt_none")


def test_a_name_that_gets_past_the_types_with_nul_is_refused_or_kept_whole(
    sql_database: FreshDatabase,
) -> None:
    event = an_event().model_copy(update={"id": "d\x00-1"})  # unchecked, as no caller can send it
    database = sql_database.open("service")
    if sql_database.kind == "postgres":
        with pytest.raises(InvalidInput), database.write("t") as tx:
            tx.events.accept(event, now_ms=NOW_MS)
    else:
        with database.write("t") as tx:
            assert tx.events.accept(event, now_ms=NOW_MS)
            assert not tx.events.accept(event, now_ms=NOW_MS)


@pytest.mark.parametrize("source", ["a\tb", "\x00", "\x1b[31m"])
def test_no_database_is_asked_to_keep_a_control_character_in_a_name(source: str) -> None:
    with pytest.raises(ValidationError):
        an_event(source=source)


def test_concurrent_duplicates_are_accepted_exactly_once(sql_database: FreshDatabase) -> None:
    database = sql_database.open("service")

    def accept(_number: int) -> bool:
        with database.write("t") as tx:
            return tx.events.accept(an_event(), now_ms=NOW_MS)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(accept, range(8))) == [False] * 7 + [True]


def test_the_relay_moves_each_message_once_in_order(sql_database: FreshDatabase) -> None:
    database = sql_database.open("executor")
    with database.write("t") as tx:
        assert not tx.events.has_unsent()
        for number in range(5):
            tx.events.enqueue(message(number))
        assert tx.events.has_unsent()
    with database.write("t") as tx:
        assert tx.events.relay(now_ms=NOW_MS, limit=3) == 3
    with database.write("t") as tx:
        assert tx.events.relay(now_ms=NOW_MS, limit=3) == 2
        assert tx.events.relay(now_ms=NOW_MS, limit=3) == 0
        assert not tx.events.has_unsent()
    with database.read() as tx:
        events = tx.events.replay(after_position=0, limit=10)
        assert [event.position for event in events] == [1, 2, 3, 4, 5]
        assert [event.dedupe_key for event in events] == [message(n).id for n in range(5)]
        assert [event.payload for event in events] == [message(n).payload for n in range(5)]
        assert tx.events.replay(after_position=2, limit=2) == events[2:4]


def test_a_message_id_is_used_once(sql_database: FreshDatabase) -> None:
    with sql_database.open("executor").write("t") as tx:
        tx.events.enqueue(message(1))
        with pytest.raises(Conflict):
            tx.events.enqueue(message(1))


def test_concurrent_relays_leave_no_gap_and_no_double(sql_database: FreshDatabase) -> None:
    database = sql_database.open("executor")
    with database.write("t") as tx:
        for number in range(20):
            tx.events.enqueue(message(number))

    def relay(_number: int) -> int:
        with database.write("t") as tx:
            return tx.events.relay(now_ms=NOW_MS, limit=3)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(relay, range(8))) == 20
    with database.read() as tx:
        events = tx.events.replay(after_position=0, limit=50)
    assert [event.position for event in events] == list(range(1, 21))
    assert [event.dedupe_key for event in events] == [message(n).id for n in range(20)]


def test_what_is_rolled_back_was_never_told(sql_database: FreshDatabase) -> None:
    database = sql_database.open("executor")
    with pytest.raises(RuntimeError), database.write("t") as tx:
        abandon(tx.events.enqueue(message(1)))  # type: ignore[func-returns-value]
    with database.read() as tx:
        assert not tx.events.has_unsent()
