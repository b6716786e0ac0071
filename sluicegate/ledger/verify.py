"""Checking everything that was done: the audit chain, the journal against it, the permits, the
decisions.

A journal entry is right when the audit log names it with the same digest, a consumed permit with
the gate's signature allows exactly it, and the gate's recorded inputs still fold to the decision
that granted it. Events are what was logged of them, a decision rests on logged reviews only, and
the outbox tells of every entry.
"""

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from pydantic import ValidationError

from sluicegate.domain.audit import AuditEntry, AuditVerdict
from sluicegate.domain.decision import Allowed
from sluicegate.domain.errors import AuditBroken, NotFound, PermitInvalid
from sluicegate.domain.ids import derive_id
from sluicegate.domain.journal import JournalEntry
from sluicegate.domain.permit import PermitClaims
from sluicegate.domain.value import Natural, Value
from sluicegate.gate.fold import decide
from sluicegate.ports.signing import PermitVerifier
from sluicegate.ports.unit_of_work import Transaction, UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")

BATCH: Final = 1_000
PROBLEMS_MAX: Final = 100
"""A report names this many problems at most; one is enough for it to fail."""


class VerifyReport(Value):
    """What was checked and what is wrong. `ok` only where nothing is."""

    ok: bool
    audit: AuditVerdict
    journal_entries: Natural
    decisions_replayed: Natural
    trial_balance: dict[str, int]
    problems: tuple[str, ...]


def verify_everything(store: UnitOfWork, verifier: PermitVerifier) -> VerifyReport:
    """Check the whole log and the whole journal in one snapshot."""
    with store.read() as tx:
        verdict = tx.audit.verify()
        problems = [] if verdict.ok else [f"audit: {verdict.problem}"]
        log = _read_all("audit: the log", problems, _log, tx)
        journal = _read_all("journal: it", problems, _journal, tx)
        problems += _check_log(tx, log)
        executed, doubled = _executed(log)
        problems += doubled
        for entry in journal:
            logged = executed.pop(entry.id, None)
            problems += _held(f"journal: entry {entry.id}", _check_entry, tx, entry, verifier)
            if logged is None:
                problems.append(f"journal: entry {entry.id} is not in the audit log")
            elif logged != entry.digest():
                problems.append(f"journal: entry {entry.id} differs from what was logged")
        problems += [f"journal: entry {missing} was logged and is gone" for missing in executed]
        if stray := tx.ledger.stray_rows():
            problems.append(f"journal: {stray} postings or entries stand without the other")
        balance = tx.ledger.trial_balance()
        problems += [
            f"journal: {currency} does not sum to zero but to {total}"
            for currency, total in sorted(balance.items())
            if total != 0
        ]
    return VerifyReport(
        ok=not problems,
        audit=verdict,
        journal_entries=len(journal),
        decisions_replayed=sum(entry.record.kind == "gate.decided" for entry in log),
        trial_balance=balance,
        problems=tuple(problems[:PROBLEMS_MAX]),
    )


def _read_all(
    named: str, problems: list[str], read: Callable[[Transaction], list[T]], tx: Transaction
) -> list[T]:
    """Return all rows, or none and a problem where one of them is no value any more."""
    try:
        return read(tx)
    except (ValidationError, AuditBroken):
        problems.append(f"{named} holds a row that cannot be read")
        return []


def _held(
    named: str, check: Callable[P, list[str]], *args: P.args, **kwargs: P.kwargs
) -> list[str]:
    """Run a check; a row that is no value any more is a problem, never an error of ours."""
    try:
        return check(*args, **kwargs)
    except ValidationError:
        return [f"{named} rests on a row that cannot be read"]


def _log(tx: Transaction) -> list[AuditEntry]:
    found: list[AuditEntry] = []
    while batch := tx.audit.read(after_seq=found[-1].seq if found else 0, limit=BATCH):
        found.extend(batch)
    return found


def _journal(tx: Transaction) -> list[JournalEntry]:
    found: list[JournalEntry] = []
    while batch := tx.ledger.entries(after=found[-1].id if found else "", limit=BATCH):
        found.extend(batch)
    return found


