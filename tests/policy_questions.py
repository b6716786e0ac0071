"""Questions to policy, and the two engines that answer them."""

import json
from pathlib import Path
from typing import Any

from sluicegate.adapters.policy.bundle import PolicyBundle, load_bundle
from sluicegate.domain.principal import Role
from sluicegate.domain.proposal import Evidence
from sluicegate.domain.review import Verdict
from sluicegate.ports.policy import PolicyInput, PolicyReview, PolicyScore
from tests.builders import NOW_MS, a_proposal, some_facts
from tests.opa_engine import OpaEngine

POLICIES_DIR = Path(__file__).resolve().parent.parent / "policies"
BUNDLE: PolicyBundle = load_bundle(POLICIES_DIR)


def a_question(**changes: Any) -> PolicyInput:
    """Return the question whose answer has no findings; `changes` replace its parts."""
    evidence = Evidence(claim="It never came.", source="narrative", locator="text", quote="never")
    return PolicyInput(
        **{
            "proposal": a_proposal(evidence=(evidence,)),
            "facts": some_facts(),
            "score": PolicyScore(risk_bp=900, model="first", model_version="1"),
            "review": None,
            "evaluated_at_ms": NOW_MS,
            **changes,
        }
    )


def a_policy_review(**changes: Any) -> PolicyReview:
    """Return an approval by an analyst who has nothing else to do with the case."""
    return PolicyReview(
        **{
            "reviewer": "person:ann",
            "reviewer_roles": (Role.ANALYST,),
            "verdict": Verdict.APPROVE,
            **changes,
        }
    )


def as_document(question: PolicyInput) -> dict[str, Any]:
    """Return the `input` document as mutable JSON types."""
    document: dict[str, Any] = json.loads(question.model_dump_json())
    return document


def real_opa(bundle: PolicyBundle = BUNDLE) -> OpaEngine:
    """Return OPA itself with the bundle."""
    modules = {module.path: module.source for module in bundle.modules}
    return OpaEngine(modules, json.loads(bundle.data_with_digest()))


def rego_tests() -> dict[str, str]:
    """Return the text of every Rego test module by its path."""
    return {
        path.relative_to(POLICIES_DIR).as_posix(): path.read_text()
        for path in sorted(POLICIES_DIR.rglob("*_test.rego"))
    }
