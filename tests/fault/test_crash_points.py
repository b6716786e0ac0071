"""Killed at any commit on the path, a case ends the same: one effect, balanced books, a log that
verifies.

Each test starts a real process, kills it with SIGKILL at a named point, starts another one over
what is left, and counts. The points are every commit that one reviewed case passes, before and
after.
"""

import multiprocessing
import signal
from typing import Final

import pytest

from serving.bootstrap import open_records
from sluicegate.domain.case import CaseStatus
from sluicegate.domain.event import DisputeEvent
from sluicegate.ledger.verify import verify_everything
from sluicegate.settings import Settings
from tests.deployment import Deployment
from tests.fault.case_run import passed_points, run_case

EXAMPLE: Final = "demo-review-approve"
REVIEWER: Final = "person:pia"
SEAMS: Final = (
    "intake.accept",
    "service.lease",
    "service.step",
    "service.case",
    "service.release",
    "checkpoint.put",
    "checkpoint.writes",
    "gate.submit",
    "gate.decide",
    "gate.review",
    "executor.execute",
    "executor.relay",
)
SIDES: Final = ("before_commit", "after_commit")
POINTS: Final = [f"{seam}.{side}" for seam in SEAMS for side in SIDES]
AGAIN: Final = [f"{seam}.{side}#2" for seam in ("gate.decide", "service.case") for side in SIDES]
"""The second decision is the one that issues the permit; the second note is that of the end."""
REPEATED: Final = {
    "checkpoint.put": 10,
    "checkpoint.writes": 10,
    "service.step": 6,
    "service.lease": 2,
    "service.case": 2,
    "gate.decide": 2,
}
"""Seams that one case passes several times, and how often at least."""
LATER: Final = [
    f"{seam}.{side}#{number}"
    for seam, times in REPEATED.items()
    for number in range(2, times + 1)
    for side in SIDES
    if f"{seam}.{side}#{number}" not in AGAIN
]
RUN_TIMEOUT_S: Final = 60.0
_PROCESSES: Final = multiprocessing.get_context("forkserver")


def _run_in_a_process(settings: Settings, raw: bytes, key: str) -> int | None:
    """Run the case in a process of its own and return how it ended; -9 where it was killed."""
    _PROCESSES.set_forkserver_preload(["tests.fault.case_run"])
    child = _PROCESSES.Process(target=run_case, args=(settings, raw, key))
    child.start()
    child.join(RUN_TIMEOUT_S)
    if child.is_alive():
        child.kill()
        child.join()
        raise AssertionError(f"the run with crash_at={settings.crash_at!r} hung")
    return child.exitcode


def _assert_one_effect(settings: Settings, raw: bytes) -> None:
    event = DisputeEvent.from_json(raw)
    with open_records(settings) as records, records.store.read() as tx:
        case = tx.cases.get(event.case_id())
        assert case.status is CaseStatus.SETTLED, case.outcome
        entries = tx.ledger.entries(after="", limit=10)
        assert len(entries) == 1
        claimed_minor = event.data.money().amount_minor
        assert tx.ledger.credited_minor(event.data.transaction_id, "provisional_credit") == (
            claimed_minor
        )
        told = tx.events.replay(after_position=0, limit=10)
        assert [message.key for message in told if "executed" in message.topic] == [case.id]
        kinds = [entry.record.kind for entry in tx.audit.of_case(case.id)]
        for once in ("event.accepted", "review.decided", "permit.issued", "action.executed"):
            assert kinds.count(once) == 1, kinds
        assert kinds.count("case.closed") == 1, kinds
    with open_records(settings) as records:
        report = verify_everything(records.store, records.verifier)
        assert report.ok, report.problems


def _killed_then_finished(deployment: Deployment, point: str) -> None:
    raw, key = deployment.example(EXAMPLE), deployment.keys[REVIEWER]
    armed = deployment.settings.model_copy(update={"crash_at": point})
    assert _run_in_a_process(armed, raw, key) == -signal.SIGKILL, f"{point} was never reached"
    assert _run_in_a_process(deployment.settings, raw, key) == 0
    _assert_one_effect(deployment.settings, raw)
    assert _run_in_a_process(deployment.settings, raw, key) == 0
    _assert_one_effect(deployment.settings, raw)


def test_the_points_are_all_that_a_case_passes(deployment: Deployment) -> None:
    passed = passed_points(
        deployment.settings, deployment.example(EXAMPLE), deployment.keys[REVIEWER]
    )
    assert set(passed) == set(POINTS)
    for seam, times in REPEATED.items():
        assert passed[f"{seam}.after_commit"] >= times


@pytest.mark.parametrize("point", POINTS + AGAIN)
def test_killed_at_a_commit_it_has_one_effect(deployment: Deployment, point: str) -> None:
    _killed_then_finished(deployment, point)


@pytest.mark.soak
@pytest.mark.parametrize("point", LATER)
def test_killed_at_a_later_pass_it_has_one_effect(deployment: Deployment, point: str) -> None:
    _killed_then_finished(deployment, point)
