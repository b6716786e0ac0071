"""Builders of valid kernel values; each test changes only what it is about."""

from typing import Any

from sluicegate.domain.case import Case, CaseStatus
from sluicegate.domain.decision import Effect, Finding
from sluicegate.domain.event import DisputeEvent
from sluicegate.domain.facts import (
    AccountFacts,
    CardFacts,
    ClaimFacts,
    CustomerFacts,
    Facts,
    TransactionFacts,
)
from sluicegate.domain.gate_inputs import GateInputs
from sluicegate.domain.principal import Role
from sluicegate.domain.proposal import (
    ActionKind,
    DisputeCategory,
    ModelRef,
    Proposal,
    Provenance,
    proposal_id,
)
from sluicegate.domain.review import ReviewDecision, ReviewLabel, Verdict, review_id
from sluicegate.domain.score import ReasonCode, Score

NOW_MS = 1_793_600_000_000
DAY_MS = 86_400_000
DIGEST = "sha256:" + "ab" * 32
OTHER_DIGEST = "sha256:" + "cd" * 32


def an_event(**changes: Any) -> DisputeEvent:
    """Return a dispute of 20.00 USD; `changes` go to its data, but `id` and `source` to the
    envelope.
    """
    envelope = {key: changes.pop(key) for key in ("id", "source", "time") if key in changes}
    data = {
        "transaction_id": "txn_000001",
        "customer_id": "cus_0001",
        "amount": "20.00",
        "currency": "USD",
        "narrative": "The parcel never came.",
        **changes,
    }
    return DisputeEvent.model_validate(
        {
            "specversion": "1.0",
            "id": "d-1",
            "source": "tests",
            "type": "sluicegate.dispute.opened.v1",
            "time": "2026-11-01T09:00:00Z",
            **envelope,
            "data": data,
        }
    )


def a_case(event: DisputeEvent | None = None, **changes: Any) -> Case:
    """Return the running case of an event."""
    event = event or an_event()
    return Case(
        id=event.case_id(),
        event_id=event.event_id(),
        event_digest=event.digest(),
        opened_by="service:cards",
        opened_at_ms=NOW_MS,
        thread_id=event.case_id(),
        status=CaseStatus.RUNNING,
    ).model_copy(update=changes)


def a_proposal(event: DisputeEvent | None = None, **changes: Any) -> Proposal:
    """Return a proposal to credit 20.00 USD for an event."""
    event = event or an_event()
    fields: dict[str, Any] = {
        "case_id": event.case_id(),
        "event_id": event.event_id(),
        "event_digest": event.digest(),
        "kind": ActionKind.PROVISIONAL_CREDIT,
        "transaction_id": event.data.transaction_id,
        "customer_id": event.data.customer_id,
        "payee_account_id": "acc_0001",
        "payee_provenance": Provenance.RECORD,
        "amount_minor": event.data.money().amount_minor,
        "amount_provenance": Provenance.RECORD,
        "currency": event.data.currency,
        "category": DisputeCategory.NOT_RECEIVED,
        "network_reason_code": "visa:13.1",
        "confidence_bp": 9_000,
        "proposed_by": "agent:dispute",
        "opened_by": "service:cards",
        "model": ModelRef(kind="rules", name="linear-reader"),
        "prompt_digest": DIGEST,
        "summary": "Goods were not received.",
        **changes,
    }
    fields.setdefault(
        "id", proposal_id(fields["case_id"], fields["kind"], fields["transaction_id"])
    )
    return Proposal(**fields)


def some_facts(**changes: Any) -> Facts:
    """Return the facts under which the usual proposal is in order."""
    fields: dict[str, Any] = {
        "claim": ClaimFacts(
            transaction_id="txn_000001",
            customer_id="cus_0001",
            amount_minor=2_000,
            currency="USD",
            opened_by="service:cards",
            received_at_ms=NOW_MS,
        ),
        "transaction": TransactionFacts(
            id="txn_000001",
            account_id="acc_0001",
            card_id="crd_0001",
            customer_id="cus_0001",
            merchant_id="mer_0001",
            merchant_category_code="5311",
            amount_minor=2_000,
            currency="USD",
            status="posted",
            entry_mode="ecommerce",
            authorised_at_ms=NOW_MS - 10 * DAY_MS,
        ),
        "customer": CustomerFacts(
            id="cus_0001", status="active", kyc_status="verified", sanctions_hit=False
        ),
        "account": AccountFacts(
            id="acc_0001", customer_id="cus_0001", currency="USD", status="open"
        ),
        "card": CardFacts(id="crd_0001", account_id="acc_0001", status="active"),
        "credited_minor": 0,
        "reserved_minor": 0,
        "rejected_before": 0,
        **changes,
    }
    return Facts(**fields)


def a_score(**changes: Any) -> Score:
    """Return a low-risk score."""
    fields: dict[str, Any] = {
        "risk_bp": 900,
        "reasons": (
            ReasonCode(
                code="CHIP_READ",
                sentence="The card's chip was not read.",
                feature="chip_read",
                value=0.0,
                contribution_millilogit=-420,
            ),
        ),
        "model": "dispute_risk",
        "model_version": "1",
        "model_digest": DIGEST,
        "data_digest": DIGEST,
        "features_digest": DIGEST,
        **changes,
    }
    return Score(**fields)


def a_finding(effect: Effect, **changes: Any) -> Finding:
    """Return a finding of an effect, by default for an analyst where it asks for a review."""
    fields: dict[str, Any] = {
        "code": "A_RULE",
        "sentence": "A rule says so.",
        "effect": effect,
        "rule": "tests.rule",
        "review_role": Role.ANALYST if effect is Effect.REVIEW else None,
        **changes,
    }
    return Finding(**fields)


def gate_inputs(**changes: Any) -> GateInputs:
    """Return inputs that fold to Allowed."""
    fields: dict[str, Any] = {
        "proposal": a_proposal(),
        "facts": some_facts(),
        "score": a_score(),
        "findings": (),
        "policy_digest": DIGEST,
        "review": None,
        "attempt": 1,
        "permit_ttl_ms": 300_000,
        "review_due_ms": 2 * DAY_MS,
        "evaluated_at_ms": NOW_MS,
        "nonce": "0" * 32,
        **changes,
    }
    return GateInputs(**fields)


def a_decision_on(inputs: GateInputs, **changes: Any) -> ReviewDecision:
    """Return an analyst's approval of exactly what the inputs would ask."""
    subject_digest = changes.pop("subject_digest", inputs.subject().digest())
    fields: dict[str, Any] = {
        "review_id": review_id(inputs.proposal.id, subject_digest),
        "proposal_id": inputs.proposal.id,
        "reviewer": "person:ana",
        "reviewer_roles": (Role.ANALYST,),
        "verdict": Verdict.APPROVE,
        "rationale": "The carrier lost it.",
        "label": ReviewLabel.CLAIM_VALID,
        "subject_digest": subject_digest,
        "decided_at_ms": NOW_MS + 1,
        **changes,
    }
    return ReviewDecision(**fields)
