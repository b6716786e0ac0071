"""The executor: the only code that can carry out an action. It takes a permit and nothing else.

In ONE transaction it consumes the permit, posts the journal, writes the outbox row and logs both.
It holds the gate's public key and no private one. Importing it is forbidden everywhere but in
`serving.workers`.
"""

from dataclasses import dataclass
from typing import Final

from sluicegate.domain.audit import AuditRecord
from sluicegate.domain.errors import Conflict, NotFound, PermitInvalid, UnknownRecord
from sluicegate.domain.ids import EntryId, PermitId, derive_id
from sluicegate.domain.journal import JournalEntry, Posting
from sluicegate.domain.permit import Permit, PermitClaims
from sluicegate.domain.proposal import ActionKind, Proposal
from sluicegate.domain.receipt import Receipt
from sluicegate.ports.clock import Clock
from sluicegate.ports.events import OutboxMessage
from sluicegate.ports.permits import StoredPermit, UnreadablePermit
from sluicegate.ports.signing import PermitVerifier
from sluicegate.ports.unit_of_work import Transaction, UnitOfWork

BOOK_RAIL: Final = "book"
"""Transfers inside the bank's own books settle in the posting itself."""
EXECUTOR_ACTOR: Final = "process:executor"
OUTBOX_TOPIC: Final = "sluicegate.action.executed.v1"
CLAIM_LIMIT: Final = 16
"""Permits taken in one look; each is its own transaction, so that one bad permit spoils no other.
"""
RELAY_LIMIT: Final = 100


@dataclass(frozen=True)
class ExecutorPorts:
    """What the executor needs of the world."""

    store: UnitOfWork
    verifier: PermitVerifier
    clock: Clock


class Executor:
    """Carries out permits, each at most once."""

    def __init__(self, ports: ExecutorPorts) -> None:
        self._ports = ports

    def run_once(self) -> int:
        """Carry out the permits that wait; return how many got a receipt."""
        done = 0
        for _ in range(CLAIM_LIMIT):
            if not self._next():
                return done
            done += 1
        return done

    def relay_once(self) -> int:
        """Move what the outbox holds to the event spine, each message once; return how many."""
        with self._ports.store.read() as tx:
            if not tx.events.has_unsent():
                return 0  # looking takes no write lock, so an idle executor disturbs nobody
        with self._ports.store.write("executor.relay") as tx:
            return tx.events.relay(now_ms=self._ports.clock.now_ms(), limit=RELAY_LIMIT)

    def _next(self) -> bool:
        ports = self._ports
        with ports.store.read() as tx:
            if not tx.permits.has_waiting():
                return False
        with ports.store.write("executor.execute") as tx:
            for stored in tx.permits.claim(limit=1):
                if isinstance(stored, UnreadablePermit):
                    self._refuse_unreadable(tx, stored)
                else:
                    self._carry_out(tx, stored)
                return True
        return False

    def _refuse_unreadable(self, tx: Transaction, found: UnreadablePermit) -> None:
        receipt = Receipt(
            permit_id=PermitId(found.permit_id),
            status="refused",
            rail=BOOK_RAIL,
            reference="",
            reason=found.problem,
            at_ms=self._ports.clock.now_ms(),
        )
        if tx.permits.close(found.permit_id, receipt):
            tx.audit.append(_unread(receipt))

    def _carry_out(self, tx: Transaction, stored: StoredPermit) -> None:
        now_ms = self._ports.clock.now_ms()
        permit = stored.permit
        refusal = self._refusal(permit, now_ms)
        if refusal is not None:
            self._close(tx, permit, refusal)
            return
        claims = permit.claims
        entry = _entry(claims, now_ms)
        try:
            _check_accounts(tx, claims)
        except (UnknownRecord, Conflict) as cause:
            self._close(tx, permit, _receipt(claims, "refused", now_ms, cause.message))
            return
        receipt = _receipt(claims, "settled", now_ms, reference=entry.id)
        if not tx.permits.consume(claims.permit_id, receipt):
            raise Conflict(f"Permit {claims.permit_id} was consumed by someone else.")
        tx.ledger.post(entry)
        tx.events.enqueue(_message(claims, entry, receipt))
        tx.audit.append(_executed(tx, claims, entry, permit.key_id))

    def _refusal(self, permit: Permit, now_ms: int) -> Receipt | None:
        """Return why this permit is not carried out; None where it is good."""
        claims = permit.claims
        try:
            self._ports.verifier.verify(permit)
        except PermitInvalid as cause:
            return _receipt(claims, "refused", now_ms, cause.message)
        if now_ms >= claims.expires_at_ms:
            return _receipt(claims, "expired", now_ms, "The permit expired before it was used.")
        match claims.kind:
            case ActionKind.PROVISIONAL_CREDIT:
                return None

    def _close(self, tx: Transaction, permit: Permit, receipt: Receipt) -> None:
        if not tx.permits.close(permit.claims.permit_id, receipt):
            return
        tx.audit.append(_closed(tx, permit.claims, receipt))


