import gc
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from sluicegate.adapters.policy.bundle import PolicyBundle, load_bundle
from sluicegate.adapters.policy.regorus import ENGINES_MAX, RegorusPolicyEngine
from sluicegate.domain.decision import Effect
from sluicegate.domain.errors import PolicyUnavailable
from sluicegate.domain.principal import Role
from sluicegate.domain.proposal import Provenance
from sluicegate.ports.policy import PolicyEngine, PolicyScore
from tests.builders import a_proposal, some_facts
from tests.policy_questions import BUNDLE, POLICIES_DIR, a_policy_review, a_question

TIMEOUT_MS = 60_000


@pytest.fixture(scope="module")
def engine() -> RegorusPolicyEngine:
    return RegorusPolicyEngine(BUNDLE, TIMEOUT_MS)


def changed_bundle(folder: Path, name: str, old: str, new: str) -> PolicyBundle:
    """Return the bundle with one text replaced in one file."""
    shutil.copytree(POLICIES_DIR, folder)
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return load_bundle(folder)


def test_is_a_policy_engine(engine: RegorusPolicyEngine) -> None:
    port: PolicyEngine = engine
    assert port.policy_digest == BUNDLE.digest


def test_what_is_in_order_has_no_findings(engine: RegorusPolicyEngine) -> None:
    result = engine.evaluate(a_question())
    assert result.findings == ()
    assert result.policy_digest == BUNDLE.digest


def test_several_rules_speak_at_once_in_order_of_code(engine: RegorusPolicyEngine) -> None:
    question = a_question(
        facts=some_facts(credited_minor=1, card=None),
        score=PolicyScore(risk_bp=9_000, model="first", model_version="1"),
    )
    codes = [finding.code for finding in engine.evaluate(question).findings]
    assert codes == ["ALREADY_CREDITED", "CARD_UNKNOWN", "PAYEE_NOT_ORIGINAL", "RISK_HIGH"]


def test_a_review_adds_only_findings_of_its_own_scope(engine: RegorusPolicyEngine) -> None:
    wanted = engine.evaluate(a_question(score=None)).findings
    assert [(finding.code, finding.review_role) for finding in wanted] == [
        ("SCORE_UNAVAILABLE", Role.APPROVER)
    ]
    review = a_policy_review(reviewer="agent:dispute", reviewer_roles=(Role.VIEWER,))
    found = engine.evaluate(a_question(score=None, review=review)).findings
    assert tuple(finding for finding in found if finding.scope == "action") == wanted
    assert {finding.code for finding in found if finding.scope == "review"} == {
        "REVIEWER_LIMIT",
        "REVIEWER_NOT_PERSON",
        "REVIEWER_NO_ROLE",
        "SELF_REVIEW",
    }


def test_amount_of_a_model_without_support_denies(engine: RegorusPolicyEngine) -> None:
    question = a_question(proposal=a_proposal(amount_minor=1_999))
    findings = engine.evaluate(question).findings
    assert [(finding.code, finding.effect) for finding in findings] == [
        ("AMOUNT_UNSUPPORTED", Effect.DENY)
    ]


@pytest.mark.parametrize("provenance", list(Provenance))
def test_part_of_an_amount_that_only_the_claim_says_needs_a_person(
    engine: RegorusPolicyEngine, provenance: Provenance
) -> None:
    facts = some_facts()
    assert facts.claim is not None
    claimed = facts.claim.model_copy(update={"amount_minor": 1_999})
    question = a_question(
        proposal=a_proposal(amount_minor=1_999, amount_provenance=provenance),
        facts=some_facts(claim=claimed),
    )
    found = engine.evaluate(question).findings
    assert [(finding.code, finding.effect, finding.review_role) for finding in found] == [
        ("PARTIAL_AMOUNT", Effect.REVIEW, Role.ANALYST)
    ]


def test_threads_have_machines_of_their_own(engine: RegorusPolicyEngine) -> None:
    wanted = engine.evaluate(a_question(score=None))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(engine.evaluate, [a_question(score=None)] * 40))
    assert all(answer == wanted for answer in answers)


