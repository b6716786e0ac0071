"""The OPA server adapter, against OPA's own engine behind an HTTP layer on loopback."""

import copy
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sluicegate.adapters.policy.opa_server import OpaServerPolicyEngine, publish
from sluicegate.adapters.policy.regorus import RegorusPolicyEngine
from sluicegate.domain.errors import PolicyUnavailable
from sluicegate.ports.policy import PolicyEngine, PolicyInput
from tests.builders import a_proposal, some_facts
from tests.opa_engine import OPA_ABSENT, OpaHttp, serve_opa
from tests.policy_questions import BUNDLE, a_policy_review, a_question

pytestmark = pytest.mark.skipif(bool(OPA_ABSENT), reason=OPA_ABSENT)

TIMEOUT_MS = 60_000
SHORT_MS = 300


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[str, OpaHttp]]:
    with serve_opa() as (url, opa):
        publish(url, BUNDLE, TIMEOUT_MS)
        yield url, opa


@pytest.fixture
def server(shared: tuple[str, OpaHttp]) -> Iterator[tuple[str, OpaHttp]]:
    url, opa = shared
    policies, data = dict(opa.policies), copy.deepcopy(opa.data)
    yield url, opa
    opa.faults.released.set()
    opa.faults = type(opa.faults)()
    opa.policies, opa.data = policies, data
    opa.changed()


@pytest.fixture
def engine(server: tuple[str, OpaHttp]) -> Iterator[OpaServerPolicyEngine]:
    engine = OpaServerPolicyEngine(server[0], BUNDLE, TIMEOUT_MS)
    yield engine
    engine.close()


@pytest.fixture
def hasty(server: tuple[str, OpaHttp]) -> Iterator[OpaServerPolicyEngine]:
    engine = OpaServerPolicyEngine(server[0], BUNDLE, SHORT_MS)
    engine.verify()
    yield engine
    engine.close()


@pytest.mark.parametrize(
    "question",
    [
        a_question(),
        a_question(score=None),
        a_question(score=None, review=a_policy_review()),
        a_question(facts=some_facts(transaction=None, card=None)),
        a_question(proposal=a_proposal(amount_minor=1_000_001)),
    ],
)
def test_answers_as_the_in_process_engine_does(
    engine: OpaServerPolicyEngine, question: PolicyInput
) -> None:
    wanted = RegorusPolicyEngine(BUNDLE, TIMEOUT_MS).evaluate(question)
    answer = engine.evaluate(question)
    assert (answer.findings, answer.policy_digest) == (wanted.findings, wanted.policy_digest)
    assert answer.engine == "opa-server"


def test_is_a_policy_engine(engine: OpaServerPolicyEngine) -> None:
    port: PolicyEngine = engine
    assert port.policy_digest == BUNDLE.digest


def test_a_question_is_asked_once(
    engine: OpaServerPolicyEngine, server: tuple[str, OpaHttp]
) -> None:
    engine.evaluate(a_question())
    server[1].requests.clear()
    engine.evaluate(a_question())
    assert server[1].requests == ["POST /v1/data/dispute/answer"]


@pytest.mark.parametrize("status", [400, 404, 429, 500, 502, 503, 504])
def test_an_error_is_no_answer_and_is_not_retried(
    engine: OpaServerPolicyEngine, server: tuple[str, OpaHttp], status: int
) -> None:
    engine.verify()
    server[1].requests.clear()
    server[1].faults.status = status
    with pytest.raises(PolicyUnavailable):
        engine.evaluate(a_question())
    assert len(server[1].requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"decision_id": "x"},
        {"result": None},
        {"result": True},
        {"result": {}},
        {"result": {"findings": [], "complete": True}},
        {
            "result": {
                "findings": [],
                "complete": True,
                "rules": list(BUNDLE.rules),
                "bundle_digest": "sha256:" + "0" * 64,
            }
        },
        {
            "result": {
                "findings": [],
                "complete": True,
                "rules": ["risk"],
                "bundle_digest": BUNDLE.digest,
            }
        },
    ],
)
def test_an_undefined_or_odd_answer_is_no_answer(
    engine: OpaServerPolicyEngine, server: tuple[str, OpaHttp], answer: dict[str, object]
) -> None:
    engine.verify()
    server[1].faults.answer = answer
    with pytest.raises(PolicyUnavailable):
        engine.evaluate(a_question())


def test_a_server_that_hangs_is_no_answer(
    hasty: OpaServerPolicyEngine, server: tuple[str, OpaHttp]
) -> None:
    server[1].faults.hang = True
    with pytest.raises(PolicyUnavailable):
        hasty.evaluate(a_question())


def test_a_server_that_drips_does_not_hold_the_caller(
    hasty: OpaServerPolicyEngine, server: tuple[str, OpaHttp]
) -> None:
    server[1].faults.drip = True
    started = time.monotonic()
    with pytest.raises(PolicyUnavailable, match="300 ms"):
        hasty.evaluate(a_question())
    # The whole drip would take 50 seconds.
    assert time.monotonic() - started < 25


