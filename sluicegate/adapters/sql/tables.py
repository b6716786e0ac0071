"""All tables. The bank's record is written by the seed alone; the rest is the kernel's.

Bodies are canonical JSON text; beside them stand only the columns that keys, checks and indexes
need. Integers of money and time are 64 bits wide. What must not change has triggers, in the
migrations.
"""

from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

# Names compare by bytes on both databases; a locale's collation would order pages differently.
KEY: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
_BIG = BigInteger
# SQLite numbers rows by itself only in a column that is exactly INTEGER PRIMARY KEY.
_PLACE: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")

APPEND_ONLY_TABLES = (
    "audit_entry",
    "journal_entry",
    "journal_posting",
    "gate_decision",
    "review_decision",
)
"""Tables whose rows nobody updates or deletes; triggers hold it, for administrators too."""


def _key(*, nullable: bool = False, primary_key: bool = False, unique: bool = False) -> Column[str]:
    return Column(KEY, nullable=nullable, primary_key=primary_key, unique=unique or None)


def _ref(target: str) -> Column[str]:
    return Column(KEY, ForeignKey(target), nullable=False)


def _text() -> Column[str]:
    return Column(Text, nullable=False)


def _big(*, nullable: bool = False) -> Column[int]:
    return Column(_BIG, nullable=nullable)


def _place() -> Column[int]:
    return Column(_PLACE, Identity(always=True), primary_key=True)


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


# ---------------------------------------------------------------- the bank's record


class BankCustomer(SQLModel, table=True):
    """A customer."""

    __tablename__ = "bank_customer"
    __table_args__ = (
        _one_of("status", "active", "suspended", "closed", "deceased"),
        _one_of("kyc_status", "verified", "pending", "expired"),
    )

    id: str = Field(sa_column=_key(primary_key=True))
    full_name: str = Field(sa_column=_text())
    status: str = Field(sa_column=_text())
    kyc_status: str = Field(sa_column=_text())
    sanctions_hit: bool = Field(sa_column=Column(Boolean, nullable=False))
    country: str = Field(sa_column=_text())
    opened_at_ms: int = Field(sa_column=_big())


class BankAccount(SQLModel, table=True):
    """An account of a customer."""

    __tablename__ = "bank_account"
    __table_args__ = (
        _one_of("status", "open", "frozen", "closed"),
        Index("bank_account_customer", "customer_id"),
    )

    id: str = Field(sa_column=_key(primary_key=True))
    customer_id: str = Field(sa_column=_ref("bank_customer.id"))
    currency: str = Field(sa_column=_text())
    status: str = Field(sa_column=_text())
    opened_at_ms: int = Field(sa_column=_big())


class BankCard(SQLModel, table=True):
    """A card on an account."""

    __tablename__ = "bank_card"
    __table_args__ = (
        _one_of("status", "active", "blocked", "expired", "lost", "stolen"),
        Index("bank_card_account", "account_id"),
    )

    id: str = Field(sa_column=_key(primary_key=True))
    account_id: str = Field(sa_column=_ref("bank_account.id"))
    status: str = Field(sa_column=_text())
    last4: str = Field(sa_column=_text())
    issued_at_ms: int = Field(sa_column=_big())


class BankMerchant(SQLModel, table=True):
    """A merchant; `mcc` is its category code (ISO 18245)."""

    __tablename__ = "bank_merchant"

    id: str = Field(sa_column=_key(primary_key=True))
    name: str = Field(sa_column=_text())
    mcc: str = Field(sa_column=_text())
    country: str = Field(sa_column=_text())


class BankTransaction(SQLModel, table=True):
    """A card transaction; `posted_at_ms` is null while it is pending."""

    __tablename__ = "bank_transaction"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        _one_of("status", "posted", "pending", "reversed"),
        _one_of("entry_mode", "chip", "contactless", "swipe", "ecommerce", "manual", "recurring"),
        Index("bank_transaction_customer_time", "customer_id", "authorised_at_ms"),
        Index("bank_transaction_merchant_time", "merchant_id", "authorised_at_ms"),
        Index("bank_transaction_card_time", "card_id", "authorised_at_ms"),
    )

    id: str = Field(sa_column=_key(primary_key=True))
    account_id: str = Field(sa_column=_ref("bank_account.id"))
    card_id: str = Field(sa_column=_ref("bank_card.id"))
    customer_id: str = Field(sa_column=_ref("bank_customer.id"))
    merchant_id: str = Field(sa_column=_ref("bank_merchant.id"))
    amount_minor: int = Field(sa_column=_big())
    currency: str = Field(sa_column=_text())
    status: str = Field(sa_column=_text())
    authorised_at_ms: int = Field(sa_column=_big())
    posted_at_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    entry_mode: str = Field(sa_column=_text())
    country: str = Field(sa_column=_text())


