"""The case store: cases are opened once, and one process at a time drives each."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sluicegate.domain.case import CaseStatus
from sluicegate.domain.errors import Conflict, NotFound, UnknownRecord
from tests.builders import NOW_MS, OTHER_DIGEST, a_case, a_decision_on
from tests.conformance.stored import (
    event_number,
    inputs_for_review,
    review_of,
    store_case,
    store_proposal,
)
from tests.databases import FreshDatabase


def test_opening_again_changes_nothing_even_when_the_case_has_moved_on(
    sql_database: FreshDatabase,
) -> None:
    database = sql_database.open("service")
    with database.write("t") as tx:
        case = a_case(store_case(tx))
        tx.cases.set_status(case.id, CaseStatus.SETTLED, "credited")
        tx.cases.open(case)
        assert tx.cases.get(case.id) == case.model_copy(
            update={"status": CaseStatus.SETTLED, "outcome": "credited"}
        )


@pytest.mark.parametrize("changes", [{"event_digest": OTHER_DIGEST}, {"thread_id": "other"}])
def test_another_case_of_the_same_name_is_a_conflict(
    sql_database: FreshDatabase, changes: dict[str, str]
) -> None:
    with sql_database.open("service").write("t") as tx:
        case = a_case(store_case(tx))
        with pytest.raises(Conflict):
            tx.cases.open(case.model_copy(update=changes))


def test_a_case_needs_its_event(sql_database: FreshDatabase) -> None:
    database = sql_database.open("service")
    with pytest.raises(UnknownRecord), database.write("t") as tx:
        tx.cases.open(a_case())


def test_unknown_cases_are_not_found(sql_database: FreshDatabase) -> None:
    with sql_database.open("service").write("t") as tx:
        with pytest.raises(NotFound):
            tx.cases.get("case_none")
        with pytest.raises(NotFound):
            tx.cases.set_status("case_none", CaseStatus.DENIED, "")
        with pytest.raises(NotFound):
            tx.cases.lease("case_none", "me", now_ms=1, until_ms=2)


def test_a_lease_is_exclusive_until_it_ends(sql_database: FreshDatabase) -> None:
    with sql_database.open("service").write("t") as tx:
        case_id = store_case(tx).case_id()
        assert tx.cases.lease(case_id, "one", now_ms=100, until_ms=200)
        assert not tx.cases.lease(case_id, "two", now_ms=199, until_ms=300)
        assert tx.cases.lease(case_id, "one", now_ms=150, until_ms=250)
        tx.cases.release(case_id, "two")
        assert not tx.cases.lease(case_id, "two", now_ms=249, until_ms=300)
        assert tx.cases.lease(case_id, "two", now_ms=250, until_ms=300)
        tx.cases.release(case_id, "two")
        assert tx.cases.lease(case_id, "three", now_ms=260, until_ms=400)


def test_of_many_who_want_a_lease_one_gets_it(sql_database: FreshDatabase) -> None:
    database = sql_database.open("service")
    with database.write("t") as tx:
        case_id = store_case(tx).case_id()

    def lease(number: int) -> bool:
        with database.write("t") as tx:
            return tx.cases.lease(case_id, f"holder-{number}", now_ms=100, until_ms=200)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lease, range(8))) == 1


def test_movable_and_recent_are_ordered_and_leave_out_what_they_should(
    sql_database: FreshDatabase,
) -> None:
    with sql_database.open("admin").write("t") as tx:
        ids = [store_case(tx, number).case_id() for number in range(1, 6)]
        tx.cases.set_status(ids[0], CaseStatus.DENIED, "")
        tx.cases.set_status(ids[1], CaseStatus.WAITING_FOR_REVIEW, "")
        tx.cases.lease(ids[2], "me", now_ms=NOW_MS, until_ms=NOW_MS + 10)
        movable = tx.cases.movable(now_ms=NOW_MS + 5, limit=10)
        assert [case.id for case in movable] == [ids[1], ids[3], ids[4]]
        later = tx.cases.movable(now_ms=NOW_MS + 10, limit=2)
        assert [case.id for case in later] == [ids[1], ids[2]]
        assert [case.id for case in tx.cases.recent(limit=2)] == [ids[4], ids[3]]
        assert event_number(1).case_id() == ids[0]


def test_a_case_that_waits_for_a_person_moves_once_its_review_is_decided(
    sql_database: FreshDatabase,
) -> None:
    with sql_database.open("admin").write("t") as tx:
        inputs = inputs_for_review(store_proposal(tx))
        case_id = inputs.proposal.case_id
        tx.reviews.request(review_of(inputs))
        tx.cases.set_status(case_id, CaseStatus.WAITING_FOR_REVIEW, "")
        assert tx.cases.movable(now_ms=NOW_MS, limit=10) == ()
        tx.reviews.decide(a_decision_on(inputs))
        assert [case.id for case in tx.cases.movable(now_ms=NOW_MS, limit=10)] == [case_id]
