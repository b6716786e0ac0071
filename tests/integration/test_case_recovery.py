"""No case is stuck: whatever changes or fails around it, it goes on; money moves at most once."""

import pytest
from sqlalchemy import text

from serving.bootstrap import ServiceRuntime
from sluicegate.adapters.sql.engine import Database
from sluicegate.domain.case import Case, CaseStatus
from sluicegate.domain.errors import PolicyUnavailable, StaleReview
from sluicegate.domain.event import parse_dispute_event
from sluicegate.domain.review import Review, ReviewInput, ReviewLabel, Verdict
from sluicegate.ledger.verify import verify_everything
from tests.deployment import Deployment
from tests.fault.case_run import OPENER, everything

NOWHERE = "http://127.0.0.1:9"
"""Port 9 (discard) answers nobody here."""


def opened(service: ServiceRuntime, raw: bytes) -> Case:
    """Take an example in and drive it as far as it goes."""
    event = parse_dispute_event(raw, now_ms=service.clock.now_ms())
    return service.cases.drive(service.cases.open_dispute(event, OPENER).case.id)


def approval(review: Review) -> ReviewInput:
    """Return an approval of exactly what a review asks."""
    return ReviewInput(
        verdict=Verdict.APPROVE,
        rationale="It holds.",
        label=ReviewLabel.CLAIM_VALID,
        subject_digest=review.subject_digest,
    )


def administered(deployment: Deployment, statement: str, **values: str | int) -> None:
    """Change the bank's record as its owner does."""
    admin = Database(deployment.settings.effective_database_url, "admin")
    try:
        with admin.writing("test") as connection:
            connection.execute(text(statement), values)
    finally:
        admin.dispose()


def entries(service: ServiceRuntime) -> int:
    """Count journal entries, after checking that everything verifies."""
    report = verify_everything(service.store, service.verifier)
    assert report.ok, report.problems
    return report.journal_entries


def test_a_case_whose_facts_changed_while_it_waited_ends_instead_of_waiting_for_ever(
    deployment: Deployment,
) -> None:
    with everything(deployment.settings) as service:
        case = opened(service, deployment.example("demo-review-approve"))
        assert case.status is CaseStatus.WAITING_FOR_REVIEW
        (review,) = service.gate.reviews(limit=10)
        administered(
            deployment,
            "UPDATE bank_account SET status = 'frozen' WHERE id = :account",
            account=review.subject.proposal.payee_account_id,
        )
        with pytest.raises(StaleReview):
            service.cases.decide_review(
                review.id, approval(review), reviewer_key=deployment.keys["person:pia"]
            )
        assert service.cases.case(case.id).status is CaseStatus.DENIED
        assert service.gate.reviews(limit=10) == ()
        assert entries(service) == 0


def test_a_case_that_ended_without_its_note_is_noted_and_not_run_again(
    deployment: Deployment,
) -> None:
    with everything(deployment.settings) as service:
        case = opened(service, deployment.example("demo-allowed"))
        assert case.status is CaseStatus.SETTLED
        before = service.cases.view(case.id).timeline
        with service.store.write("test") as tx:
            tx.cases.set_status(case.id, CaseStatus.RUNNING, "")
        assert service.cases.recover() == 1
        assert service.cases.case(case.id).status is CaseStatus.SETTLED
        assert service.cases.view(case.id).timeline == before
        assert entries(service) == 1


def test_while_policy_cannot_be_asked_nothing_is_allowed_and_nothing_is_lost(
    deployment: Deployment,
) -> None:
    raw = deployment.example("demo-allowed")
    away = deployment.settings.model_copy(update={"opa_url": NOWHERE})
    with everything(away) as service:
        case = opened(service, raw)
        assert case.status is CaseStatus.RUNNING
        for _ in range(3):
            assert service.cases.drive(case.id).status is CaseStatus.RUNNING
        assert len(service.cases.view(case.id).answers) == 1
        assert entries(service) == 0
    with everything(deployment.settings) as service:
        assert service.cases.recover() == 1
        assert service.cases.case(case.id).status is CaseStatus.SETTLED
        assert entries(service) == 1


def test_while_policy_cannot_be_asked_a_review_waits_and_is_not_called_stale(
    deployment: Deployment,
) -> None:
    with everything(deployment.settings) as service:
        opened(service, deployment.example("demo-review-approve"))
        (review,) = service.gate.reviews(limit=10)
    away = deployment.settings.model_copy(update={"opa_url": NOWHERE})
    key = deployment.keys["person:pia"]
    with everything(away) as service:
        with pytest.raises(PolicyUnavailable):
            service.cases.decide_review(review.id, approval(review), reviewer_key=key)
        assert [one.id for one in service.gate.reviews(limit=10)] == [review.id]
        assert entries(service) == 0
    with everything(deployment.settings) as service:
        _, case = service.cases.decide_review(review.id, approval(review), reviewer_key=key)
        assert case.status is CaseStatus.SETTLED
        assert entries(service) == 1


def test_a_transaction_that_is_newer_than_our_clock_is_denied_and_does_not_stick(
    deployment: Deployment,
) -> None:
    raw = deployment.example("demo-allowed")
    with everything(deployment.settings) as service:
        event = parse_dispute_event(raw, now_ms=service.clock.now_ms())
        administered(
            deployment,
            "UPDATE bank_transaction SET authorised_at_ms = :at, posted_at_ms = :at WHERE id = :id",
            at=service.clock.now_ms() + 86_400_000,
            id=event.data.transaction_id,
        )
        assert opened(service, raw).status is CaseStatus.DENIED
        assert entries(service) == 0


def test_a_case_that_gets_nowhere_is_tried_less_and_less_often(deployment: Deployment) -> None:
    away = deployment.settings.model_copy(update={"opa_url": NOWHERE})
    with everything(away) as service:
        opened(service, deployment.example("demo-allowed"))
        assert [service.cases.recover() for _ in range(3)] == [1, 0, 0]