def test_a_redirect_is_no_answer(
    engine: OpaServerPolicyEngine, server: tuple[str, OpaHttp]
) -> None:
    engine.verify()
    server[1].faults.redirect = f"{server[0]}/v1/data/dispute/answer"
    with pytest.raises(PolicyUnavailable):
        engine.evaluate(a_question())


def test_an_answer_that_came_late_is_no_answer(server: tuple[str, OpaHttp]) -> None:
    readings = iter([0.0, 61.0])
    engine = OpaServerPolicyEngine(
        server[0], BUNDLE, TIMEOUT_MS, now_seconds=lambda: next(readings)
    )
    with pytest.raises(PolicyUnavailable, match="61000 ms"):
        engine.evaluate(a_question())
    engine.close()


def test_nobody_at_the_address_is_no_answer() -> None:
    with serve_opa() as (url, _):
        pass
    engine = OpaServerPolicyEngine(url, BUNDLE, TIMEOUT_MS)
    with pytest.raises(PolicyUnavailable):
        engine.evaluate(a_question())
    engine.close()


def test_a_closed_engine_is_no_answer(engine: OpaServerPolicyEngine) -> None:
    engine.close()
    with pytest.raises(PolicyUnavailable):
        engine.evaluate(a_question())


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8181", "ftp://127.0.0.1", "http://", "http://127.0.0.1:1/opa"]
)
def test_an_address_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(PolicyUnavailable, match="address"):
        OpaServerPolicyEngine(url, BUNDLE, TIMEOUT_MS)


def test_an_empty_server_is_no_answer() -> None:
    with serve_opa() as (url, _):
        engine = OpaServerPolicyEngine(url, BUNDLE, TIMEOUT_MS)
        with pytest.raises(PolicyUnavailable):
            engine.evaluate(a_question())
        engine.close()


def test_a_changed_module_under_an_unchanged_digest_is_found(
    engine: OpaServerPolicyEngine, server: tuple[str, OpaHttp]
) -> None:
    opa = server[1]
    name = "dispute/risk/rule.rego"
    opa.policies[name] = opa.policies[name].replace('"analyst"', '"approver"')
    opa.changed()
    with pytest.raises(PolicyUnavailable, match="modules"):
        engine.evaluate(a_question())


@pytest.mark.parametrize(
    "source",
    [
        'package dispute["risk"]\n\npasses := true\n',
        "package lib\n\nx := 1\n",
        "package parameters.dispute.more\n\nx := 1\n",
        "package sluicegate_bundle\n\nx := 1\n",
    ],
)
def test_a_foreign_module_among_ours_is_found(
    engine: OpaServerPolicyEngine, server: tuple[str, OpaHttp], source: str
) -> None:
    server[1].policies["foreign.rego"] = source
    server[1].changed()
    with pytest.raises(PolicyUnavailable, match="modules"):
        engine.evaluate(a_question())


def test_a_foreign_module_elsewhere_is_none_of_our_business(
    engine: OpaServerPolicyEngine, server: tuple[str, OpaHttp]
) -> None:
    server[1].policies["foreign.rego"] = "package payments\n\nallow := true\n"
    server[1].changed()
    assert engine.evaluate(a_question()).findings == ()


def test_changed_limits_under_an_unchanged_digest_are_found(
    engine: OpaServerPolicyEngine, server: tuple[str, OpaHttp]
) -> None:
    opa = server[1]
    opa.data["parameters"]["dispute"]["limits"]["USD"]["agent_minor"] = 99_999_999
    opa.changed()
    with pytest.raises(PolicyUnavailable, match="data at parameters/dispute/limits"):
        engine.evaluate(a_question())


def test_a_bundle_published_later_is_found_by_its_digest(
    engine: OpaServerPolicyEngine, server: tuple[str, OpaHttp]
) -> None:
    engine.verify()
    publish(server[0], replace(BUNDLE, digest="sha256:" + "0" * 64), TIMEOUT_MS)
    with pytest.raises(PolicyUnavailable, match="another bundle"):
        engine.evaluate(a_question())


def test_a_half_published_bundle_is_no_answer(
    engine: OpaServerPolicyEngine, server: tuple[str, OpaHttp]
) -> None:
    engine.verify()
    module = BUNDLE.modules[0]
    broken = replace(BUNDLE, modules=(replace(module, source=module.source + "\n}"),))
    with pytest.raises(PolicyUnavailable):
        publish(server[0], broken, TIMEOUT_MS)
    with pytest.raises(PolicyUnavailable):
        engine.evaluate(a_question())


def test_publishing_removes_foreign_modules_and_repeats_well(
    engine: OpaServerPolicyEngine, server: tuple[str, OpaHttp]
) -> None:
    server[1].policies["foreign.rego"] = "package lib\n\nx := 1\n"
    server[1].changed()
    publish(server[0], BUNDLE, TIMEOUT_MS)
    publish(server[0], BUNDLE, TIMEOUT_MS)
    assert "foreign.rego" not in server[1].policies
    assert engine.evaluate(a_question()).findings == ()
