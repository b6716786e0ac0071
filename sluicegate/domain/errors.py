"""Every error the kernel raises on purpose: a cause, a stable code, and the next step for a person.

SluicegateError
├── InvalidInput            the caller can mend it (HTTP 422, exit 2)
│   ├── InvalidAmount
│   ├── InvalidEvent
│   ├── NotCanonical
│   └── UnknownRecord       names something that the record does not hold
├── NotFound                (HTTP 404, exit 3)
├── Conflict                the same name was used for something else (HTTP 409, exit 4)
│   ├── StaleReview         what was shown is no longer what would be done
│   └── CaseBusy            another process drives the case right now
├── Unauthenticated         (HTTP 401, exit 5)
├── Forbidden               (HTTP 403, exit 5)
│   └── ReviewRefused       policy says this person may not decide this; carries findings
├── PermitInvalid           signature, expiry or content; the executor refuses, never retries
├── AuditBroken             the log does not verify; names the first bad entry
└── Unavailable             a part did not answer; nothing was decided (HTTP 503, exit 6)
    ├── PolicyUnavailable
    ├── ScoringUnavailable
    ├── ModelUnavailable
    └── GateUnavailable
"""

from collections.abc import Mapping
from typing import ClassVar


class SluicegateError(Exception):
    """Base of all. `code` is stable; `next_step` tells a person what to do."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(
        self, message: str, *, next_step: str = "", detail: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.detail: Mapping[str, object] = detail or {}


class InvalidInput(SluicegateError):
    """The caller sent something that can be mended."""

    code = "invalid_input"
    http_status = 422
    exit_code = 2


class InvalidAmount(InvalidInput):
    """An amount that is not a positive, exact number of minor units."""

    code = "invalid_amount"


class InvalidEvent(InvalidInput):
    """An event that does not fit the canonical schema."""

    code = "invalid_event"


class NotCanonical(InvalidInput):
    """A value without RFC 8785 bytes: a huge integer, NaN, a lone surrogate."""

    code = "not_canonical"


class UnknownRecord(InvalidInput):
    """The record holds nothing of that name."""

    code = "unknown_record"


class NotFound(SluicegateError):
    """There is no such thing."""

    code = "not_found"
    http_status = 404
    exit_code = 3


class Conflict(SluicegateError):
    """The same name was used before for something else."""

    code = "conflict"
    http_status = 409
    exit_code = 4


class StaleReview(Conflict):
    """What the person was shown is no longer what would be done."""

    code = "stale_review"


class CaseBusy(Conflict):
    """Another process is driving the case right now."""

    code = "case_busy"


class Unauthenticated(SluicegateError):
    """No valid key was presented."""

    code = "unauthenticated"
    http_status = 401
    exit_code = 5


class Forbidden(SluicegateError):
    """The caller is known and may not do this."""

    code = "forbidden"
    http_status = 403
    exit_code = 5


class ReviewRefused(Forbidden):
    """Policy says that this person may not decide this proposal."""

    code = "review_refused"


class PermitInvalid(SluicegateError):
    """The executor will not act on this permit."""

    code = "permit_invalid"


class AuditBroken(SluicegateError):
    """The audit log does not verify."""

    code = "audit_broken"


class Unavailable(SluicegateError):
    """A part did not answer; nothing was decided."""

    code = "unavailable"
    http_status = 503
    exit_code = 6


class PolicyUnavailable(Unavailable):
    """The policy engine erred, was late, or gave no defined answer."""

    code = "policy_unavailable"


class ScoringUnavailable(Unavailable):
    """No score can be had."""

    code = "scoring_unavailable"


class ModelUnavailable(Unavailable):
    """The language model did not give a usable answer."""

    code = "model_unavailable"


class GateUnavailable(Unavailable):
    """The gate process cannot be reached."""

    code = "gate_unavailable"
