import pytest
from sqlalchemy import text

from serving.bank.generate import generate_bank
from serving.bank.rows import bank_digest, rows
from serving.bank.seed import is_seeded, seed
from sluicegate.domain.errors import Conflict
from sluicegate.domain.journal import suspense_account
from tests.databases import FreshDatabase
from tests.synthetic_bank import small_bank


def test_every_row_and_ledger_account_is_written_once(sql_database: FreshDatabase) -> None:
    database = sql_database.open()
    assert not is_seeded(database)
    assert seed(database, small_bank(), now_ms=5)
    assert not seed(database, small_bank(), now_ms=6)
    assert is_seeded(database)
    with database.reading() as connection:
        for table, held in rows(small_bank()).items():
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == len(held)
        found = connection.execute(text("SELECT id, currency FROM ledger_account"))
        opened = {tuple(row) for row in found}
    assert {(account.id, account.currency) for account in small_bank().accounts} <= opened
    assert {(suspense_account(currency), currency) for currency in ("USD", "EUR", "JPY")} <= opened
    with database.read() as transaction:
        (entry,) = transaction.audit.read(after_seq=0, limit=10)
        assert entry.record.data_digest == bank_digest(small_bank())
        assert transaction.audit.verify().ok


def test_another_bank_is_never_written_over_the_first(sql_database: FreshDatabase) -> None:
    database = sql_database.open()
    seed(database, small_bank(), now_ms=5)
    with pytest.raises(Conflict):
        seed(database, generate_bank(8, customers=80), now_ms=6)
