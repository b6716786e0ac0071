"""API keys: only their holder can use them, and nobody can read one back."""

import pytest
from sqlalchemy import text

from sluicegate.domain.errors import Conflict, Forbidden, InvalidInput
from sluicegate.domain.principal import Principal, Role
from tests.builders import NOW_MS
from tests.databases import FreshDatabase

ANA = Principal(id="person:ana", roles=(Role.ANALYST, Role.VIEWER))
BOB = Principal(id="person:bob", roles=(Role.APPROVER,))


def test_a_key_names_its_holder_to_those_who_authenticate(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        key, other = tx.api_keys.mint(), tx.api_keys.mint()
        tx.api_keys.add(key, ANA, now_ms=NOW_MS)
        tx.api_keys.add(key, ANA, now_ms=NOW_MS + 1)
        tx.api_keys.add(other, BOB, now_ms=NOW_MS)
        with pytest.raises(Conflict):
            tx.api_keys.add(key, BOB, now_ms=NOW_MS)
    for role in ("service", "gate"):
        with sql_database.open(role).read() as tx:
            assert tx.api_keys.authenticate(key) == ANA
            assert tx.api_keys.authenticate(other) == BOB
            assert tx.api_keys.principals() == (ANA, BOB)


def test_nothing_else_authenticates(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        key = tx.api_keys.mint()
        tx.api_keys.add(key, ANA, now_ms=NOW_MS)
        stranger = tx.api_keys.mint()
        mixed = key[:12] + stranger[12:]
        for wrong in ("", "sg_", key[:-1], key + "A", key.upper(), " " + key, mixed, stranger):
            assert tx.api_keys.authenticate(wrong) is None
        assert tx.api_keys.authenticate("sg_ÄÄÄÄÄÄÄÄ_" + key[12:]) is None
        with pytest.raises(InvalidInput):
            tx.api_keys.add("password", ANA, now_ms=NOW_MS)


def test_a_disabled_key_is_worth_nothing_and_stays_so(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        keys = [tx.api_keys.mint() for _ in range(2)]
        for key in keys:
            tx.api_keys.add(key, ANA, now_ms=NOW_MS)
        assert tx.api_keys.principals() == (ANA,)
        assert tx.api_keys.disable(ANA.id) == 2
        assert tx.api_keys.disable(ANA.id) == 0
        assert [tx.api_keys.authenticate(key) for key in keys] == [None, None]
        assert tx.api_keys.principals() == ()
        with pytest.raises(Conflict):
            tx.api_keys.add(keys[0], ANA, now_ms=NOW_MS)


def test_the_secret_is_not_in_the_database(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        key = tx.api_keys.mint()
        tx.api_keys.add(key, ANA, now_ms=NOW_MS)
        row = tx.connection.execute(text("SELECT * FROM api_key")).one()
    assert key[12:] not in " ".join(str(value) for value in row)


@pytest.mark.parametrize("role", ["service", "gate", "executor"])
def test_no_process_can_make_itself_a_key(sql_database: FreshDatabase, role: str) -> None:
    database = sql_database.open(role)  # type: ignore[arg-type]
    with pytest.raises(Forbidden), database.write("t") as tx:
        tx.api_keys.add(tx.api_keys.mint(), BOB, now_ms=NOW_MS)


def test_the_executor_cannot_read_keys(sql_database: FreshDatabase) -> None:
    with pytest.raises(Forbidden), sql_database.open("executor").read() as tx:
        tx.api_keys.principals()
