"""The kernel's tables. The bank's record stands in record_tables.py.

Bodies are canonical JSON text; beside them stand only the columns that keys, checks and indexes
need. Integers of money and time are 64 bits wide. What must not change has triggers, in the
migrations.
"""

from typing import ClassVar

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from sluicegate.adapters.sql.columns import (
    KEY,
    PLACE,
    big_column,
    key_column,
    one_of,
    place_column,
    reference,
    text_column,
)

APPEND_ONLY_TABLES = (
    "audit_entry",
    "journal_entry",
    "journal_posting",
    "gate_decision",
    "review_decision",
)
"""Tables whose rows nobody updates or deletes; triggers hold it, for administrators too."""

NEVER_DELETED_TABLES = (
    "spine_incoming",
    "spine_event",
    "outbox",
    "dispute_case",
    "proposal",
    "review",
    "permit",
)
"""Tables that no role may delete from. SQLite needs triggers for it: its INSERT OR REPLACE asks for
the right to insert only.
"""


class SpineIncoming(SQLModel, table=True):
    """An accepted event, once a (source, source_event_id)."""

    __tablename__ = "spine_incoming"
    __table_args__ = (UniqueConstraint("source", "source_event_id", name="spine_incoming_once"),)

    id: str = Field(sa_column=key_column(primary_key=True))
    source: str = Field(sa_column=key_column())
    source_event_id: str = Field(sa_column=key_column())
    digest: str = Field(sa_column=key_column())
    body: str = Field(sa_column=text_column())
    received_at_ms: int = Field(sa_column=big_column())


class SpineEvent(SQLModel, table=True):
    """An event on the spine; `position` is given under a lock, so that it grows in commit order."""

    __tablename__ = "spine_event"

    position: int = Field(sa_column=Column(PLACE, primary_key=True, autoincrement=False))
    topic: str = Field(sa_column=key_column())
    key: str = Field(sa_column=key_column())
    dedupe_key: str = Field(sa_column=key_column(unique=True))
    payload: str = Field(sa_column=text_column())
    stored_at_ms: int = Field(sa_column=big_column())


