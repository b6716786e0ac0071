import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from sluicegate.adapters.llm.http import ANSWER_BYTES_MAX
from sluicegate.adapters.llm.openai_compatible import ATTEMPTS_MAX, OpenAiCompatibleModel
from sluicegate.domain.errors import InvalidInput, ModelUnavailable
from sluicegate.ports.llm import LlmRequest, Message
from tests.unit.llm.endpoint import Endpoint, Reply, completion, serving

KEY = "sk-canary-5f2d"
NARRATIVE = "narrative-canary-91c7"
RECORDED = json.loads((Path(__file__).parent / "recorded.json").read_text("utf-8"))


def a_request(**changes: Any) -> LlmRequest:
    fields: dict[str, Any] = {
        "messages": (
            Message(role="system", content="Sort."),
            Message(role="user", content=NARRATIVE),
        ),
        "json_schema": {"type": "object", "properties": {"category": {"type": "string"}}},
        "schema_name": "reading",
        "timeout_ms": 5_000,
        "seed": 7,
    }
    return LlmRequest(**(fields | changes))


@contextmanager
def model_at(*replies: Reply, **changes: Any) -> Iterator[tuple[OpenAiCompatibleModel, Endpoint]]:
    with serving(*replies) as endpoint:
        fields: dict[str, Any] = {
            "url": endpoint.url,
            "model": "qwen",
            "api_key": SecretStr(KEY),
            "timeout_ms": 5_000,
        }
        model = OpenAiCompatibleModel(**(fields | changes))
        try:
            yield model, endpoint
        finally:
            model.close()


def test_a_request_carries_schema_seed_bound_and_temperature_zero() -> None:
    with model_at(completion('{"category": "fraud"}')) as (model, endpoint):
        answer = model.generate(a_request(output_tokens_max=99))
    sent = endpoint.seen[0]
    assert endpoint.paths == ["/v1/chat/completions"]
    assert endpoint.authorisations == [f"Bearer {KEY}"]
    assert sent["temperature"] == 0
    assert sent["seed"] == 7
    assert sent.get("max_completion_tokens", sent.get("max_tokens")) == 99
    assert not sent.get("stream", False)
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert sent["response_format"]["json_schema"]["schema"] == a_request().json_schema
    assert [turn["role"] for turn in sent["messages"]] == ["system", "user"]
    assert answer.text == '{"category": "fraud"}'
    assert answer.finish_reason == "stop"
    assert (answer.model, answer.prompt_tokens, answer.output_tokens) == ("qwen", 11, 7)


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_what_a_real_model_answered_is_read(name: str) -> None:
    recorded = RECORDED[name]
    body = json.dumps(recorded["body"]).encode()
    with model_at(Reply(status=recorded["status"], body=body)) as (model, _):
        if recorded["status"] != 200:
            with pytest.raises(ModelUnavailable, match=f"HTTP status {recorded['status']}"):
                model.generate(a_request())
            return
        answer = model.generate(a_request())
    choice = recorded["body"]["choices"][0]
    assert answer.text == choice["message"]["content"]
    assert answer.finish_reason == choice["finish_reason"]
    assert answer.output_tokens == recorded["body"]["usage"]["completion_tokens"]


@pytest.mark.parametrize(
    ("reply", "finish_reason"),
    [
        (completion('{"category": "fr', "length"), "length"),
        (completion(None, refusal="I cannot help."), "refusal"),
        (completion("", "content_filter"), "refusal"),
        (completion(""), "other"),
        (completion(None), "other"),
        (completion("x", "tool_calls"), "other"),
    ],
)
def test_refusal_cut_off_and_empty_are_named_outcomes(reply: Reply, finish_reason: str) -> None:
    with model_at(reply) as (model, _):
        assert model.generate(a_request()).finish_reason == finish_reason


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"<html>not json</html>"),
        Reply(body=b"[]"),
        Reply(body=b"{}"),
        Reply(body=b'{"choices": null}'),
        Reply(body=b'{"choices": []}'),
        Reply(body=b'{"choices": [{"message": null}]}'),
        Reply(body=b'{"error": {"message": "' + KEY.encode() + b'"}}'),
        Reply(status=400, body=b'{"error": {"message": "bad ' + KEY.encode() + b'"}}'),
        Reply(status=401, body=b'{"error": {"message": "wrong key ' + KEY.encode() + b'"}}'),
        Reply(status=302, headers={"Location": "http://127.0.0.1:9/"}),
        Reply(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
        Reply(body=b" " * (ANSWER_BYTES_MAX + 1)),
    ],
)
def test_a_broken_answer_is_unavailable_and_repeats_nothing_of_key_or_prompt(
    reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with model_at(reply, reply) as (model, _), pytest.raises(ModelUnavailable) as caught:
        model.generate(a_request())
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    for canary in (KEY, NARRATIVE):
        assert canary not in f"{caught.value.message}{caught.value.next_step}"
        assert canary not in caplog.text
        assert canary not in repr(model)


@pytest.mark.parametrize("first", [Reply(status=503), Reply(status=502), Reply(hang_up=True)])
def test_a_busy_endpoint_is_asked_once_more(first: Reply) -> None:
    with model_at(first, completion("{}")) as (model, endpoint):
        assert model.generate(a_request()).text == "{}"
    assert len(endpoint.seen) == ATTEMPTS_MAX


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_other_failures_are_not_asked_again(status: int) -> None:
    with model_at(Reply(status=status), completion("{}")) as (model, endpoint):
        with pytest.raises(ModelUnavailable, match=str(status)):
            model.generate(a_request())
        assert len(endpoint.seen) == 1


def test_attempts_have_a_bound() -> None:
    with model_at(*[Reply(status=503)] * 5) as (model, endpoint):
        with pytest.raises(ModelUnavailable, match="503"):
            model.generate(a_request())
        assert len(endpoint.seen) == ATTEMPTS_MAX


def test_an_answer_that_trickles_is_given_up() -> None:
    slow = completion("{}")
    slow.drip_s = 0.05
    started = time.perf_counter()
    with (
        model_at(slow, timeout_ms=300) as (model, _),
        pytest.raises(ModelUnavailable, match="time"),
    ):
        model.generate(a_request())
    assert time.perf_counter() - started < len(slow.body) * slow.drip_s


def test_nobody_there_is_unavailable() -> None:
    with serving() as endpoint:
        url = endpoint.url
    model = OpenAiCompatibleModel(url=url, model="m", api_key=SecretStr(""), timeout_ms=2_000)
    with pytest.raises(ModelUnavailable, match="connection failed"):
        model.generate(a_request())
    model.close()


def test_a_key_meant_for_someone_else_is_not_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-canary")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with model_at(completion("{}"), api_key=SecretStr("")) as (model, endpoint):
        model.generate(a_request())
    assert KEY not in endpoint.authorisations[0]


def test_tracing_that_the_environment_asks_for_gets_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving() as tracer:
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", tracer.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", "none")
        with model_at(completion("{}")) as (model, _):
            model.generate(a_request())
        assert tracer.seen == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8080",
        "ftp://127.0.0.1/v1",
        "http://user:secret@127.0.0.1/v1",
        "http://127.0.0.1/v1?key=secret",
        "http://[::1",
        "http://127.0.0.1:99999/v1",
    ],
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        OpenAiCompatibleModel(url=url, model="m", api_key=SecretStr(""), timeout_ms=1_000)
    assert "secret" not in caught.value.message
