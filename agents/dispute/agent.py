"""Reads a dispute with a language model, checks in code what it says, and falls back to rules.

The model never sees who the cardholder is, sets no amount, and does not say how sure it is:
confidence is computed here, from whether an independent classifier agrees and the quotes hold.
"""

from typing import Final, NamedTuple, Protocol

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agents.chat_model import PortChatModel
from agents.dispute.evidence import (
    describe_record,
    invents,
    neutralise,
    record_evidence,
    speaks_against,
    verify_quotes,
)
from agents.dispute.instructions import signs_of_instructions
from agents.dispute.output import (
    ANSWER_SCHEMA,
    CATEGORY_MEANINGS,
    NOTES_MAX,
    DisputeDraft,
    DisputeReading,
    ReadingContext,
    read_draft,
)
from agents.dispute.rules import RulesDisputeReader, Weighing
from agents.prompts import Prompt, load_prompt
from sluicegate.domain.errors import ModelUnavailable
from sluicegate.domain.event import DisputeClaim
from sluicegate.domain.proposal import DisputeCategory, ModelRef
from sluicegate.ports.llm import LanguageModel, ModelInfo

REPAIRS_MAX: Final = 1
OUTPUT_TOKENS_MAX: Final = 384
NARRATIVE_BYTES_MAX: Final = 5_000
"""No byte costs more than one token, so that prompt, text and answer always fit 8,192 tokens."""
_HEAD_SHARE: Final = 0.7
_LEFT_OUT: Final = "\n(… part of the text is left out here …)\n"
_REFUSED: Final = "refused"
_AGAIN: Final = (
    "\n\nA first answer to this could not be used: {problem}. Answer again, in the form asked for, "
    "with short quotes copied word for word from the narrative."
)
_NOT_SHOWN: Final = "The text seems to instruct its reader, so no language model was shown it."
_DIFFERS: Final = "The linear classifier reads the text otherwise."
_UNCLEAR: Final = "The model found no category in the text."

AGREED_BASE_BP: Final = 7_000
AGREED_BP_MAX: Final = 9_500
DIFFERING_BASE_BP: Final = 2_000
RULES_CONCUR_BP: Final = 500
DIFFERING_BP_MAX: Final = 5_000
UNPROVEN_BP_MAX: Final = 5_500
"""No quote of the model's stands in the text."""
TRUNCATED_BP_MAX: Final = 5_500
CONTRADICTED_BP_MAX: Final = 5_500
UNCLEAR_BP_MAX: Final = 3_000
DROPPED_QUOTE_BP: Final = 1_000


class DisputeReader(Protocol):
    """Reads what a cardholder wrote."""

    def read(self, claim: DisputeClaim, context: ReadingContext) -> DisputeReading:
        """Return a reading; deterministic given the same answers of what it asks."""
        ...


class _Excerpt(NamedTuple):
    text: str
    truncated: bool


class LlmDisputeReader:
    """Reads with a language model. What it fails at is read by rules, and the notes say so."""

    def __init__(
        self, llm: LanguageModel, fallback: RulesDisputeReader, *, timeout_ms: int = 120_000
    ) -> None:
        info = llm.info
        self._model = ModelRef(
            kind="language_model", name=info.name, weights_digest=info.weights_digest
        )
        self._fallback = fallback
        self._prompt = load_prompt("dispute")
        chat = PortChatModel(port=llm, output_tokens_max=OUTPUT_TOKENS_MAX, timeout_ms=timeout_ms)
        self._ask = chat.with_structured_output(ANSWER_SCHEMA, include_raw=True)
        self._warm = PortChatModel(port=llm, output_tokens_max=1, timeout_ms=timeout_ms)

    def warm_up(self) -> bool:
        """Have the model read the part of the prompt that never changes; say whether it did.

        A local model on one core takes half a minute to two minutes for it and remembers it, so
        that the first dispute need not wait; it may be done in another thread at start.
        """
        try:
            self._warm.invoke(_conversation(self._prompt, "<record>"))
        except ModelUnavailable:
            return False
        return True

    def read(self, claim: DisputeClaim, context: ReadingContext) -> DisputeReading:
        """Return a reading; never raises for anything that a model says or fails to say.

        Text that shows signs of instructing its reader is not shown to the model: a small model
        followed such text in every trial, and its category would be the attacker's.
        """
        if signs_of_instructions(claim.narrative):
            return self._read_by_rules(claim, context, _NOT_SHOWN)
        excerpt = _excerpt(neutralise(claim.narrative))
        try:
            draft = self._draft(claim, context, excerpt)
        except ModelUnavailable as cause:
            reason = cause.message.rstrip(".")
            note = f"The language model {self._model.name} gave no usable answer ({reason})."
            return self._read_by_rules(claim, context, f"{note} This was read by rules instead.")
        return self._check(draft, claim, context, truncated=excerpt.truncated)

    def _draft(
        self, claim: DisputeClaim, context: ReadingContext, excerpt: _Excerpt
    ) -> DisputeDraft:
        question = user_turn(claim, context, excerpt.text)
        problem = ""
        for repair in range(REPAIRS_MAX + 1):
            # The unusable answer is not shown again: it may be what the text was written to get.
            turn = question + (_AGAIN.format(problem=problem) if repair else "")
            said = self._ask.invoke(_conversation(self._prompt, turn))
            draft, problem = _accept(said, claim.narrative)
            if draft is not None and (not problem or repair == REPAIRS_MAX):
                return draft
            if _REFUSED in problem:
                break
        raise ModelUnavailable(problem)

    def _check(
        self,
        draft: DisputeDraft,
        claim: DisputeClaim,
        context: ReadingContext,
        *,
        truncated: bool,
    ) -> DisputeReading:
        weighing = self._fallback.weigh(claim.narrative)
        quotes = verify_quotes(claim.narrative, draft.quotes, draft.category)
        against = speaks_against(draft.category, context)
        doubts = (
            (weighing.likeliest is not draft.category, DIFFERING_BP_MAX, _DIFFERS),
            (draft.category is DisputeCategory.UNCLEAR, UNCLEAR_BP_MAX, _UNCLEAR),
            (not quotes.evidence, UNPROVEN_BP_MAX, "No quote of the model's stands in the text."),
            (quotes.dropped > 0, AGREED_BP_MAX, f"Quotes not in the text: {quotes.dropped}."),
            (truncated, TRUNCATED_BP_MAX, "The model saw the text's beginning and end only."),
            (bool(against), CONTRADICTED_BP_MAX, against),
        )
        sure_bp = _sure_bp(draft.category, weighing) - quotes.dropped * DROPPED_QUOTE_BP
        notes = [why for holds, _, why in doubts if holds]
        summary = _plain(draft.summary)
        if not summary or invents(summary, question_text(claim, context)):
            # A summary that says more than the text and the record do would be read as a finding.
            summary = f"Read as: {CATEGORY_MEANINGS[draft.category]}."
            notes.append("The model's summary was left out: it says more than the text does.")
        return DisputeReading(
            category=draft.category,
            confidence_bp=max(0, min([sure_bp, *(cap for holds, cap, _ in doubts if holds)])),
            summary=summary,
            evidence=quotes.evidence + record_evidence(draft.category, claim, context),
            suspicious_instructions=False,
            model=self._model,
            prompt_digest=self._prompt.file_digest,
            notes=tuple(notes),
        )

    def _read_by_rules(
        self, claim: DisputeClaim, context: ReadingContext, why: str
    ) -> DisputeReading:
        reading = self._fallback.read(claim, context)
        # Validated as a whole again: model_copy would take any notes unchecked.
        return DisputeReading.model_validate(
            dict(reading) | {"notes": (*reading.notes, why)[-NOTES_MAX:]}
        )


