"""The permit store: an effect has one live permit; each is claimed by one and ends once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sluicegate.domain.errors import Conflict, InvalidInput, NotFound
from tests.conformance.stored import (
    abandon,
    claimed,
    permit_of,
    receipt_of,
    store_permit,
    store_proposal,
)
from tests.databases import FreshDatabase


def test_a_permit_comes_back_as_it_was(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        assert not tx.permits.has_waiting()
        permit = store_permit(tx)
        stored = tx.permits.get(permit.claims.permit_id)
        assert (stored.permit, stored.attempt, stored.status) == (permit, 1, "issued")
        assert stored.receipt is None
        assert tx.permits.latest(permit.claims.proposal_id) == stored
        assert tx.permits.latest("prop_none") is None
        assert tx.permits.has_waiting()
        with pytest.raises(NotFound):
            tx.permits.get("pmt_none")


@pytest.mark.parametrize("end", ["issued", "consumed"])
def test_an_effect_has_one_live_or_consumed_permit(sql_database: FreshDatabase, end: str) -> None:
    with sql_database.open().write("t") as tx:
        permit = store_permit(tx)
        if end == "consumed":
            assert tx.permits.consume(permit.claims.permit_id, receipt_of(permit))
        again = permit_of(tx.proposals.get(permit.claims.proposal_id), attempt=2)
        with pytest.raises(Conflict):
            tx.permits.issue(again, attempt=2)
        with pytest.raises(Conflict):
            tx.permits.issue(permit, attempt=1)


@pytest.mark.parametrize("end", ["refused", "expired"])
def test_a_closed_permit_frees_its_effect(sql_database: FreshDatabase, end: str) -> None:
    with sql_database.open().write("t") as tx:
        permit = store_permit(tx)
        receipt = receipt_of(permit, end)
        assert tx.permits.close(permit.claims.permit_id, receipt)
        stored = tx.permits.get(permit.claims.permit_id)
        assert (stored.status, stored.receipt) == (end, receipt)
        again = permit_of(tx.proposals.get(permit.claims.proposal_id), attempt=2)
        tx.permits.issue(again, attempt=2)
        latest = tx.permits.latest(permit.claims.proposal_id)
        assert latest is not None
        assert latest.permit == again


def test_a_permit_ends_once(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        permit = store_permit(tx)
        assert tx.permits.consume(permit.claims.permit_id, receipt_of(permit))
        assert not tx.permits.consume(permit.claims.permit_id, receipt_of(permit))
        assert not tx.permits.close(permit.claims.permit_id, receipt_of(permit, "expired"))
        assert tx.permits.get(permit.claims.permit_id).receipt == receipt_of(permit)
        assert claimed(tx, limit=10) == ()


def test_a_receipt_has_to_fit(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        permit = store_permit(tx)
        other = store_permit(tx, 2)
        for wrong in (receipt_of(other), receipt_of(permit, "expired")):
            with pytest.raises(InvalidInput):
                tx.permits.consume(permit.claims.permit_id, wrong)
        for wrong in (receipt_of(other, "expired"), receipt_of(permit, "unknown")):
            with pytest.raises(InvalidInput):
                tx.permits.close(permit.claims.permit_id, wrong)


def test_reserved_counts_issued_permits_of_other_proposals(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        permit = store_permit(tx)
        claims = permit.claims
        transaction, amount = claims.transaction_id, claims.amount_minor
        assert tx.permits.reserved_minor(transaction, except_proposal="prop_x") == amount
        assert tx.permits.reserved_minor(transaction, except_proposal=claims.proposal_id) == 0
        assert tx.permits.reserved_minor("txn_other", except_proposal="prop_x") == 0
        tx.permits.consume(claims.permit_id, receipt_of(permit))
        assert tx.permits.reserved_minor(transaction, except_proposal="prop_x") == 0


def test_claims_come_oldest_first_and_are_not_lost_by_a_rollback(
    sql_database: FreshDatabase,
) -> None:
    with sql_database.open().write("t") as tx:
        permits = [store_permit(tx, number) for number in range(1, 5)]
    executor = sql_database.open("executor")
    with pytest.raises(RuntimeError), executor.write("t") as tx:
        abandon(claimed(tx, limit=2))
    with executor.write("t") as tx:
        assert [stored.permit for stored in claimed(tx, limit=10)] == permits


def test_two_executors_at_once_claim_different_permits(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        expected = {store_permit(tx, number).claims.permit_id for number in range(1, 11)}
    executor = sql_database.open("executor")
    ready = threading.Barrier(2)

    def work(_number: int) -> list[str]:
        consumed: list[str] = []
        ready.wait()
        for _ in range(len(expected) * 2):
            with executor.write("t") as tx:
                for stored in claimed(tx, limit=3):
                    permit_id = stored.permit.claims.permit_id
                    assert tx.permits.consume(permit_id, receipt_of(stored.permit))
                    consumed.append(permit_id)
        return consumed

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(work, range(2))
    assert sorted(one + two) == sorted(expected)


def test_on_postgres_rows_locked_elsewhere_are_skipped(sql_database: FreshDatabase) -> None:
    if sql_database.kind != "postgres":
        pytest.skip("SQLite has one writer at a time: nothing is locked elsewhere")
    with sql_database.open().write("t") as tx:
        permits = [store_permit(tx, number) for number in range(1, 4)]
    executor = sql_database.open("executor")
    with executor.write("t") as first, executor.write("t") as second:
        assert [stored.permit for stored in claimed(first, limit=1)] == permits[:1]
        assert [stored.permit for stored in claimed(second, limit=10)] == permits[1:]


def test_of_two_issuers_at_once_one_wins(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        proposal = store_proposal(tx)
    gate = sql_database.open("gate")

    def issue(attempt: int) -> bool:
        try:
            with gate.write("t") as tx:
                tx.permits.issue(permit_of(proposal, attempt=attempt), attempt=attempt)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(issue, range(1, 6))) == 1
