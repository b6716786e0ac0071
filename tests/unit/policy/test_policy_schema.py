import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import regorus  # type: ignore[import-untyped]

from sluicegate.adapters.policy.schema import SCHEMA_PATH, input_schema_text, write_input_schema
from tests.policy_questions import (
    BUNDLE,
    POLICIES_DIR,
    a_policy_review,
    a_question,
    as_document,
)

SCHEMA: dict[str, Any] = json.loads(input_schema_text())
PARENTS = {
    "input": SCHEMA,
    "proposal": SCHEMA["$defs"]["Proposal"],
    "proposal.model": SCHEMA["$defs"]["ModelRef"],
    "facts": SCHEMA["$defs"]["Facts"],
    "facts.claim": SCHEMA["$defs"]["ClaimFacts"],
    "facts.transaction": SCHEMA["$defs"]["TransactionFacts"],
    "facts.customer": SCHEMA["$defs"]["CustomerFacts"],
    "facts.account": SCHEMA["$defs"]["AccountFacts"],
    "facts.card": SCHEMA["$defs"]["CardFacts"],
    "score": SCHEMA["$defs"]["PolicyScore"],
    "review": SCHEMA["$defs"]["PolicyReview"],
}
WORDS = {
    "action_kind": ("Proposal", "kind"),
    "provenance": ("Proposal", "payee_provenance"),
    "category": ("Proposal", "category"),
    "model_kind": ("ModelRef", "kind"),
    "evidence_source": ("Evidence", "source"),
    "transaction_status": ("TransactionFacts", "status"),
    "entry_mode": ("TransactionFacts", "entry_mode"),
    "customer_status": ("CustomerFacts", "status"),
    "kyc_status": ("CustomerFacts", "kyc_status"),
    "account_status": ("AccountFacts", "status"),
    "card_status": ("CardFacts", "status"),
    "verdict": ("PolicyReview", "verdict"),
}


def from_rego(name: str) -> Any:
    engine = regorus.Engine()
    for module in BUNDLE.modules:
        engine.add_policy(module.path, module.source)
    engine.add_data_json(BUNDLE.data_with_digest())
    return json.loads(engine.eval_rule_as_json(f"data.dispute.missing_input.{name}"))


def words_of(definition: str, name: str) -> list[str]:
    field = SCHEMA["$defs"][definition]["properties"][name]
    if "$ref" in field:
        field = SCHEMA["$defs"][field["$ref"].rpartition("/")[2]]
    return sorted(field["enum"] if "enum" in field else [field["const"]])


def test_the_schema_on_disk_is_the_types(tmp_path: Path) -> None:
    assert (POLICIES_DIR / SCHEMA_PATH).read_text() == input_schema_text()
    assert write_input_schema(tmp_path).read_text() == input_schema_text()


def test_questions_fit_the_schema() -> None:
    for question in (a_question(), a_question(review=a_policy_review(), score=None)):
        jsonschema.validate(as_document(question), SCHEMA)


def test_missing_input_looks_at_exactly_the_fields_of_the_schema() -> None:
    found: dict[str, list[str]] = {parent: [] for parent in PARENTS}
    for parents in from_rego("fields").values():
        for parent, names in parents.items():
            found[parent].extend(names)
    assert {parent: sorted(names) for parent, names in found.items()} == {
        parent: sorted(schema["properties"]) for parent, schema in PARENTS.items()
    }
    assert set(from_rego("evidence_fields")) == set(SCHEMA["$defs"]["Evidence"]["properties"])


def test_every_type_of_the_schema_is_one_that_missing_input_knows() -> None:
    known = {id(schema) for schema in PARENTS.values()}
    rest = {name for name, schema in SCHEMA["$defs"].items() if id(schema) not in known}
    enums = {name for name in rest if "enum" in SCHEMA["$defs"][name]}
    assert rest - enums == {"Evidence"}


def test_missing_input_knows_exactly_the_words_of_the_schema() -> None:
    vocabulary = from_rego("vocabulary")
    assert {kind: sorted(words) for kind, words in vocabulary.items()} == {
        **{kind: words_of(*place) for kind, place in WORDS.items()},
        "role": sorted(SCHEMA["$defs"]["Role"]["enum"]),
    }