class BankDispute(SQLModel, table=True):
    """A dispute in the bank's history; `outcome` and `decided_at_ms` are null while it is open."""

    __tablename__ = "bank_dispute"
    __table_args__ = (
        _one_of("status", "open", "closed"),
        CheckConstraint("outcome IN ('sustained', 'rejected')", name="outcome_known"),
        Index("bank_dispute_customer_time", "customer_id", "opened_at_ms"),
        Index("bank_dispute_transaction", "transaction_id"),
    )

    id: str = Field(sa_column=_key(primary_key=True))
    transaction_id: str = Field(sa_column=_ref("bank_transaction.id"))
    customer_id: str = Field(sa_column=_ref("bank_customer.id"))
    opened_at_ms: int = Field(sa_column=_big())
    category: str = Field(sa_column=_text())
    narrative: str = Field(sa_column=_text())
    status: str = Field(sa_column=_text())
    outcome: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    decided_at_ms: int | None = Field(default=None, sa_column=_big(nullable=True))


# ---------------------------------------------------------------- events and cases


class SpineIncoming(SQLModel, table=True):
    """An accepted event, once a (source, source_event_id)."""

    __tablename__ = "spine_incoming"
    __table_args__ = (UniqueConstraint("source", "source_event_id", name="spine_incoming_once"),)

    id: str = Field(sa_column=_key(primary_key=True))
    source: str = Field(sa_column=_key())
    source_event_id: str = Field(sa_column=_key())
    digest: str = Field(sa_column=_key())
    body: str = Field(sa_column=_text())
    received_at_ms: int = Field(sa_column=_big())


class SpineEvent(SQLModel, table=True):
    """An event on the spine; `position` is given under a lock, so that it grows in commit order."""

    __tablename__ = "spine_event"

    position: int = Field(sa_column=Column(_PLACE, primary_key=True, autoincrement=False))
    topic: str = Field(sa_column=_key())
    key: str = Field(sa_column=_key())
    dedupe_key: str = Field(sa_column=_key(unique=True))
    payload: str = Field(sa_column=_text())
    stored_at_ms: int = Field(sa_column=_big())


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

    place: int | None = Field(default=None, sa_column=_place())
    id: str = Field(sa_column=_key(unique=True))
    topic: str = Field(sa_column=_key())
    key: str = Field(sa_column=_key())
    payload: str = Field(sa_column=_text())
    created_at_ms: int = Field(sa_column=_big())
    sent_at_ms: int | None = Field(default=None, sa_column=_big(nullable=True))


