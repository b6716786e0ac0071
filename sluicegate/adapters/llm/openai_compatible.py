"""Any OpenAI-compatible endpoint by URL: vLLM, llama.cpp's server, a managed one; by LangChain.

Tried against llama.cpp's server. What the endpoint says is untrusted, errors included: neither its
words nor the key or the prompt ever stand in an error or a log line of ours.
"""

import logging
import time
from typing import Final, Literal

import httpx
import openai
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from langsmith.run_helpers import tracing_context
from pydantic import JsonValue, SecretStr

from sluicegate.adapters.llm.http import bounded_client, check_endpoint
from sluicegate.domain.canonical import INTEGER_MAX
from sluicegate.domain.errors import ModelUnavailable
from sluicegate.ports.llm import LlmAnswer, LlmRequest, Message, ModelInfo

ENDPOINT_KIND: Final = "openai-compatible"
ATTEMPTS_MAX: Final = 2
"""A connection that broke or a busy endpoint (502, 503) is tried once more, at once."""
NAME_CHARS_MAX: Final = 200
_RETRIED_STATUS: Final = frozenset({502, 503})
_NO_KEY: Final = "none"

# These two log whole requests at DEBUG and INFO, personal data included.
for _chatty in ("openai", "httpx"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)


class OpenAiCompatibleModel:
    """Implements the port LanguageModel. Temperature 0 and the request's seed; no telemetry."""

    def __init__(
        self,
        *,
        url: str,
        model: str,
        api_key: SecretStr,
        timeout_ms: int,
        info: ModelInfo | None = None,
    ) -> None:
        endpoint = check_endpoint(url)
        self._info = info or ModelInfo(name=model[:NAME_CHARS_MAX], endpoint=ENDPOINT_KIND)
        self._timeout_ms = timeout_ms
        self._http = bounded_client(endpoint, timeout_s=timeout_ms / 1000)
        self._chat = ChatOpenAI(
            base_url=endpoint,
            model=model,
            # Without an explicit key the library would take one meant for someone else out of
            # the environment and send it to this endpoint.
            api_key=api_key if api_key.get_secret_value() else SecretStr(_NO_KEY),
            organization="",
            temperature=0,
            max_retries=0,
            use_responses_api=False,
            stream_usage=False,
            cache=False,
            http_client=self._http,
        )

    @property
    def info(self) -> ModelInfo:
        """Return who answers."""
        return self._info

    def generate(self, request: LlmRequest) -> LlmAnswer:
        """Return the endpoint's answer; raise ModelUnavailable on error or lateness.

        A refusal and an answer cut off at the token bound are answers; so is an empty one, which
        comes back as no text with the finish reason ``other``.
        """
        started_ns = time.perf_counter_ns()
        until_ns = started_ns + min(request.timeout_ms, self._timeout_ms) * 1_000_000
        for attempt in range(1, ATTEMPTS_MAX + 1):
            left_s = (until_ns - time.perf_counter_ns()) / 1e9
            if left_s <= 0:
                raise _unavailable("it did not answer in time")
            failure, again = "", False
            try:
                reply = self._ask(request, timeout_s=left_s)
            except Exception as cause:
                # Whatever a foreign endpoint makes the client library trip over counts as no
                # answer; the cause's own words may hold the key or the prompt, so they are left.
                failure, again = _explain(cause)
            else:
                return _answer(reply, self._info.name, time.perf_counter_ns() - started_ns)
            if not again or attempt == ATTEMPTS_MAX:
                raise _unavailable(failure)
        raise _unavailable("it did not answer")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(self, request: LlmRequest, *, timeout_s: float) -> BaseMessage:
        # In `extra_body` rather than by name: under its own name the client library would parse
        # the answer itself and raise, text and all, where one was cut off.
        extra = {"response_format": _response_format(request)} if request.json_schema else {}
        with tracing_context(enabled=False):
            return self._chat.invoke(
                [_to_langchain(message) for message in request.messages],
                max_tokens=request.output_tokens_max,
                seed=request.seed,
                timeout=timeout_s,
                extra_body=extra,
            )


def _response_format(request: LlmRequest) -> dict[str, JsonValue]:
    return {
        "type": "json_schema",
        "json_schema": {
            "name": request.schema_name,
            "schema": request.json_schema,
            "strict": True,
        },
    }


def _to_langchain(message: Message) -> BaseMessage:
    match message.role:
        case "system":
            return SystemMessage(message.content)
        case "user":
            return HumanMessage(message.content)
        case "assistant":
            return AIMessage(message.content)


def _answer(reply: BaseMessage, name: str, duration_ns: int) -> LlmAnswer:
    text = reply.content if isinstance(reply.content, str) else ""
    # A lone surrogate has no UTF-8 bytes, so it could neither be stored nor hashed.
    text = text.encode("utf-8", "replace").decode("utf-8")
    usage = reply.response_metadata.get("token_usage")
    counts = usage if isinstance(usage, dict) else {}
    return LlmAnswer(
        text=text,
        finish_reason=_finish_reason(reply, text),
        model=name,
        prompt_tokens=_natural(counts.get("prompt_tokens")),
        output_tokens=_natural(counts.get("completion_tokens")),
        duration_ms=duration_ns // 1_000_000,
    )


def _finish_reason(reply: BaseMessage, text: str) -> Literal["stop", "length", "refusal", "other"]:
    said = reply.response_metadata.get("finish_reason")
    if said == "content_filter" or reply.additional_kwargs.get("refusal"):
        return "refusal"
    if said == "length":
        return "length"
    return "stop" if said == "stop" and text else "other"


def _natural(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value <= INTEGER_MAX else 0


def _explain(cause: Exception) -> tuple[str, bool]:
    """Return what went wrong in our own words, and whether one more attempt may help."""
    match cause:
        case openai.APITimeoutError() | httpx.TimeoutException():
            return "it did not answer in time", False
        case openai.APIStatusError():
            status = cause.status_code
            return f"it answered with HTTP status {status}", status in _RETRIED_STATUS
        case openai.APIConnectionError() | httpx.TransportError():
            return "the connection failed", True
        case _:
            return f"its answer could not be read ({type(cause).__name__})", False


def _unavailable(reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The language model gave no answer: {reason}.",
        next_step="Check SLUICEGATE_LLM_URL, SLUICEGATE_LLM_MODEL and SLUICEGATE_LLM_API_KEY, and "
        "that the endpoint supports response_format json_schema; without them disputes are read "
        "by rules.",
    )
