"""A permit: the gate's signed, single-use, expiring leave to do exactly one thing."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sluicegate.domain.ids import CaseId, PermitId, ProposalId, derive_id
from sluicegate.domain.money import AmountMinor, CurrencyCode
from sluicegate.domain.proposal import ActionKind
from sluicegate.domain.value import Digest, Name, TimestampMs, Value

PERMIT_TTL_MS = 5 * 60 * 1000
_ID = Field(min_length=1, max_length=200)


class PermitClaims(Value):
    """Exactly what is allowed. These claims, in canonical JSON, are what the signature covers."""

    version: Literal[1] = 1
    permit_id: Annotated[PermitId, _ID]
    proposal_id: Annotated[ProposalId, _ID]
    proposal_digest: Digest
    case_id: Annotated[CaseId, _ID]
    kind: ActionKind
    transaction_id: Name
    debit_account_id: Name
    credit_account_id: Name
    amount_minor: AmountMinor
    currency: CurrencyCode
    subject_digest: Digest
    policy_digest: Digest
    review_digest: Digest | None
    issued_at_ms: TimestampMs
    expires_at_ms: TimestampMs
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]

    @model_validator(mode="after")
    def _lives_forward(self) -> Self:
        if self.expires_at_ms <= self.issued_at_ms:
            raise ValueError("expires_at_ms is not after issued_at_ms")
        if self.debit_account_id == self.credit_account_id:
            raise ValueError("debit and credit account are the same")
        return self

    def effect_key(self) -> str:
        """Return the name of the effect; the database keeps it unique over live and consumed
        permits.
        """
        return f"{self.kind.value}:{self.transaction_id}"


class Permit(Value):
    """Claims with an Ed25519 signature (RFC 8032) over their canonical bytes, in hexadecimal."""

    claims: PermitClaims
    key_id: Name
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


def permit_id(proposal_id: str, attempt: int) -> PermitId:
    """Return the name of a proposal's permit; `attempt` counts from 1 and grows only after an
    expiry.
    """
    return PermitId(derive_id("pmt", proposal_id, str(attempt)))
