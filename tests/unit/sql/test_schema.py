"""Migrations: repeatable, safe at once, and equal to the tables in code."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from sluicegate.adapters.sql.engine import Database
from sluicegate.adapters.sql.grants import GRANTS, POSTGRES_ROLES, grant_roles
from sluicegate.adapters.sql.schema import differences, migrate
from sluicegate.adapters.sql.urls import is_postgres, libpq_url, parse_url
from sluicegate.domain.errors import Forbidden, InvalidInput
from tests.databases import FreshDatabase, PostgresServer


def test_the_migrated_schema_is_the_one_in_code(sql_database: FreshDatabase) -> None:
    assert differences(sql_database.url) == []


def test_migrating_again_changes_nothing(sql_database: FreshDatabase) -> None:
    migrate(sql_database.url)
    grant_roles(sql_database.url)
    with sql_database.open("service").read() as tx:
        assert tx.audit.verify().ok


def test_migrating_at_once_migrates_once_on_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / '100% new' / 'sluicegate.db'}"
    with ThreadPoolExecutor(1) as pool:
        list(pool.map(migrate, [url] * 2))
    assert differences(url) == []


@pytest.mark.postgres
def test_a_login_that_is_no_administrator_works_under_its_role(
    postgres_server: PostgresServer,
) -> None:
    with postgres_server.fresh("plain_login") as url:
        login, password = sql.Identifier("gate_login"), sql.Literal("p%40ss w0rd/ü")
        with psycopg.connect(libpq_url(url), autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(login, password))
            admin.execute(sql.SQL("GRANT sluicegate_gate TO {}").format(login))
        try:
            own = parse_url(url).set(username="gate_login", password="p%40ss w0rd/ü")
            text = own.render_as_string(hide_password=False)
            gate = Database(text, "gate")
            with gate.read() as tx:
                assert tx.reviews.pending(limit=1) == ()
            gate.dispose()
            executor = Database(text, "executor")
            with pytest.raises(Forbidden), executor.read():
                pass
            executor.dispose()
        finally:
            with psycopg.connect(libpq_url(url), autocommit=True) as admin:
                admin.execute(sql.SQL("DROP ROLE {}").format(login))


def test_every_role_has_grants_and_a_name() -> None:
    assert set(GRANTS) == set(POSTGRES_ROLES)


def test_no_role_of_a_process_writes_the_record_the_accounts_or_the_keys() -> None:
    for grants in GRANTS.values():
        for table, held in grants.items():
            if table.startswith("bank_") or table in ("ledger_account", "api_key"):
                assert not held.insert
                assert not held.update


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        parse_url(url)


def test_an_address_names_its_kind() -> None:
    assert is_postgres("postgresql://u@h/d")
    assert is_postgres("postgresql+psycopg://u@h/d")
    assert not is_postgres("sqlite:////tmp/x.db")
    assert libpq_url("postgresql+psycopg://u:p%2F@h:5/d") == "postgresql://u:p%2F@h:5/d"
