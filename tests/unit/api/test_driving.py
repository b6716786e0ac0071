import asyncio
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
    assert not asyncio.run(drivers.finish("case_1", wait_s=0.01))
    cases.go_on.set()
    assert asyncio.run(drivers.finish("case_1"))


def test_many_requests_that_wait_hold_no_thread() -> None:
    cases = Cases()
    drivers = Drivers(cases)

    async def wait_together() -> list[bool]:
        waiting = [asyncio.create_task(drivers.finish(f"case_{n % 8}")) for n in range(100)]
        await asyncio.sleep(0)
        # Every request has begun to wait, and another one is answered meanwhile.
        await asyncio.to_thread(cases.go_on.set)
        return await asyncio.gather(*waiting)

    assert all(asyncio.run(wait_together()))
    assert len(cases.driven) == 8


def test_a_service_that_stops_leaves_waiting_cases_to_recovery() -> None:
    cases = Cases()
    drivers = Drivers(cases)

    async def stop_while_waiting() -> list[bool]:
        names = [f"case_{n}" for n in range(driving.THREADS + 1)]
        waiting = [asyncio.create_task(drivers.finish(name)) for name in names]
        await asyncio.sleep(0)
        drivers.close()
        cases.go_on.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(stop_while_waiting()) == [True] * driving.THREADS + [False]


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
    assert not asyncio.run(Drivers(cases).finish("case_1"))


def test_any_other_failure_reaches_the_caller() -> None:
    cases = Cases(ZeroDivisionError())
    cases.go_on.set()
    with pytest.raises(ZeroDivisionError):
        asyncio.run(Drivers(cases).finish("case_1"))


def test_the_queue_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "WAITING_MAX", 1)
    cases = Cases()
    drivers = Drivers(cases)
    assert drivers.start("case_1") is not None
    assert drivers.start("case_2") is None
    assert not asyncio.run(drivers.finish("case_2"))
    cases.go_on.set()