def _entry(claims: PermitClaims, now_ms: int) -> JournalEntry:
    posting = Posting(
        debit_account_id=claims.debit_account_id,
        credit_account_id=claims.credit_account_id,
        amount_minor=claims.amount_minor,
        currency=claims.currency,
    )
    return JournalEntry(
        id=EntryId(derive_id("jrn", claims.permit_id)),
        permit_id=claims.permit_id,
        effect_key=claims.effect_key(),
        posted_at_ms=now_ms,
        postings=(posting,),
    )


def _check_accounts(tx: Transaction, claims: PermitClaims) -> None:
    """Look before posting: a failed insert would spoil the transaction that logs the refusal."""
    for account_id in (claims.debit_account_id, claims.credit_account_id):
        currency = tx.ledger.account_currency(account_id)
        if currency is None:
            raise UnknownRecord(f"The ledger has no account {account_id}.")
        if currency != claims.currency:
            raise Conflict(
                f"Account {account_id} is in {currency}, the permit in {claims.currency}."
            )
    if tx.ledger.credited_minor(claims.transaction_id, claims.kind.value):
        raise Conflict(f"{claims.effect_key()} was posted before.")


def _receipt(
    claims: PermitClaims, status: str, now_ms: int, reason: str = "", *, reference: str = ""
) -> Receipt:
    return Receipt.model_validate(
        {
            "permit_id": claims.permit_id,
            "status": status,
            "rail": BOOK_RAIL,
            "reference": reference,
            "reason": reason[:500],
            "at_ms": now_ms,
        }
    )


def _message(claims: PermitClaims, entry: JournalEntry, receipt: Receipt) -> OutboxMessage:
    return OutboxMessage(
        id=derive_id("out", entry.id),
        topic=OUTBOX_TOPIC,
        key=claims.case_id,
        payload={
            "case_id": claims.case_id,
            "permit_id": claims.permit_id,
            "entry_id": entry.id,
            "entry_digest": entry.digest(),
            "receipt": receipt.model_dump(mode="json"),
        },
        created_at_ms=entry.posted_at_ms,
    )


def _executed(
    tx: Transaction, claims: PermitClaims, entry: JournalEntry, key_id: str
) -> AuditRecord:
    body: dict[str, str | int] = {
        "permit_id": claims.permit_id,
        "claims_digest": claims.digest(),
        "key_id": key_id,
        "entry_id": entry.id,
        "debit_account_id": claims.debit_account_id,
        "credit_account_id": claims.credit_account_id,
        "amount_minor": claims.amount_minor,
        "currency": claims.currency,
    }
    return _logged(tx, claims, "action.executed", entry.posted_at_ms, entry.digest(), body)


def _closed(tx: Transaction, claims: PermitClaims, receipt: Receipt) -> AuditRecord:
    body: dict[str, str | int] = {
        "permit_id": claims.permit_id,
        "claims_digest": claims.digest(),
        "reason": receipt.reason,
    }
    return _logged(tx, claims, f"permit.{receipt.status}", receipt.at_ms, receipt.digest(), body)


def _unread(receipt: Receipt) -> AuditRecord:
    """Return the entry for a row that nobody can read: only its name is known."""
    return AuditRecord(
        kind="permit.refused",
        at_ms=receipt.at_ms,
        actor=EXECUTOR_ACTOR,
        data_digest=receipt.digest(),
        body={"permit_id": receipt.permit_id, "reason": receipt.reason},
    )


def _logged(
    tx: Transaction,
    claims: PermitClaims,
    kind: str,
    at_ms: int,
    data_digest: str,
    body: dict[str, str | int],
) -> AuditRecord:
    proposal = _proposal(tx, claims.proposal_id)
    return AuditRecord(
        kind=kind,
        at_ms=at_ms,
        actor=EXECUTOR_ACTOR,
        case_id=claims.case_id,
        event_id=proposal.event_id if proposal else None,
        event_digest=proposal.event_digest if proposal else None,
        model=proposal.model.name if proposal else None,
        prompt_digest=proposal.prompt_digest if proposal else None,
        policy_digest=claims.policy_digest,
        data_digest=data_digest,
        body={"proposal_id": claims.proposal_id, **body},
    )


def _proposal(tx: Transaction, proposal_id: str) -> Proposal | None:
    """A forged permit may name no proposal; refusing it must still be logged."""
    try:
        return tx.proposals.get(proposal_id)
    except NotFound:
        return None
