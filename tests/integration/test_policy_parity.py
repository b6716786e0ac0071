"""The in-process machine, the library's interpreter and OPA itself give the same findings."""

import json
from typing import Any

import pytest
import regorus  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.adapters.policy.answer import read_answer
from sluicegate.adapters.policy.regorus import RegorusPolicyEngine
from tests.opa_engine import OPA_ABSENT, OpaEngine
from tests.policy_documents import (
    ALLOWED,
    REVIEWED,
    Path,
    documents,
    leaves,
    removed,
    spoilt_documents,
)
from tests.policy_questions import BUNDLE, real_opa

pytestmark = pytest.mark.skipif(bool(OPA_ABSENT), reason=OPA_ABSENT)

MACHINE = RegorusPolicyEngine(BUNDLE, 60_000)


@pytest.fixture(scope="module")
def opa() -> OpaEngine:
    return real_opa()


@pytest.fixture(scope="module")
def interpreter() -> regorus.Engine:
    engine = regorus.Engine()
    for module in BUNDLE.modules:
        engine.add_policy(module.path, module.source)
    engine.add_data_json(BUNDLE.data_with_digest())
    return engine


def assert_agree(document: Any, opa: OpaEngine, interpreter: regorus.Engine) -> None:
    text = json.dumps(document)
    wanted = read_answer(json.dumps(opa.evaluate("dispute.answer", document)), BUNDLE, "opa")
    interpreter.set_input_json(text)
    read = read_answer(interpreter.eval_rule_as_json("data.dispute.answer"), BUNDLE, "interpreter")
    assert MACHINE.evaluate_json(text).findings == wanted.findings
    assert read.findings == wanted.findings


@given(document=documents())
def test_on_well_formed_questions(
    document: dict[str, Any], opa: OpaEngine, interpreter: regorus.Engine
) -> None:
    assert_agree(document, opa, interpreter)


@given(document=spoilt_documents())
def test_on_spoilt_questions(
    document: dict[str, Any], opa: OpaEngine, interpreter: regorus.Engine
) -> None:
    assert_agree(document, opa, interpreter)


@given(
    document=st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["proposal", "facts", "score", "review", "claim", "id"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    ).filter(lambda document: document is not None)
)
def test_on_anything_that_is_json(
    document: Any, opa: OpaEngine, interpreter: regorus.Engine
) -> None:
    assert_agree(document, opa, interpreter)


@pytest.mark.parametrize("path", leaves(REVIEWED), ids=lambda path: ".".join(map(str, path)))
def test_without_any_one_field(path: Path, opa: OpaEngine, interpreter: regorus.Engine) -> None:
    assert_agree(removed(REVIEWED, path), opa, interpreter)


def test_on_the_allowed_question(opa: OpaEngine, interpreter: regorus.Engine) -> None:
    assert_agree(ALLOWED, opa, interpreter)
    assert MACHINE.evaluate_json(json.dumps(ALLOWED)).findings == ()
