"""Every Rego test, in the in-process engine and in OPA itself."""

import json
import re

import pytest
import regorus  # type: ignore[import-untyped]

from sluicegate.adapters.policy.bundle import declared_package
from tests.opa_engine import OPA_ABSENT, OpaEngine, Undefined
from tests.policy_questions import BUNDLE, rego_tests

MODULES = {**{module.path: module.source for module in BUNDLE.modules}, **rego_tests()}
TEST_RULE = re.compile(r"^(?P<name>test_[a-z0-9_]+)\b", re.MULTILINE)
CASES = sorted(
    f"{declared_package(source)}.{name}"
    for source in rego_tests().values()
    for name in set(TEST_RULE.findall(source))
)


@pytest.fixture(scope="module")
def in_process() -> regorus.Engine:
    engine = regorus.Engine()
    for path, source in MODULES.items():
        engine.add_policy(path, source)
    engine.add_data_json(BUNDLE.data_with_digest())
    return engine


@pytest.fixture(scope="module")
def real() -> OpaEngine:
    return OpaEngine(MODULES, json.loads(BUNDLE.data_with_digest()))


@pytest.mark.parametrize("case", CASES)
def test_rego_test_passes_in_process(case: str, in_process: regorus.Engine) -> None:
    in_process.set_input_json("null")
    assert in_process.eval_rule(f"data.{case}") is True


@pytest.mark.skipif(bool(OPA_ABSENT), reason=OPA_ABSENT)
@pytest.mark.parametrize("case", CASES)
def test_rego_test_passes_in_opa(case: str, real: OpaEngine) -> None:
    try:
        assert real.evaluate(case, None) is True
    except Undefined:
        pytest.fail(f"{case} is undefined: it does not hold")


def test_every_rule_has_tests_and_one_that_removes_its_inputs() -> None:
    tests = rego_tests()
    for rule in BUNDLE.rules:
        assert "test_denies_without_each_input" in tests[f"dispute/{rule}/rule_test.rego"], rule