class DisputeCase(SQLModel, table=True):
    """A case and the lease of whoever drives it."""

    __tablename__ = "dispute_case"
    __table_args__ = (
        _one_of(
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

    place: int | None = Field(default=None, sa_column=_place())
    id: str = Field(sa_column=_key(unique=True))
    event_id: str = Field(
        sa_column=Column(KEY, ForeignKey("spine_incoming.id"), nullable=False, unique=True)
    )
    event_digest: str = Field(sa_column=_key())
    opened_by: str = Field(sa_column=_key())
    opened_at_ms: int = Field(sa_column=_big())
    thread_id: str = Field(sa_column=_key(unique=True))
    status: str = Field(sa_column=_text())
    outcome: str = Field(sa_column=_text())
    lease_holder: str | None = Field(default=None, sa_column=_key(nullable=True))
    lease_until_ms: int | None = Field(default=None, sa_column=_big(nullable=True))


# ---------------------------------------------------------------- the gate


class ProposalRow(SQLModel, table=True):
    """A proposal, as it was handed in."""

    __tablename__ = "proposal"
    __table_args__ = (Index("proposal_case", "case_id", "place"),)

    place: int | None = Field(default=None, sa_column=_place())
    id: str = Field(sa_column=_key(unique=True))
    case_id: str = Field(sa_column=_key())
    digest: str = Field(sa_column=_key())
    body: str = Field(sa_column=_text())
    submitted_at_ms: int = Field(sa_column=_big())


class GateDecision(SQLModel, table=True):
    """One run of the fold: its recorded inputs and its output. Append-only."""

    __tablename__ = "gate_decision"
    __table_args__ = (
        PrimaryKeyConstraint("proposal_id", "seq"),
        _one_of("outcome", "allowed", "needs_review", "denied"),
        CheckConstraint("seq >= 1", name="seq_from_one"),
    )

    proposal_id: str = Field(sa_column=_ref("proposal.id"))
    seq: int = Field(sa_column=Column(Integer, nullable=False))
    outcome: str = Field(sa_column=_text())
    inputs_digest: str = Field(sa_column=_key())
    inputs: str = Field(sa_column=_text())
    decision: str = Field(sa_column=_text())
    evaluated_at_ms: int = Field(sa_column=_big())


class ReviewRow(SQLModel, table=True):
    """A question put to people."""

    __tablename__ = "review"
    __table_args__ = (
        _one_of("status", "pending", "decided", "superseded"),
        Index("review_proposal", "proposal_id", "place"),
        Index(
            "review_pending",
            "due_at_ms",
            "place",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
    )

    place: int | None = Field(default=None, sa_column=_place())
    id: str = Field(sa_column=_key(unique=True))
    case_id: str = Field(sa_column=_key())
    proposal_id: str = Field(sa_column=_ref("proposal.id"))
    role: str = Field(sa_column=_text())
    subject_digest: str = Field(sa_column=_key())
    subject: str = Field(sa_column=_text())
    requested_at_ms: int = Field(sa_column=_big())
    due_at_ms: int = Field(sa_column=_big())
    status: str = Field(sa_column=_text())


class ReviewDecisionRow(SQLModel, table=True):
    """What a person decided, once a review. Append-only."""

    __tablename__ = "review_decision"
    __table_args__ = (
        _one_of("verdict", "approve", "reject"),
        Index("review_decision_proposal", "proposal_id", "place"),
    )

    place: int | None = Field(default=None, sa_column=_place())
    review_id: str = Field(
        sa_column=Column(KEY, ForeignKey("review.id"), nullable=False, unique=True)
    )
    proposal_id: str = Field(sa_column=_ref("proposal.id"))
    reviewer: str = Field(sa_column=_key())
    verdict: str = Field(sa_column=_text())
    body: str = Field(sa_column=_text())
    decided_at_ms: int = Field(sa_column=_big())


class PermitRow(SQLModel, table=True):
    """A permit. `effect_key` is null once refused or expired: only then may another come."""

    __tablename__ = "permit"
    __table_args__ = (
        UniqueConstraint("proposal_id", "attempt", name="permit_attempt_once"),
        _one_of("status", "issued", "consumed", "refused", "expired"),
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

    place: int | None = Field(default=None, sa_column=_place())
    id: str = Field(sa_column=_key(unique=True))
    proposal_id: str = Field(sa_column=_ref("proposal.id"))
    attempt: int = Field(sa_column=Column(Integer, nullable=False))
    transaction_id: str = Field(sa_column=_key())
    amount_minor: int = Field(sa_column=_big())
    effect_key: str | None = Field(default=None, sa_column=_key(nullable=True, unique=True))
    status: str = Field(sa_column=_text())
    body: str = Field(sa_column=_text())
    receipt: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    issued_at_ms: int = Field(sa_column=_big())


# ---------------------------------------------------------------- the books


class LedgerAccount(SQLModel, table=True):
    """An account of the ledger, in one currency."""

    __tablename__ = "ledger_account"
    __table_args__ = (UniqueConstraint("id", "currency", name="ledger_account_currency"),)

    id: str = Field(sa_column=_key(primary_key=True))
    currency: str = Field(sa_column=_key())
    kind: str = Field(sa_column=_text())


class JournalEntryRow(SQLModel, table=True):
    """What one permit did to the books. Append-only."""

    __tablename__ = "journal_entry"

    id: str = Field(sa_column=_key(primary_key=True))
    permit_id: str = Field(
        sa_column=Column(KEY, ForeignKey("permit.id"), nullable=False, unique=True)
    )
    effect_key: str = Field(sa_column=_key(unique=True))
    posted_at_ms: int = Field(sa_column=_big())


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

    entry_id: str = Field(sa_column=_ref("journal_entry.id"))
    place: int = Field(sa_column=Column(Integer, nullable=False))
    debit_account_id: str = Field(sa_column=_key())
    credit_account_id: str = Field(sa_column=_key())
    amount_minor: int = Field(sa_column=_big())
    currency: str = Field(sa_column=_key())


# ---------------------------------------------------------------- the audit log


class AuditEntryRow(SQLModel, table=True):
    """A logged record, linked to the one before by hash. Append-only.

    `once` names a step that may run again after a crash; it is no part of what is logged.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index("audit_entry_case", "case_id", "seq"),)

    seq: int = Field(sa_column=Column(_PLACE, primary_key=True, autoincrement=False))
    previous_hash: str = Field(sa_column=_key())
    record_digest: str = Field(sa_column=_key())
    hash: str = Field(sa_column=_key(unique=True))
    case_id: str | None = Field(default=None, sa_column=_key(nullable=True))
    once: str | None = Field(default=None, sa_column=_key(nullable=True, unique=True))
    record: str = Field(sa_column=_text())


class AuditHead(SQLModel, table=True):
    """The place and hash of the newest entry; its one row is the lock that appending takes."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    ONLY_ID: ClassVar[int] = 1

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=_big())
    hash: str = Field(sa_column=_key())


# ---------------------------------------------------------------- callers


class ApiKeyRow(SQLModel, table=True):
    """A hashed API key. `id` is the public part of the key; the secret part is not here."""

    __tablename__ = "api_key"
    __table_args__ = (Index("api_key_principal", "principal_id"),)

    id: str = Field(sa_column=_key(primary_key=True))
    principal_id: str = Field(sa_column=_key())
    roles: str = Field(sa_column=_text())
    salt: str = Field(sa_column=_text())
    secret_hash: str = Field(sa_column=_text())
    disabled: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    created_at_ms: int = Field(sa_column=_big())


def table_of(model: type[SQLModel]) -> Table:
    """Return the table behind a model, for statements of SQLAlchemy Core."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
