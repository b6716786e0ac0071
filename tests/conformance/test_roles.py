"""What a role may not do, the database refuses: an authorizer on SQLite, GRANTs on PostgreSQL."""

import pytest
from sqlalchemy import text

from sluicegate.adapters.sql.grants import GRANTS, RoleName
from sluicegate.domain.errors import Conflict, Forbidden
from tests.builders import NOW_MS, a_proposal
from tests.conformance.stored import (
    claimed,
    entry_of,
    open_accounts,
    permit_of,
    receipt_of,
    store_permit,
    store_proposal,
)
from tests.databases import FreshDatabase

TABLES = sorted({table for grants in GRANTS.values() for table in grants} - {"journal_line"})
ROLES: tuple[RoleName, ...] = ("service", "gate", "executor")


def test_the_service_can_neither_post_nor_permit_nor_decide(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        permit = store_permit(tx)
        proposal = store_proposal(tx, 2)
        open_accounts(tx, permit.claims.debit_account_id, permit.claims.credit_account_id)
    service = sql_database.open("service")
    with pytest.raises(Forbidden), service.write("t") as tx:
        tx.ledger.post(entry_of(permit))
    with pytest.raises(Forbidden), service.write("t") as tx:
        tx.permits.issue(permit_of(proposal), attempt=1)
    with pytest.raises(Forbidden), service.write("t") as tx:
        tx.permits.consume(permit.claims.permit_id, receipt_of(permit))
    with pytest.raises(Forbidden), service.write("t") as tx:
        tx.proposals.submit(a_proposal(), now_ms=NOW_MS)
    with pytest.raises(Forbidden), service.write("t") as tx:
        tx.ledger.open_account("mine", "USD", "customer")


def test_the_gate_cannot_post_or_consume(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        permit = store_permit(tx)
        open_accounts(tx, permit.claims.debit_account_id, permit.claims.credit_account_id)
    gate = sql_database.open("gate")
    with pytest.raises(Forbidden), gate.write("t") as tx:
        tx.ledger.post(entry_of(permit))
    with pytest.raises(Forbidden), gate.write("t") as tx:
        tx.permits.consume(permit.claims.permit_id, receipt_of(permit))


def test_the_executor_cannot_issue_a_permit_or_propose(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        proposal = store_proposal(tx)
    executor = sql_database.open("executor")
    with pytest.raises(Forbidden), executor.write("t") as tx:
        tx.permits.issue(permit_of(proposal), attempt=1)
    with pytest.raises(Forbidden), executor.write("t") as tx:
        tx.proposals.submit(a_proposal(), now_ms=NOW_MS)


def test_the_executor_cannot_widen_a_permit(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        store_permit(tx)
    for column in ("amount_minor = 999999", "body = '{}'", "transaction_id = 'x'"):
        with pytest.raises(Forbidden), sql_database.open("executor").write("t") as tx:
            tx.connection.execute(text(f"UPDATE permit SET {column}"))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reads_and_writes_exactly_what_it_was_granted(
    sql_database: FreshDatabase, role: RoleName
) -> None:
    database = sql_database.open(role)
    for table in TABLES:
        held = GRANTS[role].get(table)
        attempts = {
            f"SELECT * FROM {table}": held is not None,
            f"DELETE FROM {table}": False,
            f"INSERT INTO {table} DEFAULT VALUES": held is not None and held.insert,
        }
        for statement, granted in attempts.items():
            refused = False
            try:
                with database.write("t") as tx:
                    tx.connection.execute(text(statement))
            except Forbidden:
                refused = True
            except Conflict:  # granted, and then a NOT NULL column complains
                pass
            assert refused is not granted, f"{role}: {statement}"


@pytest.mark.parametrize("role", ROLES)
def test_no_role_changes_the_schema_or_looks_elsewhere(
    sql_database: FreshDatabase, role: RoleName
) -> None:
    statements = ["DROP TABLE permit", "CREATE TABLE mine (x INTEGER)"]
    if sql_database.kind == "sqlite":
        statements += ["PRAGMA query_only = OFF", "ATTACH ':memory:' AS other"]
        statements += ["DROP TRIGGER audit_entry_no_update", "PRAGMA writable_schema = ON"]
    else:
        statements += ["ALTER TABLE audit_entry DISABLE TRIGGER ALL", "TRUNCATE audit_entry"]
    for statement in statements:
        database = sql_database.open(role)
        with pytest.raises(Forbidden), database.write("t") as tx:
            tx.connection.execute(text(statement))


@pytest.mark.parametrize("role", [*ROLES, "admin"])
def test_a_reading_transaction_cannot_write(sql_database: FreshDatabase, role: RoleName) -> None:
    with pytest.raises(Forbidden), sql_database.open(role).read() as tx:
        tx.connection.execute(text("UPDATE audit_head SET seq = 5"))


def test_the_executor_does_its_whole_work_with_its_grants(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        permit = store_permit(tx)
        open_accounts(tx, permit.claims.debit_account_id, permit.claims.credit_account_id)
    with sql_database.open("executor").write("t") as tx:
        (stored,) = claimed(tx, limit=1)
        tx.permits.consume(stored.permit.claims.permit_id, receipt_of(stored.permit))
        tx.ledger.post(entry_of(stored.permit))
        assert tx.proposals.get(permit.claims.proposal_id).id == permit.claims.proposal_id
