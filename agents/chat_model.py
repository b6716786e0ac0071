"""The port LanguageModel as a LangChain chat model: the one wrapper that agents go through."""

import json
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from pydantic import BaseModel, JsonValue, SkipValidation

from sluicegate.domain.errors import ModelUnavailable
from sluicegate.ports.llm import LanguageModel, LlmRequest, Message

ANSWER_CHARS_MAX: Final = 100_000
"""Longer text is no answer; it is refused before it is parsed."""


class PortChatModel(BaseChatModel):
    """Asks a LanguageModel. Nothing is streamed, cached or retried; a bound schema is passed on."""

    port: SkipValidation[LanguageModel]
    output_tokens_max: int = 512
    timeout_ms: int = 60_000
    seed: int = 0
    cache: bool | None = False

    @property
    def _llm_type(self) -> str:
        return "sluicegate-port"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return self.port.info.as_json() | {"seed": self.seed}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        json_schema: dict[str, JsonValue] | None = None,
        schema_name: str = "answer",
        **kwargs: Any,
    ) -> ChatResult:
        if stop or kwargs:
            unknown = ", ".join(sorted(kwargs)) or "stop"
            raise ValueError(f"The port LanguageModel has no such options: {unknown}.")
        answer = self.port.generate(
            LlmRequest(
                messages=tuple(_to_port(message) for message in messages),
                json_schema=json_schema or {},
                schema_name=schema_name,
                output_tokens_max=self.output_tokens_max,
                timeout_ms=self.timeout_ms,
                seed=self.seed,
            )
        )
        message = AIMessage(
            content=answer.text,
            response_metadata={
                "finish_reason": answer.finish_reason,
                "model_name": answer.model,
                "duration_ms": answer.duration_ms,
            },
            usage_metadata={
                "input_tokens": answer.prompt_tokens,
                "output_tokens": answer.output_tokens,
                "total_tokens": answer.prompt_tokens + answer.output_tokens,
            },
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def with_structured_output(
        self,
        schema: Mapping[str, JsonValue] | type[BaseModel],
        *,
        include_raw: bool = False,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Return a runnable whose answers fit a JSON schema or a Pydantic model.

        With `include_raw` it gives ``raw``, ``parsed`` and ``parsing_error`` and does not raise for
        an answer that cannot be read; without, it raises ModelUnavailable.
        """
        if kwargs.get("method", "json_schema") != "json_schema":
            raise ValueError("The port LanguageModel knows structured output by JSON schema only.")
        model = schema if isinstance(schema, type) else None
        json_schema = model.model_json_schema() if model is not None else dict(cast("Any", schema))
        bound = self.bind(
            json_schema=json_schema, schema_name=str(json_schema.get("title", "answer"))
        )

        def parse(message: BaseMessage) -> dict[str, Any] | BaseModel:
            return _parse(message, model)

        if not include_raw:
            return bound | RunnableLambda(parse)
        parsed = RunnablePassthrough.assign(
            parsed=itemgetter("raw") | RunnableLambda(parse), parsing_error=lambda _: None
        )
        unread = RunnablePassthrough.assign(parsed=lambda _: None)
        return cast(
            "Runnable[LanguageModelInput, dict[str, Any] | BaseModel]",
            RunnableMap(raw=bound) | parsed.with_fallbacks([unread], exception_key="parsing_error"),
        )


def _parse(message: BaseMessage, model: type[BaseModel] | None) -> dict[str, Any] | BaseModel:
    finish_reason = message.response_metadata.get("finish_reason")
    if finish_reason != "stop":
        raise ModelUnavailable(_UNFINISHED.get(str(finish_reason), _UNFINISHED["other"]))
    text = str(message.content)
    if len(text) > ANSWER_CHARS_MAX:
        raise ModelUnavailable(f"the answer is longer than {ANSWER_CHARS_MAX} characters")
    try:
        if model is not None:
            return model.model_validate_json(text)
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ModelUnavailable("the answer is not the JSON that was asked for") from None
    if not isinstance(value, dict):
        raise ModelUnavailable("the answer is JSON but no object")
    return value


_UNFINISHED: Final = {
    "length": "the answer was cut off at the token bound",
    "refusal": "the model refused",
    "other": "the answer is empty or did not end",
}


def _to_port(message: BaseMessage) -> Message:
    content: str | Sequence[Any] = message.content
    if not isinstance(content, str):
        raise ValueError("The port LanguageModel takes text only.")
    match message:
        case SystemMessage():
            return Message(role="system", content=content)
        case HumanMessage():
            return Message(role="user", content=content)
        case AIMessage():
            return Message(role="assistant", content=content)
        case _:
            raise ValueError(f"The port LanguageModel has no turn for a {message.type} message.")