def _executed(log: list[AuditEntry]) -> tuple[dict[str, str], list[str]]:
    """Return the digest logged of each journal entry, and those that were logged twice."""
    executed: dict[str, str] = {}
    doubled = []
    for entry in log:
        if entry.record.kind != "action.executed":
            continue
        name = str(entry.record.body.get("entry_id"))
        if name in executed:
            doubled.append(f"audit: entry {entry.seq} logs journal entry {name} a second time")
        executed.setdefault(name, str(entry.record.data_digest))
    return executed, doubled


def _check_log(tx: Transaction, log: list[AuditEntry]) -> list[str]:
    """Hold what the log says of events, reviews and decisions against what is stored of them."""
    problems = []
    reviewed: set[str] = set()
    for entry in log:
        named = f"audit: entry {entry.seq}"
        match entry.record.kind:
            case "event.accepted":
                problems += _held(named, _check_event, tx, entry)
            case "review.decided":
                reviewed.add(str(entry.record.data_digest))
            case "gate.decided":
                problems += _held(named, _check_decision, tx, entry, reviewed)
            case _:
                pass
    return problems


def _check_event(tx: Transaction, entry: AuditEntry) -> list[str]:
    event_id = str(entry.record.event_id)
    try:
        event = tx.events.incoming(event_id)
    except NotFound:
        return [f"events: {event_id} was logged and is gone"]
    if event.digest() != entry.record.event_digest:
        return [f"events: {event_id} differs from what was logged"]
    return []


def _check_decision(tx: Transaction, entry: AuditEntry, reviewed: set[str]) -> list[str]:
    """Fold the recorded inputs again: the same bytes have to come out."""
    proposal_id, seq = entry.record.body.get("proposal_id"), entry.record.body.get("seq")
    named = f"decision {seq} on {proposal_id}"
    record = next(
        (found for found in tx.proposals.decisions(str(proposal_id)) if found.seq == seq), None
    )
    if record is None:
        return [f"gate: {named} was logged and is gone"]
    if record.inputs.digest() != entry.record.data_digest:
        return [f"gate: {named} has other inputs than were logged"]
    folded = decide(record.inputs)
    if folded.canonical() != record.decision.canonical():
        return [f"gate: {named} does not follow from its inputs"]
    if folded.digest() != entry.record.body.get("decision_digest"):
        return [f"gate: {named} differs from what was logged"]
    review = record.inputs.review
    if review is not None and review.digest() not in reviewed:
        return [f"gate: {named} rests on a review decision that nobody logged before it"]
    return []


def _check_entry(tx: Transaction, entry: JournalEntry, verifier: PermitVerifier) -> list[str]:
    named = f"journal: entry {entry.id}"
    problems = []
    message = tx.events.outgoing(derive_id("out", entry.id))
    if message is None:
        problems.append(f"{named} has no message in the outbox")
    elif message.payload.get("entry_digest") != entry.digest():
        problems.append(f"{named} has a message in the outbox that tells of something else")
    try:
        stored = tx.permits.get(entry.permit_id)
        claims = verifier.verify(stored.permit)
    except NotFound:
        return [*problems, f"{named} has no permit"]
    except PermitInvalid as cause:
        return [*problems, f"{named} has a permit that is not the gate's: {cause.message}"]
    if stored.status != "consumed":
        problems.append(f"{named} has a permit that is {stored.status}, not consumed")
    if claims.permit_id != entry.permit_id or not _allows(claims, entry):
        problems.append(f"{named} is not what its permit allows")
    if not _granted(tx, claims):
        problems.append(f"{named} has a permit that no recorded decision granted")
    return problems


def _allows(claims: PermitClaims, entry: JournalEntry) -> bool:
    posted = [
        (line.debit_account_id, line.credit_account_id, line.amount_minor, line.currency)
        for line in entry.postings
    ]
    allowed = (
        claims.debit_account_id,
        claims.credit_account_id,
        claims.amount_minor,
        claims.currency,
    )
    return posted == [allowed] and entry.effect_key == claims.effect_key()


def _granted(tx: Transaction, claims: PermitClaims) -> bool:
    return any(
        isinstance(record.decision, Allowed) and record.decision.grant == claims
        for record in tx.proposals.decisions(claims.proposal_id)
    )
