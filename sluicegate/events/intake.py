"""Taking a dispute in: the event, its case and the log entry, together or not at all."""

from dataclasses import dataclass

from sluicegate.domain.audit import AuditRecord
from sluicegate.domain.canonical import digest_of
from sluicegate.domain.case import Case, CaseStatus
from sluicegate.domain.errors import Forbidden, UnknownRecord
from sluicegate.domain.event import DisputeEvent
from sluicegate.domain.principal import Principal, Role
from sluicegate.ports.clock import Clock
from sluicegate.ports.unit_of_work import UnitOfWork

OPENERS = (Role.ANALYST, Role.APPROVER, Role.SERVICE, Role.ADMIN)
"""Who may open a dispute."""


@dataclass(frozen=True)
class Intake:
    """What became of an event that came in."""

    case: Case
    repeated: bool


def take_in(store: UnitOfWork, clock: Clock, event: DisputeEvent, principal: Principal) -> Intake:
    """Store the event once and open its case; a repeat returns the case that is there.

    Raises:
        Forbidden: the caller's roles do not let them open disputes.
        UnknownRecord: the event names a transaction that the record does not hold.
        Conflict: the same source and id came before with other content.
    """
    if not principal.has(*OPENERS):
        raise Forbidden(
            "Your roles do not let you open a dispute.",
            next_step="Ask for one of the roles: " + ", ".join(role.value for role in OPENERS),
        )
    now_ms = clock.now_ms()
    with store.write("intake.accept") as tx:
        if not tx.events.accept(event, now_ms=now_ms):
            return Intake(case=tx.cases.get(event.case_id()), repeated=True)
        if tx.record.transaction(event.data.transaction_id) is None:
            # Raising rolls the event back: nothing of a claim about nothing is kept.
            raise UnknownRecord(
                "The record holds no such transaction.",
                next_step="Check data.transaction_id against the card statement.",
            )
        case = _case(event, principal, now_ms)
        tx.cases.open(case)
        tx.audit.append(_accepted(event, case))
    return Intake(case=case, repeated=False)


def _case(event: DisputeEvent, principal: Principal, now_ms: int) -> Case:
    return Case(
        id=event.case_id(),
        event_id=event.event_id(),
        event_digest=event.digest(),
        opened_by=principal.id,
        opened_at_ms=now_ms,
        thread_id=event.case_id(),
        status=CaseStatus.RUNNING,
    )


def _accepted(event: DisputeEvent, case: Case) -> AuditRecord:
    return AuditRecord(
        kind="event.accepted",
        at_ms=case.opened_at_ms,
        actor=case.opened_by,
        case_id=case.id,
        event_id=case.event_id,
        event_digest=case.event_digest,
        data_digest=digest_of(event.data.as_json()),
        body={
            "source": event.source,
            "source_event_id": event.id,
            "type": event.type,
            "transaction_id": event.data.transaction_id,
        },
    )
