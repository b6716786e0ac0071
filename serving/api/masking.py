"""What a caller's roles let them see of a case. Names of people are in none of it to begin with."""

from typing import Final

from pydantic import JsonValue

from serving.cases import CaseView
from sluicegate.domain.audit import AuditEntry
from sluicegate.domain.event import DisputeEvent
from sluicegate.domain.facts import Facts
from sluicegate.domain.principal import Principal, Role
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.review import Review
from sluicegate.ports.gate import GateAnswer

SEES_ALL: Final = (Role.ANALYST, Role.APPROVER, Role.AUDITOR, Role.SERVICE, Role.ADMIN)
"""Who works on cases sees the customer's words and whole account numbers; a viewer does not."""
WITHHELD: Final = "[withheld]"
_SHOWN_CHARS: Final = 4


def view_for(view: CaseView, principal: Principal) -> CaseView:
    """Return a case as a caller may see it."""
    if principal.has(*SEES_ALL):
        return view
    return view.model_copy(
        update={
            "event": _event(view.event),
            "proposals": tuple(_proposal(proposal) for proposal in view.proposals),
            "answers": tuple(_answer(answer) for answer in view.answers),
            "reviews": tuple(_review(review) for review in view.reviews),
            "timeline": tuple(_entry(entry) for entry in view.timeline),
        }
    )


def mask_account(account_id: str) -> str:
    """Return an account's name with all but its last four characters left out."""
    return "…" + account_id[-_SHOWN_CHARS:]


def _event(event: DisputeEvent) -> DisputeEvent:
    claim = event.data.model_copy(update={"narrative": WITHHELD})
    return event.model_copy(update={"data": claim})


def _proposal(proposal: Proposal) -> Proposal:
    # Summary and evidence are drafted from the customer's words and quote them.
    return proposal.model_copy(
        update={
            "payee_account_id": mask_account(proposal.payee_account_id),
            "summary": WITHHELD,
            "evidence": (),
        }
    )


def _facts(facts: Facts) -> Facts:
    changed: dict[str, object] = {}
    if facts.account is not None:
        masked = mask_account(facts.account.id)
        changed["account"] = facts.account.model_copy(update={"id": masked})
    if facts.transaction is not None:
        masked = mask_account(facts.transaction.account_id)
        changed["transaction"] = facts.transaction.model_copy(update={"account_id": masked})
    if facts.card is not None:
        masked = mask_account(facts.card.account_id)
        changed["card"] = facts.card.model_copy(update={"account_id": masked})
    return facts.model_copy(update=changed)


def _answer(answer: GateAnswer) -> GateAnswer:
    changed: dict[str, object] = {"facts": _facts(answer.facts)}
    if answer.decision.outcome == "allowed":
        grant = answer.decision.grant
        masked = mask_account(grant.credit_account_id)
        shown = grant.model_copy(update={"credit_account_id": masked})
        changed["decision"] = answer.decision.model_copy(update={"grant": shown})
    return answer.model_copy(update=changed)


def _review(review: Review) -> Review:
    subject = review.subject.model_copy(
        update={
            "proposal": _proposal(review.subject.proposal),
            "facts": _facts(review.subject.facts),
        }
    )
    decision = review.decision
    if decision is not None:
        decision = decision.model_copy(update={"rationale": WITHHELD})
    return review.model_copy(update={"subject": subject, "decision": decision})


def _entry(entry: AuditEntry) -> AuditEntry:
    body = {name: _logged(name, value) for name, value in entry.record.body.items()}
    return entry.model_copy(update={"record": entry.record.model_copy(update={"body": body})})


def _logged(name: str, value: JsonValue) -> JsonValue:
    match value:
        case str() if name.endswith("account_id"):
            return mask_account(value)
        case dict():
            return {inner: _logged(inner, found) for inner, found in value.items()}
        case list():
            return [_logged(name, found) for found in value]
        case _:
            return value
