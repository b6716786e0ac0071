import threading

import pytest

from serving.api import driving
from serving.api.driving import Drivers
from serving.cases import CaseService
from sluicegate.domain.errors import GateUnavailable


class Cases(CaseService):
    """Drives nothing, and waits where it is told to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.driven: list[str] = []
        self.go_on = threading.Event()
        self.failure = failure

    def drive(self, case_id: str) -> None:  # type: ignore[override]
        self.driven.append(case_id)
        self.go_on.wait(30)
        if self.failure is not None:
            raise self.failure


def test_a_request_that_waits_too_short_says_so_and_the_case_goes_on() -> None:
    cases = Cases()
    drivers = Drivers(cases)
    assert not drivers.finish("case_1", wait_s=0.01)
    cases.go_on.set()
    assert drivers.finish("case_1")


def test_a_second_request_joins_the_run_that_is_under_way() -> None:
    cases = Cases()
    drivers = Drivers(cases)
    first = drivers.start("case_1")
    assert drivers.start("case_1") is first
    cases.go_on.set()
    assert first is not None
    first.result(30)
    assert cases.driven == ["case_1"]


def test_a_run_anew_does_not_join_one_that_looked_before() -> None:
    cases = Cases()
    drivers = Drivers(cases)
    first = drivers.start("case_1")
    second = drivers.start("case_1", anew=True)
    assert first is not second
    cases.go_on.set()
    assert second is not None
    second.result(30)
    assert cases.driven == ["case_1", "case_1"]


def test_a_part_that_is_away_leaves_the_case_to_recovery() -> None:
    cases = Cases(GateUnavailable("The gate is away."))
    cases.go_on.set()
    assert not Drivers(cases).finish("case_1")


def test_any_other_failure_reaches_the_caller() -> None:
    cases = Cases(ZeroDivisionError())
    cases.go_on.set()
    with pytest.raises(ZeroDivisionError):
        Drivers(cases).finish("case_1")


def test_the_queue_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "WAITING_MAX", 1)
    cases = Cases()
    drivers = Drivers(cases)
    assert drivers.start("case_1") is not None
    assert drivers.start("case_2") is None
    assert not drivers.finish("case_2")
    cases.go_on.set()
