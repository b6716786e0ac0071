"""Checking everything that was done: the audit chain, the journal against it, the permits, the
decisions.

A journal entry is right when the audit log names it with the same digest, a consumed permit with
the gate's
signature allows exactly it, and the gate's recorded inputs still fold to the decision that granted
it.
"""

from typing import Final

from sluicegate.domain.audit import AuditEntry, AuditVerdict
from sluicegate.domain.decision import Allowed
from sluicegate.domain.errors import NotFound, PermitInvalid
from sluicegate.domain.journal import JournalEntry
from sluicegate.domain.permit import PermitClaims
from sluicegate.domain.value import Natural, Value
from sluicegate.gate.fold import decide
from sluicegate.ports.signing import PermitVerifier
from sluicegate.ports.unit_of_work import Transaction, UnitOfWork

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
        executed: dict[str, str] = {}
        replayed = 0
        for entry in _log(tx):
            if entry.record.kind == "action.executed":
                executed[str(entry.record.body.get("entry_id"))] = str(entry.record.data_digest)
            elif entry.record.kind == "gate.decided":
                replayed += 1
                problems += _check_decision(tx, entry)
        entries = 0
        for journal_entry in _journal(tx):
            entries += 1
            logged = executed.pop(journal_entry.id, None)
            problems += _check_entry(tx, journal_entry, logged, verifier)
        problems += [f"journal: entry {missing} was logged and is gone" for missing in executed]
        balance = tx.ledger.trial_balance()
        problems += [
            f"journal: {currency} does not sum to zero but to {total}"
            for currency, total in sorted(balance.items())
            if total != 0
        ]
    return VerifyReport(
        ok=not problems,
        audit=verdict,
        journal_entries=entries,
        decisions_replayed=replayed,
        trial_balance=balance,
        problems=tuple(problems[:PROBLEMS_MAX]),
    )


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


def _check_decision(tx: Transaction, entry: AuditEntry) -> list[str]:
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
    return []


def _check_entry(
    tx: Transaction, entry: JournalEntry, logged: str | None, verifier: PermitVerifier
) -> list[str]:
    named = f"journal: entry {entry.id}"
    problems = []
    if logged is None:
        problems.append(f"{named} is not in the audit log")
    elif logged != entry.digest():
        problems.append(f"{named} differs from what was logged")
    try:
        stored = tx.permits.get(entry.permit_id)
        claims = verifier.verify(stored.permit)
    except NotFound:
        return [*problems, f"{named} has no permit"]
    except PermitInvalid as cause:
        return [*problems, f"{named} has a permit that is not the gate's: {cause.message}"]
    if stored.status != "consumed":
        problems.append(f"{named} has a permit that is {stored.status}, not consumed")
    if not _allows(claims, entry):
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
