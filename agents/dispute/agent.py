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
from agents.dispute.rules import RulesDisputeReader
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
_BAD_ANSWER_CHARS_MAX: Final = 800

AGREED_BASE_BP: Final = 7_000
AGREED_BP_MAX: Final = 9_500
RULES_CONCUR_BP: Final = 500
DIFFERING_BP_MAX: Final = 5_000
UNPROVEN_BP_MAX: Final = 5_500
"""No quote of the model's stands in the text."""
TRUNCATED_BP_MAX: Final = 5_500
CONTRADICTED_BP_MAX: Final = 5_500
UNCLEAR_BP_MAX: Final = 3_000
SUSPICIOUS_BP_MAX: Final = 2_500
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
    """Reads with a language model. What the model fails at is read by rules, and the notes say so."""

    def __init__(
        self, llm: LanguageModel, fallback: RulesDisputeReader, *, timeout_ms: int = 120_000
    ) -> None:
        info = llm.info
        self._model = ModelRef(
            kind="language_model", name=info.name, weights_digest=info.weights_digest
        )
        self._fallback = fallback
        self._prompt = load_prompt("dispute")
        chat = PortChatModel(
            port=llm, output_tokens_max=OUTPUT_TOKENS_MAX, timeout_ms=timeout_ms
        )
        self._ask = chat.with_structured_output(ANSWER_SCHEMA, include_raw=True)

    def read(self, claim: DisputeClaim, context: ReadingContext) -> DisputeReading:
        """Return a reading; never raises for anything that a model says or fails to say."""
        excerpt = _excerpt(neutralise(claim.narrative))
        try:
            draft = self._draft(claim, context, excerpt)
        except ModelUnavailable as cause:
            return self._read_by_rules(claim, context, cause.message)
        return self._check(draft, claim, context, truncated=excerpt.truncated)

    def _draft(
        self, claim: DisputeClaim, context: ReadingContext, excerpt: _Excerpt
    ) -> DisputeDraft:
        messages = _conversation(self._prompt, user_turn(claim, context, excerpt.text))
        for repair in range(REPAIRS_MAX + 1):
            said = self._ask.invoke(messages)
            problem = "the answer could not be read"
            raw = said.get("raw") if isinstance(said, dict) else None
            try:
                draft = _accept(said, claim.narrative)
            except ModelUnavailable as cause:
                problem = cause.message
            else:
                return draft
            if repair == REPAIRS_MAX or _refused(raw):
                raise ModelUnavailable(problem)
            messages = [*messages, *_repair_turns(raw, problem)]
        raise ModelUnavailable("no answer fitted the form")

    def _check(
        self,
        draft: DisputeDraft,
        claim: DisputeClaim,
        context: ReadingContext,
        *,
        truncated: bool,
    ) -> DisputeReading:
        narrative = claim.narrative
        quotes = verify_quotes(narrative, draft.quotes, draft.category)
        signs = signs_of_instructions(narrative)
        notes: list[str] = []
        caps = [
            _confidence(
                agreed=self._fallback.likeliest(narrative) is draft.category,
                probability_bp=self._fallback.probability_bp(narrative, draft.category),
                rules_concur=self._fallback.hits(narrative, draft.category) > 0,
                dropped=quotes.dropped,
            )
        ]

        def lower(to_bp: int, why: str) -> None:
            caps.append(to_bp)
            notes.append(why)

        if self._fallback.likeliest(narrative) is not draft.category:
            lower(DIFFERING_BP_MAX, "The linear classifier reads the text otherwise.")
        if draft.category is DisputeCategory.UNCLEAR:
            lower(UNCLEAR_BP_MAX, "The model found no category in the text.")
        if not quotes.evidence:
            lower(UNPROVEN_BP_MAX, "No quote of the model's stands in the text.")
        if quotes.dropped:
            notes.append(f"{quotes.dropped} quote(s) of the model's are not in the text.")
        if truncated:
            lower(TRUNCATED_BP_MAX, "The model saw the beginning and the end of the text only.")
        against = speaks_against(draft.category, context)
        if against:
            lower(CONTRADICTED_BP_MAX, against)
        if signs:
            lower(SUSPICIOUS_BP_MAX, f"The text {'; '.join(signs)}. A person should read it.")
        summary = _summary(draft, claim, context, suspicious=bool(signs), notes=notes)
        return DisputeReading(
            category=draft.category,
            confidence_bp=max(0, min(caps)),
            summary=summary,
            evidence=quotes.evidence + record_evidence(draft.category, claim, context),
            suspicious_instructions=bool(signs),
            model=self._model,
            prompt_digest=self._prompt.file_digest,
            notes=tuple(notes),
        )

    def _read_by_rules(
        self, claim: DisputeClaim, context: ReadingContext, reason: str
    ) -> DisputeReading:
        reading = self._fallback.read(claim, context)
        note = (
            f"The language model {self._model.name} gave no usable answer "
            f"({reason.rstrip('.')}); this was read by rules instead."
        )
        return DisputeReading(
            **{
                **dict(reading),
                "notes": (*reading.notes, note)[-NOTES_MAX:],
            }
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


def _accept(said: object, narrative: str) -> DisputeDraft:
    """Return the draft in what the chat model gave back; raise ModelUnavailable where it has none."""
    if not isinstance(said, dict):
        raise ModelUnavailable("the answer could not be read")
    error = said.get("parsing_error")
    if error is not None:
        known = error.message if isinstance(error, ModelUnavailable) else "it could not be read"
        raise ModelUnavailable(known)
    draft = read_draft(said.get("parsed"))
    if draft.quotes and not verify_quotes(narrative, draft.quotes, draft.category).evidence:
        raise _Unproven(draft)
    return draft


def _confidence(*, agreed: bool, probability_bp: int, rules_concur: bool, dropped: int) -> int:
    """Return how sure a reading is before anything caps it. The model's own word has no part in it."""
    base = AGREED_BASE_BP if agreed else 0
    sure = base + probability_bp // 4 + (RULES_CONCUR_BP if rules_concur else 0)
    return min(sure, AGREED_BP_MAX) - dropped * DROPPED_QUOTE_BP