class Outbox(SQLModel, table=True):
    """A message written with what it tells of; `sent_at_ms` is null until it is relayed."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "outbox_unsent",
            "place",
            sqlite_where=text("sent_at_ms IS NULL"),
            postgresql_where=text("sent_at_ms IS NULL"),
        ),
    )

    place: int | None = Field(default=None, sa_column=place_column())
    id: str = Field(sa_column=key_column(unique=True))
    topic: str = Field(sa_column=key_column())
    key: str = Field(sa_column=key_column())
    payload: str = Field(sa_column=text_column())
    created_at_ms: int = Field(sa_column=big_column())
    sent_at_ms: int | None = Field(default=None, sa_column=big_column(nullable=True))


class DisputeCase(SQLModel, table=True):
    """A case and the lease of whoever drives it."""

    __tablename__ = "dispute_case"
    __table_args__ = (
        one_of(
            "status",
            "running",
            "waiting_for_review",
            "settled",
            "rejected",
            "denied",
            "no_action",
        ),
        CheckConstraint(
            "(lease_holder IS NULL) = (lease_until_ms IS NULL)", name="lease_whole_or_none"
        ),
        Index(
            "dispute_case_unfinished",
            "place",
            sqlite_where=text("status IN ('running', 'waiting_for_review')"),
            postgresql_where=text("status IN ('running', 'waiting_for_review')"),
        ),
    )

    place: int | None = Field(default=None, sa_column=place_column())
    id: str = Field(sa_column=key_column(unique=True))
    event_id: str = Field(
        sa_column=Column(KEY, ForeignKey("spine_incoming.id"), nullable=False, unique=True)
    )
    event_digest: str = Field(sa_column=key_column())
    opened_by: str = Field(sa_column=key_column())
    opened_at_ms: int = Field(sa_column=big_column())
    thread_id: str = Field(sa_column=key_column(unique=True))
    status: str = Field(sa_column=text_column())
    outcome: str = Field(sa_column=text_column())
    lease_holder: str | None = Field(default=None, sa_column=key_column(nullable=True))
    lease_until_ms: int | None = Field(default=None, sa_column=big_column(nullable=True))


# ---------------------------------------------------------------- the gate


class ProposalRow(SQLModel, table=True):
    """A proposal, as it was handed in."""

    __tablename__ = "proposal"
    __table_args__ = (
        Index("proposal_case", "case_id", "place"),
        Index("proposal_transaction", "transaction_id"),
    )

    place: int | None = Field(default=None, sa_column=place_column())
    id: str = Field(sa_column=key_column(unique=True))
    case_id: str = Field(sa_column=key_column())
    transaction_id: str = Field(sa_column=key_column())
    digest: str = Field(sa_column=key_column())
    body: str = Field(sa_column=text_column())
    submitted_at_ms: int = Field(sa_column=big_column())


class GateDecision(SQLModel, table=True):
    """One run of the fold: its recorded inputs and its output. Append-only."""

    __tablename__ = "gate_decision"
    __table_args__ = (
        PrimaryKeyConstraint("proposal_id", "seq"),
        one_of("outcome", "allowed", "needs_review", "denied"),
        CheckConstraint("seq >= 1", name="seq_from_one"),
    )

    proposal_id: str = Field(sa_column=reference("proposal.id"))
    seq: int = Field(sa_column=Column(Integer, nullable=False))
    outcome: str = Field(sa_column=text_column())
    inputs_digest: str = Field(sa_column=key_column())
    inputs: str = Field(sa_column=text_column())
    decision: str = Field(sa_column=text_column())
    evaluated_at_ms: int = Field(sa_column=big_column())


class ReviewRow(SQLModel, table=True):
    """A question put to people."""

    __tablename__ = "review"
    __table_args__ = (
        one_of("status", "pending", "decided", "superseded"),
        Index("review_proposal", "proposal_id", "place"),
        Index(
            "review_pending",
            "due_at_ms",
            "place",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
    )

    place: int | None = Field(default=None, sa_column=place_column())
    id: str = Field(sa_column=key_column(unique=True))
    case_id: str = Field(sa_column=key_column())
    proposal_id: str = Field(sa_column=reference("proposal.id"))
    role: str = Field(sa_column=text_column())
    subject_digest: str = Field(sa_column=key_column())
    subject: str = Field(sa_column=text_column())
    requested_at_ms: int = Field(sa_column=big_column())
    due_at_ms: int = Field(sa_column=big_column())
    status: str = Field(sa_column=text_column())


class ReviewDecisionRow(SQLModel, table=True):
    """What a person decided, once a review. Append-only."""

    __tablename__ = "review_decision"
    __table_args__ = (
        one_of("verdict", "approve", "reject"),
        Index("review_decision_proposal", "proposal_id", "place"),
    )

    place: int | None = Field(default=None, sa_column=place_column())
    review_id: str = Field(
        sa_column=Column(KEY, ForeignKey("review.id"), nullable=False, unique=True)
    )
    proposal_id: str = Field(sa_column=reference("proposal.id"))
    reviewer: str = Field(sa_column=key_column())
    verdict: str = Field(sa_column=text_column())
    body: str = Field(sa_column=text_column())
    decided_at_ms: int = Field(sa_column=big_column())


class PermitRow(SQLModel, table=True):
    """A permit. `effect_key` is null once refused or expired: only then may another come."""

    __tablename__ = "permit"
    __table_args__ = (
        UniqueConstraint("proposal_id", "attempt", name="permit_attempt_once"),
        one_of("status", "issued", "consumed", "refused", "expired"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(
            "(status IN ('issued', 'consumed')) = (effect_key IS NOT NULL)",
            name="effect_held_while_it_counts",
        ),
        CheckConstraint("(status = 'issued') = (receipt IS NULL)", name="receipt_once_closed"),
        Index(
            "permit_issued",
            "place",
            sqlite_where=text("status = 'issued'"),
            postgresql_where=text("status = 'issued'"),
        ),
        Index("permit_transaction", "transaction_id", "status"),
    )

    place: int | None = Field(default=None, sa_column=place_column())
    id: str = Field(sa_column=key_column(unique=True))
    proposal_id: str = Field(sa_column=reference("proposal.id"))
    attempt: int = Field(sa_column=Column(Integer, nullable=False))
    transaction_id: str = Field(sa_column=key_column())
    amount_minor: int = Field(sa_column=big_column())
    effect_key: str | None = Field(default=None, sa_column=key_column(nullable=True, unique=True))
    status: str = Field(sa_column=text_column())
    body: str = Field(sa_column=text_column())
    receipt: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    issued_at_ms: int = Field(sa_column=big_column())


# ---------------------------------------------------------------- the books


class LedgerAccount(SQLModel, table=True):
    """An account of the ledger, in one currency."""

    __tablename__ = "ledger_account"
    __table_args__ = (UniqueConstraint("id", "currency", name="ledger_account_currency"),)

    id: str = Field(sa_column=key_column(primary_key=True))
    currency: str = Field(sa_column=key_column())
    kind: str = Field(sa_column=text_column())


class JournalEntryRow(SQLModel, table=True):
    """What one permit did to the books. Append-only."""

    __tablename__ = "journal_entry"

    id: str = Field(sa_column=key_column(primary_key=True))
    permit_id: str = Field(
        sa_column=Column(KEY, ForeignKey("permit.id"), nullable=False, unique=True)
    )
    effect_key: str = Field(sa_column=key_column(unique=True))
    posted_at_ms: int = Field(sa_column=big_column())


class JournalPosting(SQLModel, table=True):
    """One transfer. A row holds both sides, so no rows can fail to balance. Append-only."""

    __tablename__ = "journal_posting"
    __table_args__ = (
        PrimaryKeyConstraint("entry_id", "place"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_sides"),
        ForeignKeyConstraint(
            ["debit_account_id", "currency"],
            ["ledger_account.id", "ledger_account.currency"],
            name="debit_account_in_currency",
        ),
        ForeignKeyConstraint(
            ["credit_account_id", "currency"],
            ["ledger_account.id", "ledger_account.currency"],
            name="credit_account_in_currency",
        ),
        Index("journal_posting_debit", "debit_account_id"),
        Index("journal_posting_credit", "credit_account_id"),
    )

    entry_id: str = Field(sa_column=reference("journal_entry.id"))
    place: int = Field(sa_column=Column(Integer, nullable=False))
    debit_account_id: str = Field(sa_column=key_column())
    credit_account_id: str = Field(sa_column=key_column())
    amount_minor: int = Field(sa_column=big_column())
    currency: str = Field(sa_column=key_column())


# ---------------------------------------------------------------- the audit log


class AuditEntryRow(SQLModel, table=True):
    """A logged record, linked to the one before by hash. Append-only.

    `once` names a step that may run again after a crash; it is no part of what is logged.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index("audit_entry_case", "case_id", "seq"),)

    seq: int = Field(sa_column=Column(PLACE, primary_key=True, autoincrement=False))
    previous_hash: str = Field(sa_column=key_column())
    record_digest: str = Field(sa_column=key_column())
    hash: str = Field(sa_column=key_column(unique=True))
    case_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    once: str | None = Field(default=None, sa_column=key_column(nullable=True, unique=True))
    record: str = Field(sa_column=text_column())


class AuditHead(SQLModel, table=True):
    """The place and hash of the newest entry; its one row is the lock that appending takes."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    ONLY_ID: ClassVar[int] = 1

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=big_column())
    hash: str = Field(sa_column=key_column())


# ---------------------------------------------------------------- callers


class ApiKeyRow(SQLModel, table=True):
    """A hashed API key. `id` is the public part of the key; the secret part is not here."""

    __tablename__ = "api_key"
    __table_args__ = (Index("api_key_principal", "principal_id"),)

    id: str = Field(sa_column=key_column(primary_key=True))
    principal_id: str = Field(sa_column=key_column())
    roles: str = Field(sa_column=text_column())
    salt: str = Field(sa_column=text_column())
    secret_hash: str = Field(sa_column=text_column())
    disabled: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    created_at_ms: int = Field(sa_column=big_column())


def table_of(model: type[SQLModel]) -> Table:
    """Return the table behind a model, for statements of SQLAlchemy Core."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
