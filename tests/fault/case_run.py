"""The whole path of one case in one process, to be killed anywhere: service, gate and executor
together.

The three run as threads of a child process here so that one crash point kills all of them at once,
which is the worst that a machine can do. `tests/e2e` runs them as the three processes they are.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import serving.bootstrap
import serving.workers.bootstrap
from serving.bootstrap import ServiceRuntime, open_service
from serving.workers.bootstrap import ExecutorRuntime, open_executor, open_gate
from sluicegate.domain.case import Case, CaseStatus
from sluicegate.domain.event import parse_dispute_event
from sluicegate.domain.principal import Principal, Role
from sluicegate.domain.review import ReviewInput, ReviewLabel, Verdict
from sluicegate.settings import Settings

OPENER = Principal(id="service:cards", roles=(Role.SERVICE,))
_IDLE_S = 0.01


class Recorder:
    """Counts the crash points that a run passes."""

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()

    def reach(self, point: str) -> None:
        """Count a point."""
        self.passed[point] += 1


def run_case(settings: Settings, raw: bytes, reviewer_key: str) -> None:
    """Take an event in, drive it, approve what is asked, drive it to its end. Safe to run again."""
    with everything(settings) as service:
        case = _run(service, raw, reviewer_key)
    if case.status not in (CaseStatus.SETTLED, CaseStatus.DENIED, CaseStatus.REJECTED):
        raise AssertionError(f"the case did not end: {case.status}: {case.outcome}")


def passed_points(settings: Settings, raw: bytes, reviewer_key: str) -> dict[str, int]:
    """Run a case with nothing armed, and return how often each crash point was passed."""
    recorder = Recorder()

    def recording(_armed: str) -> Recorder:
        return recorder

    with other_crash_points(recording):
        run_case(settings, raw, reviewer_key)
    return dict(recorder.passed)


@contextmanager
def other_crash_points(replacement: Any) -> Iterator[None]:
    """Let both composition roots hand out another set of crash points for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for root in (serving.bootstrap, serving.workers.bootstrap):
            patch.setattr(root, "crash_points", replacement)
        yield


@contextmanager
def everything(settings: Settings) -> Iterator[ServiceRuntime]:
    """Open gate, executor and service over a deployment, all in this process."""
    stopped = threading.Event()
    with open_gate(settings) as gate, open_executor(settings) as executor:
        worker = threading.Thread(target=_execute, args=(executor, stopped), daemon=True)
        worker.start()
        try:
            with open_service(settings, gate=gate.gate) as service:
                yield service
        finally:
            stopped.set()
            worker.join()
            executor.executor.relay_once()


def _execute(executor: ExecutorRuntime, stopped: threading.Event) -> None:
    while not stopped.wait(_IDLE_S):
        executor.executor.run_once()
        executor.executor.relay_once()


def _run(service: ServiceRuntime, raw: bytes, reviewer_key: str) -> Case:
    event = parse_dispute_event(raw, now_ms=service.clock.now_ms())
    opened = service.cases.open_dispute(event, OPENER)
    case = service.cases.drive(opened.case.id)
    if case.status is not CaseStatus.WAITING_FOR_REVIEW:
        return case
    for review in service.gate.reviews(limit=10):
        if review.case_id == case.id:
            approval = ReviewInput(
                verdict=Verdict.APPROVE,
                rationale="The merchant confirmed it.",
                label=ReviewLabel.CLAIM_VALID,
                subject_digest=review.subject_digest,
            )
            service.cases.decide_review(review.id, approval, reviewer_key=reviewer_key)
    return service.cases.drive(case.id)
