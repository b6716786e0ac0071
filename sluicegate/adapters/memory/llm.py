"""A language model that says what it was told to say. For tests and for replaying recorded runs."""

from collections.abc import Sequence

from sluicegate.domain.errors import ModelUnavailable
from sluicegate.ports.llm import LlmAnswer, LlmRequest, ModelInfo


class ScriptedModel:
    """Implements the port LanguageModel: gives the scripted answers in order, then none."""

    def __init__(self, answers: Sequence[LlmAnswer], *, info: ModelInfo | None = None) -> None:
        self._answers = list(answers)
        self._info = info or ModelInfo(name="scripted", endpoint="memory")
        self.requests: list[LlmRequest] = []

    @property
    def info(self) -> ModelInfo:
        """Return who answers."""
        return self._info

    def generate(self, request: LlmRequest) -> LlmAnswer:
        """Return the next answer; raise ModelUnavailable after the last."""
        self.requests.append(request)
        if not self._answers:
            raise ModelUnavailable("the script has no more answers")
        return self._answers.pop(0)
