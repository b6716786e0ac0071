"""The review store: one pending question a proposal, one answer a question."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sluicegate.domain.errors import Conflict, NotFound, StaleReview
from sluicegate.domain.review import Verdict
from tests.builders import NOW_MS, OTHER_DIGEST, a_decision_on, some_facts
from tests.conformance.stored import decided, inputs_for_review, review_of, store_proposal
from tests.databases import FreshDatabase


def test_a_review_comes_back_as_it_was_and_a_repeat_changes_nothing(
    sql_database: FreshDatabase,
) -> None:
    with sql_database.open().write("t") as tx:
        proposal = store_proposal(tx)
    review = review_of(inputs_for_review(proposal))
    database = sql_database.open("gate")
    with database.write("t") as tx:
        assert tx.reviews.request(review)
        assert not tx.reviews.request(review)
        assert tx.reviews.get(review.id) == review
        with pytest.raises(NotFound):
            tx.reviews.get("rev_none")


def test_a_new_question_supersedes_the_pending_one_and_an_old_one_can_come_back(
    sql_database: FreshDatabase,
) -> None:
    with sql_database.open().write("t") as tx:
        proposal = store_proposal(tx)
        first = review_of(inputs_for_review(proposal))
        changed = inputs_for_review(proposal, facts=some_facts(credited_minor=1))
        second = review_of(changed, requested_at_ms=NOW_MS + 1)
        tx.reviews.request(first)
        tx.reviews.request(second)
        statuses = [review.status for review in tx.reviews.of_proposal(proposal.id)]
        assert statuses == ["superseded", "pending"]
        with pytest.raises(StaleReview):
            tx.reviews.decide(a_decision_on(inputs_for_review(proposal)))
        assert tx.reviews.request(first)
        statuses = [review.status for review in tx.reviews.of_proposal(proposal.id)]
        assert statuses == ["pending", "superseded"]
        assert tx.reviews.get(first.id).due_at_ms == first.due_at_ms


def test_a_decision_is_recorded_once_and_stands(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        proposal = store_proposal(tx)
    inputs = inputs_for_review(proposal)
    decision = a_decision_on(inputs)
    with sql_database.open("gate").write("t") as tx:
        tx.reviews.request(review_of(inputs))
        assert tx.reviews.decide(decision)
        assert not tx.reviews.decide(decided(decision, decided_at_ms=NOW_MS + 99))
        for otherwise in (
            decided(decision, verdict=Verdict.REJECT),
            decided(decision, rationale="Something else."),
            decided(decision, reviewer="person:bob"),
        ):
            with pytest.raises(Conflict):
                tx.reviews.decide(otherwise)
        stored = tx.reviews.get(decision.review_id)
        assert (stored.status, stored.decision) == ("decided", decision)
        assert tx.reviews.latest_decision(proposal.id) == decision
        assert not tx.reviews.request(review_of(inputs))
        assert tx.reviews.get(decision.review_id).status == "decided"


def test_a_decision_on_something_else_than_was_shown_is_stale(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        inputs = inputs_for_review(store_proposal(tx))
        tx.reviews.request(review_of(inputs))
        shown_otherwise = decided(a_decision_on(inputs), subject_digest=OTHER_DIGEST)
        with pytest.raises(StaleReview):
            tx.reviews.decide(shown_otherwise)
        with pytest.raises(Conflict):
            tx.reviews.decide(decided(a_decision_on(inputs), proposal_id="prop_other"))
        with pytest.raises(NotFound):
            tx.reviews.decide(decided(a_decision_on(inputs), review_id="rev_none"))
        assert tx.reviews.latest_decision(inputs.proposal.id) is None


def test_pending_reviews_come_earliest_due_first(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        asked = [inputs_for_review(store_proposal(tx, number)) for number in (1, 2, 3)]
        reviews = [
            review_of(inputs, due_at_ms=NOW_MS + due)
            for inputs, due in zip(asked, (300, 100, 200), strict=True)
        ]
        for review in reviews:
            tx.reviews.request(review)
        tx.reviews.decide(a_decision_on(asked[2]))
        assert tx.reviews.pending(limit=10) == (reviews[1], reviews[0])
        assert tx.reviews.pending(limit=1) == (reviews[1],)


def test_of_two_deciders_at_once_one_is_recorded(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        inputs = inputs_for_review(store_proposal(tx))
        tx.reviews.request(review_of(inputs))
    database = sql_database.open("gate")

    def decide(number: int) -> bool:
        decision = decided(a_decision_on(inputs), reviewer=f"person:{number}")
        try:
            with database.write("t") as tx:
                return tx.reviews.decide(decision)
        except Conflict:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(decide, range(6))) == 1