def describe(info: ModelInfo | None) -> str:
    """Return who reads disputes, and the one line that changes it; two lines for a person."""
    if info is None:
        return (
            "Disputes are read by rules and a linear classifier; no language model is used.\n"
            "To use one: make model (or set SLUICEGATE_LLM_URL and SLUICEGATE_LLM_MODEL)"
        )
    if info.weights_digest is not None:
        return (
            f"Disputes are read by {info.name}, a local file "
            f"({info.weights_digest[:19]}…), checked against a linear classifier.\n"
            "To use another: make model FROM=/path/to/model.gguf "
            "(or set SLUICEGATE_LLM_URL and SLUICEGATE_LLM_MODEL)"
        )
    return (
        f"Disputes are read by {info.name} at the endpoint SLUICEGATE_LLM_URL, checked against a "
        "linear classifier.\n"
        "To use a local model instead: unset SLUICEGATE_LLM_URL, and run: make model"
    )


def user_turn(claim: DisputeClaim, context: ReadingContext, narrative: str) -> str:
    """Return the only turn that holds a customer's text, between marks that it cannot contain."""
    return (
        f"<record>\n{describe_record(claim, context)}\n</record>\n"
        f"<narrative>\n{narrative}\n</narrative>"
    )


def _conversation(prompt: Prompt, question: str) -> list[BaseMessage]:
    messages: list[BaseMessage] = [SystemMessage(prompt.system)]
    for example in prompt.examples:
        messages += [HumanMessage(example.user), AIMessage(example.assistant)]
    return [*messages, HumanMessage(question)]


def _excerpt(text: str) -> _Excerpt:
    raw = text.encode("utf-8")
    if len(raw) <= NARRATIVE_BYTES_MAX:
        return _Excerpt(text, truncated=False)
    head = int(NARRATIVE_BYTES_MAX * _HEAD_SHARE)
    tail = NARRATIVE_BYTES_MAX - head
    return _Excerpt(
        raw[:head].decode("utf-8", "ignore") + _LEFT_OUT + raw[-tail:].decode("utf-8", "ignore"),
        truncated=True,
    )


def question_text(claim: DisputeClaim, context: ReadingContext) -> str:
    """Return everything that a summary may draw on."""
    return user_turn(claim, context, claim.narrative)


def _accept(said: object, narrative: str) -> tuple[DisputeDraft | None, str]:
    """Return the draft in what the model said, and what is wrong with it; "" where nothing is."""
    answer = said if isinstance(said, dict) else {}
    error = answer.get("parsing_error")
    if error is not None:
        known = error.message if isinstance(error, ModelUnavailable) else "it could not be read"
        return None, known
    try:
        draft = read_draft(answer.get("parsed"))
    except ModelUnavailable as cause:
        return None, cause.message
    if draft.category is DisputeCategory.UNCLEAR:
        return draft, ""
    quotes = verify_quotes(narrative, draft.quotes, draft.category)
    return draft, "" if quotes.evidence else "no quote stands word for word in the narrative"


def _sure_bp(category: DisputeCategory, weighing: Weighing) -> int:
    """Return how sure a reading is before anything caps it; the model's own word has no part."""
    base = AGREED_BASE_BP if weighing.likeliest is category else DIFFERING_BASE_BP
    concur = RULES_CONCUR_BP if category in weighing.ruled else 0
    return min(base + weighing.probabilities_bp.get(category, 0) // 4 + concur, AGREED_BP_MAX)


def _plain(summary: str) -> str:
    return " ".join(neutralise(summary).split())
