"""A proposal: a monetary action that an agent wants done. It has no power."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sluicegate.domain.ids import CaseId, ProposalId, derive_id
from sluicegate.domain.money import AmountMinor, CurrencyCode
from sluicegate.domain.value import BasisPoints, Digest, Name, Value


class ActionKind(StrEnum):
    """What can be done with money. A kind that is not here cannot be proposed."""

    PROVISIONAL_CREDIT = "provisional_credit"


class DisputeCategory(StrEnum):
    """What went wrong, in the card networks' terms."""

    FRAUD = "fraud"
    NOT_RECEIVED = "not_received"
    NOT_AS_DESCRIBED = "not_as_described"
    DUPLICATE = "duplicate"
    WRONG_AMOUNT = "wrong_amount"
    CANCELLED_RECURRING = "cancelled_recurring"
    REFUND_NOT_PROCESSED = "refund_not_processed"
    UNCLEAR = "unclear"


class Provenance(StrEnum):
    """Where a value came from."""

    RECORD = "record"
    HUMAN = "human"
    POLICY = "policy"
    DOCUMENT = "document"
    MODEL = "model"


class ModelRef(Value):
    """Which reader made a judgement. `kind` is honest about whether it was a language model."""

    kind: Literal["language_model", "rules"]
    name: Name
    weights_digest: Digest | None = None


class Evidence(Value):
    """A claim and where it is shown: a field of the record, or a span of the customer's text.

    For ``narrative`` evidence `quote` stands verbatim in the text from character `start` on.
    """

    claim: Annotated[str, Field(min_length=1, max_length=500)]
    source: Literal["narrative", "record"]
    locator: Annotated[str, Field(min_length=1, max_length=200)]
    quote: Annotated[str, Field(max_length=500)] = ""
    start: Annotated[int, Field(ge=0)] = 0


class Proposal(Value):
    """A provisional credit that an agent wants posted to a cardholder's account."""

    id: ProposalId
    case_id: CaseId
    event_id: Name
    event_digest: Digest
    kind: ActionKind
    transaction_id: Name
    customer_id: Name
    payee_account_id: Name
    payee_provenance: Provenance
    amount_minor: AmountMinor
    amount_provenance: Provenance
    currency: CurrencyCode
    category: DisputeCategory
    network_reason_code: Annotated[str, Field(min_length=1, max_length=40)]
    confidence_bp: BasisPoints
    proposed_by: Name
    opened_by: Name
    model: ModelRef
    prompt_digest: Digest
    summary: Annotated[str, Field(min_length=1, max_length=2_000)]
    evidence: tuple[Evidence, ...] = ()

    @model_validator(mode="after")
    def _id_is_derived(self) -> Self:
        if self.id != proposal_id(self.case_id, self.kind, self.transaction_id):
            raise ValueError("id is not the one derived from case, kind and transaction")
        return self


def proposal_id(case_id: str, kind: ActionKind, transaction_id: str) -> ProposalId:
    """Return the one name a case's proposal of this kind on this transaction can have."""
    return ProposalId(derive_id("prop", case_id, kind.value, transaction_id))
