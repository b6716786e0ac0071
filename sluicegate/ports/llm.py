"""A language model, behind a port: messages and a JSON schema in, text and an account of itself
out.
"""

from typing import Annotated, Literal, Protocol

from pydantic import Field, JsonValue

from sluicegate.domain.value import Digest, Name, Natural, Value

OUTPUT_TOKENS_MAX = 1_024


class Message(Value):
    """One turn. Text from customers and documents only ever stands in a ``user`` turn."""

    role: Literal["system", "user", "assistant"]
    content: str


class LlmRequest(Value):
    """What is asked: at most `output_tokens_max` tokens that fit `json_schema`, within
    `timeout_ms`.
    """

    messages: Annotated[tuple[Message, ...], Field(min_length=1)]
    json_schema: dict[str, JsonValue]
    schema_name: Name
    output_tokens_max: Annotated[int, Field(ge=1, le=OUTPUT_TOKENS_MAX)] = 512
    timeout_ms: Annotated[int, Field(ge=1)] = 60_000
    seed: Natural = 0


class LlmAnswer(Value):
    """What came back. `text` is untrusted; `finish_reason` ``length`` means that it was cut off."""

    text: str
    finish_reason: Literal["stop", "length", "refusal", "other"]
    model: Name
    prompt_tokens: Natural
    output_tokens: Natural
    duration_ms: Natural


class ModelInfo(Value):
    """Who answers. `endpoint` names a kind of place (``local file``, ``openai-compatible``), never
    a secret.
    """

    name: Name
    endpoint: Name
    weights_digest: Digest | None = None


class LanguageModel(Protocol):
    """Answers requests. Deterministic as far as the provider can be: temperature 0 and the seed."""

    @property
    def info(self) -> ModelInfo:
        """Return who answers."""
        ...

    def generate(self, request: LlmRequest) -> LlmAnswer:
        """Return an answer; raise ModelUnavailable on error or lateness."""
        ...
