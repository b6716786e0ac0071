"""How a dispute ended, in words for people and codes for programs. No model writes here."""

from typing import Any, Final

from graphs.dispute.state import DisputeState, JsonObject
from sluicegate.domain.case import Case, CaseStatus
from sluicegate.domain.decision import Denied, Finding
from sluicegate.domain.money import format_minor
from sluicegate.integrations.langgraph_node import read_answer

REVIEW_REJECTED: Final = "REVIEW_REJECTED"
"""The gate's own finding for a person's no."""


def conclude(state: DisputeState, case: Case) -> JsonObject:
    """Return the answer: `outcome` is a final case status, `code` says more, `sentence` says it to
    a person.
    """
    proposal, receipt = state.get("proposal"), state.get("receipt")
    findings: tuple[Finding, ...] = ()
    if proposal is None:
        status, code = CaseStatus.NO_ACTION, "no_transaction"
        transaction_id = state["event"]["data"]["transaction_id"]
        sentence = f"The record holds no transaction {transaction_id}; there is nothing to credit."
    else:
        decision = read_answer(state.get("gate_answer")).decision
        findings = decision.findings
        amount = _amount(proposal)
        if isinstance(decision, Denied):
            status, code, sentence = _denied(decision, amount)
        elif receipt is not None and receipt["status"] == "settled":
            status, code = CaseStatus.SETTLED, "credited"
            sentence = f"{amount} were provisionally credited."
        else:
            status, code = CaseStatus.DENIED, "not_carried_out"
            why = (receipt or {}).get("reason") or "the permit was not used"
            sentence = f"The credit of {amount} was allowed but not carried out: {why}."
    return {
        "outcome": status.value,
        "code": code,
        "sentence": sentence,
        "case_id": case.id,
        "proposal_id": proposal["id"] if proposal is not None else None,
        "amount": _amount(proposal) if proposal is not None else None,
        "reasons": [finding.sentence for finding in findings],
        "findings": [finding.as_json() for finding in findings],
        "receipt": receipt,
        "reading": _reading(state.get("reading")),
        "clock": state.get("clock"),
        "network_reasons": state.get("reasons"),
    }


def _denied(decision: Denied, amount: str) -> tuple[CaseStatus, str, str]:
    codes = {finding.code for finding in decision.findings}
    if REVIEW_REJECTED in codes:
        sentence = f"A person decided against crediting {amount}."
        return CaseStatus.REJECTED, "review_rejected", sentence
    why = " ".join(finding.sentence for finding in decision.findings)
    return CaseStatus.DENIED, "denied", f"The credit of {amount} was denied: {why}"


def _amount(proposal: JsonObject) -> str:
    amount: str = format_minor(proposal["amount_minor"], proposal["currency"])
    return f"{amount} {proposal['currency']}"


def _reading(reading: JsonObject | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    kept = ("category", "confidence_bp", "summary", "evidence", "model", "notes")
    return {name: reading[name] for name in kept if name in reading}
