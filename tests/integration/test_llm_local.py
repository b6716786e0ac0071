"""Asks a real local language model; skipped where `make model` has not been run.

The disputes were written by hand and are not in the prompt. All of them would take minutes, so a
handful is asked here; agents/dispute/README.md has the figures of all.
"""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agents.dispute.agent import NARRATIVE_BYTES_MAX, OUTPUT_TOKENS_MAX, LlmDisputeReader
from agents.dispute.output import ANSWER_SCHEMA, ReadingContext
from agents.dispute.rules import SUSPICIOUS_BP_MAX, RulesDisputeReader
from serving.models.llm.catalogue import ChosenWeights, chosen_weights
from sluicegate.adapters.llm.llamacpp import CONTEXT_TOKENS, LlamaCppModel, open_local_model
from sluicegate.adapters.llm.openai_compatible import OpenAiCompatibleModel
from sluicegate.adapters.memory.text_classifier import FixedClassifier
from sluicegate.adapters.system.nonce import SecretsNonce
from sluicegate.domain.errors import ModelUnavailable
from sluicegate.domain.event import NARRATIVE_CHARS_MAX, DisputeClaim
from sluicegate.ports.llm import LlmRequest, Message
from sluicegate.settings import Settings

pytestmark = pytest.mark.model

TIMEOUT_MS = 280_000
DISPUTES = json.loads((Path(__file__).parent / "test_llm_disputes.json").read_text("utf-8"))
PLAIN = [DISPUTES[0], DISPUTES[3]]


def _weights() -> ChosenWeights:
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed: make model")
    chosen = chosen_weights(Settings().model_cache_dir)
    if chosen is None:
        pytest.skip("no local model was chosen: make model")
    return chosen


@pytest.fixture(scope="module")
def model() -> Iterator[LlamaCppModel]:
    chosen = _weights()
    with open_local_model(
        Path(chosen.path),
        nonces=SecretsNonce(),
        timeout_ms=TIMEOUT_MS,
        name=chosen.name,
        expected_digest=chosen.weights_digest,
    ) as opened:
        yield opened


def a_request(**changes: Any) -> LlmRequest:
    fields: dict[str, Any] = {
        "messages": (Message(role="user", content="Say which colour grass has, as JSON."),),
        "json_schema": {
            "type": "object",
            "properties": {"colour": {"type": "string", "enum": ["green", "blue"]}},
            "required": ["colour"],
            "additionalProperties": False,
        },
        "schema_name": "colour",
        "timeout_ms": TIMEOUT_MS,
    }
    return LlmRequest(**(fields | changes))


def a_claim(dispute: dict[str, Any]) -> DisputeClaim:
    return DisputeClaim(
        transaction_id="txn_1",
        customer_id="cus_1",
        amount=dispute["claimed"],
        currency=dispute["currency"],
        narrative=dispute["narrative"],
    )


def a_reader(model: LlamaCppModel) -> LlmDisputeReader:
    rules = RulesDisputeReader(FixedClassifier({"unclear": 10_000}))
    return LlmDisputeReader(model, rules, timeout_ms=TIMEOUT_MS)


def test_it_answers_within_the_schema_and_gives_its_digest(model: LlamaCppModel) -> None:
    answer = model.generate(a_request())
    assert json.loads(answer.text)["colour"] in ("green", "blue")
    assert answer.finish_reason == "stop"
    assert answer.output_tokens > 0
    assert answer.model == model.info.name
    assert model.info.weights_digest == _weights().weights_digest


def test_the_same_request_gets_the_same_answer(model: LlamaCppModel) -> None:
    assert model.generate(a_request()).text == model.generate(a_request()).text


def test_an_answer_at_the_token_bound_says_that_it_was_cut_off(model: LlamaCppModel) -> None:
    answer = model.generate(a_request(output_tokens_max=2))
    assert answer.finish_reason == "length"
    assert answer.output_tokens <= 2


def test_its_port_is_closed_to_whoever_has_no_key(model: LlamaCppModel) -> None:
    server = model._server
    assert server is not None
    stranger = OpenAiCompatibleModel(
        url=f"{server.listening_address}/v1",
        model="m",
        api_key=SecretStr("guess"),
        timeout_ms=5_000,
    )
    with pytest.raises(ModelUnavailable, match="401"):
        stranger.generate(a_request())
    stranger.close()


def test_what_does_not_fit_the_context_is_unavailable(model: LlamaCppModel) -> None:
    long = Message(role="user", content="word " * (CONTEXT_TOKENS + 1_000))
    with pytest.raises(ModelUnavailable, match="400"):
        model.generate(a_request(messages=(long,)))


@pytest.mark.parametrize("dispute", PLAIN, ids=lambda one: one["category"])
def test_a_plain_dispute_is_read_with_quotes_of_its_own(
    model: LlamaCppModel, dispute: dict[str, Any]
) -> None:
    reading = a_reader(model).read(a_claim(dispute), ReadingContext())
    assert reading.model.kind == "language_model"
    assert reading.category.value == dispute["category"]
    assert reading.evidence


def test_a_hostile_dispute_never_comes_out_sure(model: LlamaCppModel) -> None:
    hostile = next(one for one in DISPUTES if one["hostile"])
    reading = a_reader(model).read(a_claim(hostile), ReadingContext())
    assert reading.suspicious_instructions
    assert reading.confidence_bp <= SUSPICIOUS_BP_MAX


def test_the_form_and_the_longest_text_fit_the_context(model: LlamaCppModel) -> None:
    assert NARRATIVE_BYTES_MAX + OUTPUT_TOKENS_MAX < CONTEXT_TOKENS
    # The rarest characters cost most tokens; one of them a byte is what the bound assumes.
    text = "\u0d9e" * NARRATIVE_CHARS_MAX
    request = a_request(
        messages=(Message(role="user", content=text[: NARRATIVE_BYTES_MAX // 3]),),
        json_schema=ANSWER_SCHEMA,
        output_tokens_max=1,
    )
    assert 0 < model.generate(request).prompt_tokens <= NARRATIVE_BYTES_MAX + 100


def test_a_closed_model_is_unavailable() -> None:
    chosen = _weights()
    opened = open_local_model(Path(chosen.path), nonces=SecretsNonce(), timeout_ms=TIMEOUT_MS)
    opened.close()
    with pytest.raises(ModelUnavailable, match="closed"):
        opened.generate(a_request())
