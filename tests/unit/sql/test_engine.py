"""The unit of work: all or nothing, named seams, and no error of a driver."""

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from sluicegate.adapters.sql import urls
from sluicegate.adapters.sql.engine import Database
from sluicegate.adapters.sql.record_tables import (
    BankAccount,
    BankCard,
    BankCustomer,
    BankMerchant,
    BankTransaction,
)
from sluicegate.adapters.sql.tables import table_of
from sluicegate.domain.errors import Unavailable, UnknownRecord
from sluicegate.domain.facts import TransactionFacts
from tests.builders import NOW_MS, an_event
from tests.conformance.stored import abandon
from tests.databases import FreshDatabase


class Passed:
    """Notes the points that were passed, and fails at one of them."""

    def __init__(self, fail_at: str = "") -> None:
        self.points: list[str] = []
        self._fail_at = fail_at

    def reach(self, point: str) -> None:
        self.points.append(point)
        if point == self._fail_at:
            abandon()


def accepted(database: Database) -> bool:
    with database.read() as tx:
        found = tx.connection.execute(text("SELECT count(*) FROM spine_incoming")).scalar()
    return found == 1


def test_a_write_passes_both_points_of_its_seam(sql_database: FreshDatabase) -> None:
    crash = Passed()
    with sql_database.open("service", crash).write("service.accept") as tx:
        tx.events.accept(an_event(), now_ms=NOW_MS)
        assert crash.points == []
    assert crash.points == ["service.accept.before_commit", "service.accept.after_commit"]


@pytest.mark.parametrize(("point", "stored"), [("before", False), ("after", True)])
def test_the_points_stand_around_the_commit(
    sql_database: FreshDatabase, point: str, stored: bool
) -> None:
    database = sql_database.open("service", Passed(f"s.{point}_commit"))
    with pytest.raises(RuntimeError), database.write("s") as tx:
        tx.events.accept(an_event(), now_ms=NOW_MS)
    assert accepted(database) is stored


def test_an_error_rolls_back_and_passes_no_point(sql_database: FreshDatabase) -> None:
    crash = Passed()
    database = sql_database.open("service", crash)
    with pytest.raises(RuntimeError), database.write("s") as tx:
        abandon(tx.events.accept(an_event(), now_ms=NOW_MS))
    assert not accepted(database)
    assert crash.points == []


def test_a_reader_sees_one_moment_and_does_not_wait_for_a_writer(
    sql_database: FreshDatabase,
) -> None:
    database = sql_database.open("service")
    with database.read() as tx:
        assert not tx.cases.recent(limit=1)
        count = text("SELECT count(*) FROM spine_incoming")
        assert tx.connection.execute(count).scalar() == 0
        with database.write("s") as writing:
            writing.events.accept(an_event(), now_ms=NOW_MS)
        assert tx.connection.execute(count).scalar() == 0
    assert accepted(database)


def test_sqlite_is_durable_and_keeps_its_keys(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", "admin")
    for open_connection in (database.reading, lambda: database.writing("s")):
        with open_connection() as connection:
            settings = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        assert settings == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": urls.BUSY_TIMEOUT_MS,
        }
    database.dispose()


def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/none/x.db", "postgresql://nobody@127.0.0.1:9/none"):
        database = Database(url, "service")
        with pytest.raises(Unavailable), database.read():
            pass
        with pytest.raises(Unavailable), database.write("s"):
            pass
        database.dispose()


def test_an_unmigrated_or_garbled_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    (tmp_path / "garbled.db").write_bytes(b"no database at all" * 100)
    for name in ("empty", "garbled"):
        database = Database(f"sqlite:///{tmp_path / name}.db", "admin")
        with pytest.raises(Unavailable), database.read() as tx:
            tx.cases.recent(limit=1)
        database.dispose()


def test_a_writer_that_waits_too_long_is_told_so(
    sql_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sql_database.kind != "sqlite":
        pytest.skip("only SQLite has one lock for all writers")
    monkeypatch.setattr(urls, "BUSY_TIMEOUT_MS", 1)
    first, second = sql_database.open("service"), sql_database.open("service")
    with first.write("s"), pytest.raises(Unavailable, match="locked"), second.write("s"):
        pass


def test_more_threads_than_connections_all_get_their_turn(sql_database: FreshDatabase) -> None:
    database = sql_database.open("service")
    done: list[int] = []

    def work(number: int) -> None:
        with database.write("s") as tx:
            tx.events.accept(an_event(id=f"d-{number}"), now_ms=NOW_MS)
        done.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(30))


def customer(number: int) -> BankCustomer:
    return BankCustomer(
        id=f"cus_{number:04}",
        full_name="Ada",
        status="active",
        kyc_status="verified",
        sanctions_hit=number % 2 == 0,
        country="CH",
        opened_at_ms=1,
    )


def test_the_record_is_read_row_by_row_and_says_what_it_does_not_hold(
    sql_database: FreshDatabase,
) -> None:
    database = sql_database.open()
    account = BankAccount(
        id="acc_1", customer_id="cus_0001", currency="CHF", status="open", opened_at_ms=1
    )
    card = BankCard(id="crd_1", account_id="acc_1", status="active", last4="1234", issued_at_ms=1)
    merchant = BankMerchant(id="mer_1", name="Shop", mcc="5732", country="CH")
    transaction = BankTransaction(
        id="txn_1",
        account_id="acc_1",
        card_id="crd_1",
        customer_id="cus_0001",
        merchant_id="mer_1",
        amount_minor=2_000,
        currency="CHF",
        status="posted",
        authorised_at_ms=NOW_MS,
        posted_at_ms=NOW_MS,
        entry_mode="contactless",
        country="CH",
    )
    with database.writing("test") as connection:
        for row in (customer(1), customer(2), account, card, merchant, transaction):
            table = table_of(type(row))
            connection.execute(insert(table).values(row.model_dump()))
    with sql_database.open("gate").read() as tx:
        found = tx.record.customer("cus_0002")
        assert found is not None
        assert found.sanctions_hit is True
        read = tx.record.account("acc_1")
        assert read is not None
        assert read.currency == "CHF"
        card_read = tx.record.card("crd_1")
        assert card_read is not None
        assert card_read.status == "active"
        assert tx.record.transaction("txn_1") == TransactionFacts(
            id="txn_1",
            account_id="acc_1",
            card_id="crd_1",
            customer_id="cus_0001",
            merchant_id="mer_1",
            merchant_category_code="5732",
            amount_minor=2_000,
            currency="CHF",
            status="posted",
            entry_mode="contactless",
            authorised_at_ms=NOW_MS,
        )
        assert tx.record.transaction("txn_none") is None
        assert tx.record.customer("cus_none") is None


def test_what_names_a_parent_that_is_not_there_is_unknown(sql_database: FreshDatabase) -> None:
    orphan = BankCard(id="crd_2", account_id="no", status="active", last4="1", issued_at_ms=1)
    database = sql_database.open()
    with pytest.raises(UnknownRecord), database.writing("test") as connection:
        connection.execute(insert(table_of(BankCard)).values(orphan.model_dump()))


def test_sqlite_here_is_new_enough() -> None:
    # ON CONFLICT (3.24), multi-row VALUES and partial indexes are relied on.
    assert sqlite3.sqlite_version_info >= (3, 37)
