from typing import Any, Literal

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from pydantic import BaseModel

from agents.chat_model import ANSWER_CHARS_MAX, PortChatModel
from sluicegate.adapters.memory.llm import ScriptedModel
from sluicegate.domain.errors import ModelUnavailable
from sluicegate.ports.llm import LlmAnswer

SCHEMA: dict[str, Any] = {"title": "reading", "type": "object"}


class Reading(BaseModel):
    category: str


def an_answer(
    text: str, finish_reason: Literal["stop", "length", "refusal", "other"] = "stop"
) -> LlmAnswer:
    return LlmAnswer(
        text=text,
        finish_reason=finish_reason,
        model="scripted",
        prompt_tokens=3,
        output_tokens=2,
        duration_ms=1,
    )


def a_chat(*answers: LlmAnswer) -> tuple[PortChatModel, ScriptedModel]:
    port = ScriptedModel(answers)
    return PortChatModel(port=port, output_tokens_max=50, timeout_ms=9, seed=4), port


def test_turns_and_bounds_reach_the_port_and_the_account_comes_back() -> None:
    chat, port = a_chat(an_answer("hello"))
    reply = chat.invoke([SystemMessage("s"), HumanMessage("u"), AIMessage("a"), HumanMessage("v")])
    request = port.requests[0]
    assert [(turn.role, turn.content) for turn in request.messages] == [
        ("system", "s"),
        ("user", "u"),
        ("assistant", "a"),
        ("user", "v"),
    ]
    assert (request.output_tokens_max, request.timeout_ms, request.seed) == (50, 9, 4)
    assert reply.content == "hello"
    assert reply.response_metadata["finish_reason"] == "stop"
    assert isinstance(reply, AIMessage)
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["total_tokens"] == 5


def test_a_json_schema_is_passed_on_and_the_answer_parsed() -> None:
    chat, port = a_chat(an_answer('{"category": "fraud"}'))
    assert chat.with_structured_output(SCHEMA).invoke("x") == {"category": "fraud"}
    assert port.requests[0].json_schema == SCHEMA
    assert port.requests[0].schema_name == "reading"


def test_a_pydantic_model_gives_its_instance() -> None:
    chat, port = a_chat(an_answer('{"category": "fraud"}'))
    assert chat.with_structured_output(Reading).invoke("x") == Reading(category="fraud")
    assert port.requests[0].json_schema["title"] == "Reading"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (an_answer("not json"), "not the JSON"),
        (an_answer("[1]"), "no object"),
        (an_answer("[" * 50_000), "not the JSON"),
        (an_answer("1" * (ANSWER_CHARS_MAX + 1)), "longer than"),
        (an_answer('{"category": "fr', "length"), "cut off"),
        (an_answer("", "other"), "empty"),
        (an_answer("no", "refusal"), "refused"),
    ],
)
def test_an_answer_that_cannot_be_read_is_named(answer: LlmAnswer, problem: str) -> None:
    chat, _ = a_chat(answer, answer)
    with pytest.raises(ModelUnavailable, match=problem):
        chat.with_structured_output(SCHEMA).invoke("x")
    said = chat.with_structured_output(SCHEMA, include_raw=True).invoke("x")
    assert isinstance(said, dict)
    assert said["parsed"] is None
    assert isinstance(said["parsing_error"], ModelUnavailable)
    assert said["raw"].content == answer.text


def test_what_the_port_does_not_know_is_refused() -> None:
    chat, port = a_chat(an_answer("x"))
    with pytest.raises(ValueError, match="no turn for a tool message"):
        chat.invoke([ToolMessage("t", tool_call_id="1")])
    with pytest.raises(ValueError, match="text only"):
        chat.invoke([HumanMessage([{"type": "text", "text": "x"}])])
    with pytest.raises(ValueError, match="temperature"):
        chat.invoke("x", temperature=1)
    with pytest.raises(ValueError, match="JSON schema only"):
        chat.with_structured_output(SCHEMA, method="function_calling")
    assert port.requests == []


def test_an_unavailable_model_is_unavailable_through_the_chain() -> None:
    chat, _ = a_chat()
    with pytest.raises(ModelUnavailable, match="no more answers"):
        chat.with_structured_output(SCHEMA, include_raw=True).invoke("x")