def test_an_engine_may_be_collected_by_a_thread_that_did_not_make_it() -> None:
    # The suite fails on what the library then complains of.
    class Cycle:
        def __init__(self) -> None:
            self.me = self
            self.engine = RegorusPolicyEngine(BUNDLE, TIMEOUT_MS)

    gc.collect()
    Cycle()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(gc.collect).result() > 0


def test_a_thread_keeps_few_engines_and_each_answers_by_its_own_bundle(tmp_path: Path) -> None:
    changed = changed_bundle(
        tmp_path / "p",
        "parameters/dispute/data.json",
        '"risk_analyst_bp": 3000',
        '"risk_analyst_bp": 1',
    )
    plain = RegorusPolicyEngine(BUNDLE, TIMEOUT_MS)
    strict = [RegorusPolicyEngine(changed, TIMEOUT_MS) for _ in range(ENGINES_MAX)]
    for _ in range(2):
        assert plain.evaluate(a_question()).findings == ()
        for one in strict:
            assert [found.rule for found in one.evaluate(a_question()).findings] == ["risk"]


def test_a_late_answer_is_no_answer() -> None:
    readings = iter([0.0, 2.5])
    engine = RegorusPolicyEngine(BUNDLE, 2_000, now_seconds=lambda: next(readings))
    with pytest.raises(PolicyUnavailable, match="2500 ms"):
        engine.evaluate(a_question())


@pytest.mark.parametrize("text", ["", "{", "nul", '{"a": }', "\ud800"])
def test_input_that_is_not_json_is_no_answer_and_the_next_one_is(
    engine: RegorusPolicyEngine, text: str
) -> None:
    with pytest.raises(PolicyUnavailable) as caught:
        engine.evaluate_json(text)
    assert "Stack" not in caught.value.message
    assert engine.evaluate(a_question()).findings == ()


@pytest.mark.parametrize("text", ["null", "[]", "{}", "1", '"x"', "true"])
def test_input_of_another_shape_denies(engine: RegorusPolicyEngine, text: str) -> None:
    findings = engine.evaluate_json(text).findings
    assert {finding.rule for finding in findings if finding.effect is Effect.DENY} == set(
        BUNDLE.rules
    )


def test_a_module_that_does_not_compile_is_refused(tmp_path: Path) -> None:
    bundle = changed_bundle(tmp_path / "p", "dispute/risk/rule.rego", "passes if {", "passes if {{")
    with pytest.raises(PolicyUnavailable) as caught:
        RegorusPolicyEngine(bundle, TIMEOUT_MS)
    assert "Stack" not in caught.value.message


def test_a_rule_that_neither_passes_nor_finds_is_no_answer(tmp_path: Path) -> None:
    bundle = changed_bundle(
        tmp_path / "p", "dispute/one_credit/rule.rego", "\tnot passes\n", "\tfalse\n"
    )
    engine = RegorusPolicyEngine(bundle, TIMEOUT_MS)
    assert engine.evaluate(a_question()).findings == ()
    with pytest.raises(PolicyUnavailable, match="every rule"):
        engine.evaluate(a_question(facts=some_facts(credited_minor=1)))


def test_a_rule_that_is_not_gathered_is_no_answer(tmp_path: Path) -> None:
    bundle = changed_bundle(
        tmp_path / "p", "dispute/decision.rego", '\t"risk": risk.findings,\n', ""
    )
    engine = RegorusPolicyEngine(bundle, TIMEOUT_MS)
    with pytest.raises(PolicyUnavailable, match="other rules"):
        engine.evaluate(a_question())


def test_a_bundle_without_one_of_its_rules_is_no_answer(tmp_path: Path) -> None:
    bundle = changed_bundle(tmp_path / "p", "dispute/risk/rule.rego", "findings", "found")
    with pytest.raises(PolicyUnavailable):
        RegorusPolicyEngine(bundle, TIMEOUT_MS).evaluate(a_question())


def test_an_engine_with_another_digest_is_no_answer() -> None:
    other = replace(BUNDLE, digest="sha256:" + "0" * 64)
    engine = RegorusPolicyEngine(other, TIMEOUT_MS)
    engine._bundle = BUNDLE
    with pytest.raises(PolicyUnavailable, match="another bundle"):
        engine.evaluate(a_question())
