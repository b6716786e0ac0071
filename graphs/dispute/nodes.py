"""The nodes of the dispute graph. Each may run again after a crash: what it changes outside, it
changes once.

Every node tells the stream what it did as ``{"step": name, …}``, JSON that a terminal or a page
shows as it comes, and logs it through `record_step`, under a key made of the case, the step and its
content.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from langgraph.types import StreamWriter, interrupt

from agents.dispute.agent import DisputeReader
from agents.dispute.output import DisputeReading, ReadingContext
from graphs.dispute.outcome import conclude
from graphs.dispute.state import DisputeState, JsonObject
from sluicegate.domain.audit import AuditRecord
from sluicegate.domain.canonical import canonical_bytes, digest_of
from sluicegate.domain.case import Case
from sluicegate.domain.decision import POLICY_UNAVAILABLE, Allowed, NeedsReview
from sluicegate.domain.errors import ScoringUnavailable, UnknownRecord
from sluicegate.domain.event import DisputeEvent
from sluicegate.domain.ids import derive_id
from sluicegate.domain.money import Money
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.receipt import Receipt
from sluicegate.domain.value import Value
from sluicegate.integrations.langgraph_node import GateNode, read_answer
from sluicegate.ports.clock import Clock
from sluicegate.ports.features import FeatureSource
from sluicegate.ports.gate import GateAnswer, GateClient
from sluicegate.ports.record import RecordReader
from sluicegate.ports.scoring import Scorer
from tools.dispute.lookup_transaction import LookupArgs, TransactionRecord
from tools.dispute.network_reason_code import ReasonArgs
from tools.dispute.propose_provisional_credit import ProposeArgs
from tools.dispute.regulatory_clock import ClockArgs
from tools.dispute.score_dispute import ScoreArgs
from tools.dispute.toolbox import DisputeTools, dispute_tools

AGENT: Final = "agent:dispute"
FAILED_PERMITS_MAX: Final = 3
"""How many permits may expire or be refused before the case ends without a credit."""
POLLS_MAX: Final = 10_000
"""A bound on one wait for a receipt, whatever the settings say."""

RecordStep = Callable[[str, AuditRecord], None]
"""Logs a record once for its key."""
ValueT = TypeVar("ValueT", bound=Value)


@dataclass(frozen=True, slots=True)
class DisputePorts:
    """What the graph asks of the world. `pause` waits for some seconds; receipts are waited for in
    milliseconds.
    """

    reader: DisputeReader
    record: RecordReader
    features: FeatureSource
    scorer: Scorer
    gate: GateClient
    clock: Clock
    record_step: RecordStep
    pause: Callable[[float], None]
    receipt_timeout_ms: int = 10_000
    receipt_poll_ms: int = 50

    def tools(self) -> DisputeTools:
        """Return the dispute tools over these ports."""
        return dispute_tools(self.record, self.features, self.scorer)


@dataclass(frozen=True, slots=True)
class DisputeNodes:
    """The nodes, over their ports and tools."""

    ports: DisputePorts
    tools: DisputeTools

    def read(self, state: DisputeState, writer: StreamWriter) -> DisputeState:
        """Look at what was claimed, by whom, about which transaction."""
        event, case = _event(state), _case(state)
        claimed = event.data.money()
        writer(
            {
                "step": "read",
                "case_id": case.id,
                "event_id": case.event_id,
                "opened_by": case.opened_by,
                "transaction_id": event.data.transaction_id,
                "customer_id": event.data.customer_id,
                "claimed": str(claimed),
                "occurred_at": event.time,
                "narrative_chars": len(event.data.narrative),
            }
        )
        self._log(
            case,
            "dispute.read",
            {
                "transaction_id": event.data.transaction_id,
                "claimed_minor": claimed.amount_minor,
                "currency": claimed.currency,
                "narrative_chars": len(event.data.narrative),
            },
            data_digest=event.digest(),
        )
        return {}

    def facts(self, state: DisputeState, writer: StreamWriter) -> DisputeState:
        """Look the transaction up in the record."""
        case = _case(state)
        args = LookupArgs(transaction_id=_event(state).data.transaction_id)
        found = self.tools.lookup.run(args).as_json()
        writer({"step": "facts", **found})
        self._log(
            case,
            "dispute.facts",
            {"held": sorted(name for name, row in found.items() if row is not None)},
            data_digest=digest_of(found),
        )
        return {"record": dict(found)}

    def assess(self, state: DisputeState, writer: StreamWriter) -> DisputeState:
        """Let the reader say what kind of dispute it is, on which evidence."""
        transaction = _load(TransactionRecord, state["record"]).transaction
        context = (
            ReadingContext(
                amount_minor=transaction.amount_minor,
                currency=transaction.currency,
                merchant_category_code=transaction.merchant_category_code,
                entry_mode=transaction.entry_mode,
                authorised_at_ms=transaction.authorised_at_ms,
            )
            if transaction is not None
            else ReadingContext()
        )
        event = _event(state)
        reading = self.ports.reader.read(event.data, context)
        content = reading.as_json()
        writer({"step": "reading", **content})
        self._log(
            _case(state),
            "dispute.assessed",
            {
                "category": reading.category.value,
                "confidence_bp": reading.confidence_bp,
                "suspicious_instructions": reading.suspicious_instructions,
                "model_kind": reading.model.kind,
                "reading_digest": digest_of(content),
            },
            data_digest=event.digest(),
            model=reading.model.name,
            prompt_digest=reading.prompt_digest,
        )
        return {"reading": dict(content)}

    def score(self, state: DisputeState, writer: StreamWriter) -> DisputeState:
        """Score the claim. Without a score the case goes on; what that means, policy says at the
        gate.
        """
        case = _case(state)
        args = ScoreArgs(
            transaction_id=_event(state).data.transaction_id, as_of_ms=case.opened_at_ms
        )
        try:
            score = self.tools.score.run(args)
        except (ScoringUnavailable, UnknownRecord) as cause:
            writer({"step": "score", "available": False, "sentence": cause.message})
            self._log(case, "dispute.scored", {"available": False})
            return {"score": None}
        content = score.as_json()
        writer({"step": "score", "available": True, **content})
        self._log(
            case,
            "dispute.scored",
            {
                "available": True,
                "risk_bp": score.risk_bp,
                "reason_codes": [reason.code for reason in score.reasons],
                "model_digest": score.model_digest,
                "features_digest": score.features_digest,
            },
            data_digest=score.data_digest,
            model=f"{score.model}@{score.model_version}",
        )
        return {"score": dict(content)}

    def propose(self, state: DisputeState, writer: StreamWriter) -> DisputeState:
        """Make the proposal, the network's reason and the due dates, all computed."""
        event, case = _event(state), _case(state)
        reading = _load(DisputeReading, state["reading"])
        transaction = _load(TransactionRecord, state["record"]).transaction
        assert transaction is not None  # `has_transaction` sends the case elsewhere
        reasons = self.tools.reasons.run(
            ReasonArgs(category=reading.category, entry_mode=transaction.entry_mode)
        )
        clock = self.tools.clock.run(ClockArgs(received_at_ms=case.opened_at_ms))
        proposal = self.tools.propose.run(
            ProposeArgs(
                case_id=case.id,
                event_id=case.event_id,
                event_digest=case.event_digest,
                opened_by=case.opened_by,
                claim=event.data,
                transaction=transaction,
                category=reading.category,
                network_reason_code=reasons.label(),
                confidence_bp=reading.confidence_bp,
                proposed_by=AGENT,
                model=reading.model,
                prompt_digest=reading.prompt_digest,
                summary=reading.summary,
                evidence=reading.evidence,
            )
        )
        writer(
            {
                "step": "proposal",
                "proposal": proposal.as_json(),
                "amount": str(_money(proposal)),
                "network_reasons": reasons.as_json(),
                "clock": clock.as_json(),
            }
        )
        self._log(
            case,
            "dispute.proposed",
            {
                "proposal_id": proposal.id,
                "proposal_digest": proposal.digest(),
                "amount_minor": proposal.amount_minor,
                "amount_provenance": proposal.amount_provenance.value,
                "currency": proposal.currency,
                "network_reason_code": proposal.network_reason_code,
                "credit_due_on": clock.provisional_credit.due_on,
                "resolution_due_on": clock.resolution.due_on,
            },
            data_digest=transaction.digest(),
            model=proposal.model.name,
            prompt_digest=proposal.prompt_digest,
        )
        return {
            "reasons": dict(reasons.as_json()),
            "clock": dict(clock.as_json()),
            "proposal": dict(proposal.as_json()),
            "failed_permits": 0,
        }

    def gate(self, state: DisputeState, writer: StreamWriter) -> DisputeState:
        """Hand the proposal to the gate, which reads everything again by itself and decides."""
        answer = GateNode(self.ports.gate).submit(state)
        content = answer.as_json()
        writer({"step": "gate", "outcome": answer.decision.outcome, **content})
        if isinstance(answer.decision, NeedsReview):
            # Told here and not where it is waited for: that node runs again when it is woken.
            show = f"sluicegate review show {answer.review_id}"
            question = _question(state, answer, answer.decision)
            writer({"step": "review", **question, "show_command": show})
        return {"gate_answer": dict(content), "receipt": None}

    def review(self, state: DisputeState) -> DisputeState:
        """Wait until somebody has decided. What the graph is woken with is ignored: the gate is
        asked again.
        """
        answer = read_answer(state.get("gate_answer"))
        decision = answer.decision
        assert isinstance(decision, NeedsReview)  # only that outcome leads here
        interrupt(_question(state, answer, decision))
        return {}

    def postpone(self, state: DisputeState, writer: StreamWriter) -> DisputeState:
        """Wait until policy can be asked: nothing is allowed meanwhile, and nobody is turned away
        for it.
        """
        answer = read_answer(state.get("gate_answer"))
        waiting: JsonObject = {
            "kind": "awaiting_policy",
            "case_id": _case(state).id,
            "proposal_id": answer.proposal_id,
        }
        writer({"step": "awaiting_policy", **waiting})
        interrupt(waiting)
        return {}

    def settle(self, state: DisputeState, writer: StreamWriter) -> DisputeState:
        """Wait for what the executor makes of the permit; what is not known yet is waited for again
        later.
        """
        answer = read_answer(state.get("gate_answer"))
        decision = answer.decision
        assert isinstance(decision, Allowed)  # only that outcome leads here
        receipt = self._wait_for_receipt(answer.proposal_id, decision.grant.permit_id)
        if receipt is None or receipt.status == "unknown":
            waiting: JsonObject = {
                "kind": "awaiting_receipt",
                "case_id": _case(state).id,
                "proposal_id": answer.proposal_id,
                "permit_id": decision.grant.permit_id,
                "status": "unknown" if receipt is not None else "pending",
            }
            writer({"step": "awaiting_receipt", **waiting})
            interrupt(waiting)
            return {"receipt": None}
        writer({"step": "receipt", **receipt.as_json()})
        failed = state.get("failed_permits", 0) + (0 if receipt.status == "settled" else 1)
        return {"receipt": dict(receipt.as_json()), "failed_permits": failed}

    def answer(self, state: DisputeState, writer: StreamWriter) -> DisputeState:
        """Say how it ended, in words and codes."""
        case = _case(state)
        content = conclude(state, case)
        writer({"step": "answer", **content})
        self._log(
            case,
            "case.closed",
            {
                "outcome": content["outcome"],
                "code": content["code"],
                "findings": [finding["code"] for finding in content["findings"]],
                "answer_digest": digest_of(content),
            },
        )
        return {"answer": content}

    def _wait_for_receipt(self, proposal_id: str, permit_id: str) -> Receipt | None:
        """Return the receipt of this very permit; None where it did not come in time."""
        polls = min(self.ports.receipt_timeout_ms // self.ports.receipt_poll_ms, POLLS_MAX)
        for poll in range(polls + 1):
            receipt = self.ports.gate.receipt(proposal_id)
            if receipt is not None and receipt.permit_id == permit_id:
                return receipt
            if poll < polls:
                self.ports.pause(self.ports.receipt_poll_ms / 1_000)
        return None

    def _log(self, case: Case, kind: str, body: Mapping[str, Any], **about: str) -> None:
        # The key leaves the time out: the same step with the same content is one entry, however
        # often it runs; a model that answers otherwise after a crash is another one, and shows.
        content: JsonObject = {"kind": kind, "body": dict(body), **about}
        self.ports.record_step(
            derive_id("step", case.id, kind, digest_of(content)),
            AuditRecord(
                kind=kind,
                at_ms=self.ports.clock.now_ms(),
                actor=AGENT,
                case_id=case.id,
                event_id=case.event_id,
                event_digest=case.event_digest,
                body=dict(body),
                **about,
            ),
        )


def has_transaction(state: DisputeState) -> Literal["found", "missing"]:
    """Say whether the record holds the disputed transaction."""
    return "found" if state["record"].get("transaction") is not None else "missing"


def outcome_of_gate(
    state: DisputeState,
) -> Literal["allowed", "needs_review", "denied", "not_asked"]:
    """Return the gate's latest decision; a denial for want of policy is to be asked for again."""
    decision = read_answer(state.get("gate_answer")).decision
    if any(finding.code == POLICY_UNAVAILABLE for finding in decision.findings):
        return "not_asked"
    return decision.outcome


def outcome_of_settling(state: DisputeState) -> Literal["done", "again", "waiting"]:
    """Say whether the permit's fate is known, and whether to ask the gate for another one."""
    receipt = state.get("receipt")
    if receipt is None:
        return "waiting"
    if receipt["status"] == "settled" or state["failed_permits"] >= FAILED_PERMITS_MAX:
        return "done"
    return "again"


def _question(state: DisputeState, answer: GateAnswer, decision: NeedsReview) -> JsonObject:
    """Return what a person is asked: who, until when, and bound to which digest."""
    return {
        "kind": "review",
        "case_id": _case(state).id,
        "proposal_id": answer.proposal_id,
        "review_id": answer.review_id,
        "role": decision.role.value,
        "subject_digest": decision.subject_digest,
        "due_at_ms": decision.due_at_ms,
        "findings": [finding.as_json() for finding in decision.findings],
    }


def _event(state: DisputeState) -> DisputeEvent:
    return _load(DisputeEvent, state["event"])


def _case(state: DisputeState) -> Case:
    return _load(Case, state["case"])


def _load(kind: type[ValueT], content: JsonObject) -> ValueT:
    # Strict values take enums and tuples from JSON only, and state is JSON.
    return kind.from_json(canonical_bytes(content))


def _money(proposal: Proposal) -> Money:
    return Money(amount_minor=proposal.amount_minor, currency=proposal.currency)
