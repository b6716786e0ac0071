"""The first schema: bank record, events, cases, gate, books, audit log and callers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_PLACE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_GENESIS_HASH = "sha256:" + "0" * 64
_APPEND_ONLY = (
    "audit_entry",
    "journal_entry",
    "journal_posting",
    "gate_decision",
    "review_decision",
)
_NEVER_DELETED = (
    "spine_incoming",
    "spine_event",
    "outbox",
    "dispute_case",
    "proposal",
    "review",
    "permit",
)
"""No role may delete here. On SQLite an INSERT OR REPLACE would, with the right to insert alone."""
_JOURNAL_LINE = """
CREATE VIEW journal_line AS
SELECT entry_id, place, debit_account_id AS account_id, currency, -amount_minor AS amount_minor
  FROM journal_posting
UNION ALL
SELECT entry_id, place, credit_account_id AS account_id, currency, amount_minor AS amount_minor
  FROM journal_posting
"""
_REFUSE_FUNCTION = """
CREATE FUNCTION sluicegate_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'SG001';
END $$
"""


def upgrade() -> None:
    """Create everything; an empty audit log has a head at place 0."""
    _create_parties()
    _create_transactions()
    _create_events()
    _create_decisions()
    _create_reviews()
    _create_permits()
    _create_books()
    _create_audit()
    op.execute(_JOURNAL_LINE)
    op.execute(f"INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '{_GENESIS_HASH}')")
    if op.get_bind().dialect.name == "postgresql":
        _forbid_changes_on_postgres()
    else:
        _forbid_changes_on_sqlite()


def _forbid_changes_on_sqlite() -> None:
    for table in _APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    for table in _NEVER_DELETED:
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'deleting from {table} is prohibited'); END"
        )


def _forbid_changes_on_postgres() -> None:
    op.execute(_REFUSE_FUNCTION)
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION sluicegate_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION sluicegate_refuse_change()"
        )


def _create_parties() -> None:
    op.create_table(
        "bank_customer",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("kyc_status", sa.Text(), nullable=False),
        sa.Column("sanctions_hit", sa.Boolean(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kyc_status IN ('verified', 'pending', 'expired')", name="kyc_status_known"
        ),
        sa.CheckConstraint(
            "status IN ('active', 'suspended', 'closed', 'deceased')", name="status_known"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "bank_account",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("customer_id", _KEY, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'frozen', 'closed')", name="status_known"),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["bank_customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("bank_account_customer", "bank_account", ["customer_id"])
    op.create_table(
        "bank_card",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("issued_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'blocked', 'expired', 'lost', 'stolen')", name="status_known"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["bank_account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("bank_card_account", "bank_card", ["account_id"])
    op.create_table(
        "bank_merchant",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mcc", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _create_transactions() -> None:
    op.create_table(
        "bank_transaction",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("card_id", _KEY, nullable=False),
        sa.Column("customer_id", _KEY, nullable=False),
        sa.Column("merchant_id", _KEY, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("authorised_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("posted_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("entry_mode", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "entry_mode IN ('chip', 'contactless', 'swipe', 'ecommerce', 'manual', 'recurring')",
            name="entry_mode_known",
        ),
        sa.CheckConstraint("status IN ('posted', 'pending', 'reversed')", name="status_known"),
        sa.CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["bank_account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["bank_card.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["bank_customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"],
            ["bank_merchant.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "bank_transaction_card_time", "bank_transaction", ["card_id", "authorised_at_ms"]
    )
    op.create_index(
        "bank_transaction_customer_time", "bank_transaction", ["customer_id", "authorised_at_ms"]
    )
    op.create_index(
        "bank_transaction_merchant_time", "bank_transaction", ["merchant_id", "authorised_at_ms"]
    )
    op.create_table(
        "bank_dispute",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("transaction_id", _KEY, nullable=False),
        sa.Column("customer_id", _KEY, nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("narrative", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_at_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("outcome IN ('sustained', 'rejected')", name="outcome_known"),
        sa.CheckConstraint("status IN ('open', 'closed')", name="status_known"),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["bank_customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["bank_transaction.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("bank_dispute_customer_time", "bank_dispute", ["customer_id", "opened_at_ms"])
    op.create_index("bank_dispute_transaction", "bank_dispute", ["transaction_id"])


def _create_events() -> None:
    op.create_table(
        "spine_incoming",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("source", _KEY, nullable=False),
        sa.Column("source_event_id", _KEY, nullable=False),
        sa.Column("digest", _KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "source_event_id", name="spine_incoming_once"),
    )
    op.create_table(
        "spine_event",
        sa.Column("position", _PLACE, autoincrement=False, nullable=False),
        sa.Column("topic", _KEY, nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("dedupe_key", _KEY, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("stored_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("dedupe_key"),
    )
    op.create_table(
        "outbox",
        sa.Column("place", _PLACE, sa.Identity(always=True), nullable=False),
        sa.Column("id", _KEY, nullable=False),
        sa.Column("topic", _KEY, nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("place"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(
        "outbox_unsent",
        "outbox",
        ["place"],
        sqlite_where=sa.text("sent_at_ms IS NULL"),
        postgresql_where=sa.text("sent_at_ms IS NULL"),
    )
    op.create_table(
        "dispute_case",
        sa.Column("place", _PLACE, sa.Identity(always=True), nullable=False),
        sa.Column("id", _KEY, nullable=False),
        sa.Column("event_id", _KEY, nullable=False),
        sa.Column("event_digest", _KEY, nullable=False),
        sa.Column("opened_by", _KEY, nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", _KEY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("lease_holder", _KEY, nullable=True),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status IN ('running', 'waiting_for_review', 'settled', 'rejected', 'denied', "
            "'no_action')",
            name="status_known",
        ),
        sa.CheckConstraint(
            "(lease_holder IS NULL) = (lease_until_ms IS NULL)", name="lease_whole_or_none"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["spine_incoming.id"],
        ),
        sa.PrimaryKeyConstraint("place"),
        sa.UniqueConstraint("event_id"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("thread_id"),
    )
    op.create_index(
        "dispute_case_unfinished",
        "dispute_case",
        ["place"],
        sqlite_where=sa.text("status IN ('running', 'waiting_for_review')"),
        postgresql_where=sa.text("status IN ('running', 'waiting_for_review')"),
    )


def _create_decisions() -> None:
    op.create_table(
        "proposal",
        sa.Column("place", _PLACE, sa.Identity(always=True), nullable=False),
        sa.Column("id", _KEY, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("transaction_id", _KEY, nullable=False),
        sa.Column("digest", _KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("submitted_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("proposal_case", "proposal", ["case_id", "place"])
    op.create_index("proposal_transaction", "proposal", ["transaction_id"])
    op.create_table(
        "gate_decision",
        sa.Column("proposal_id", _KEY, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("inputs_digest", _KEY, nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("evaluated_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('allowed', 'needs_review', 'denied')", name="outcome_known"
        ),
        sa.CheckConstraint("seq >= 1", name="seq_from_one"),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposal.id"],
        ),
        sa.PrimaryKeyConstraint("proposal_id", "seq"),
    )


def _create_reviews() -> None:
    op.create_table(
        "review",
        sa.Column("place", _PLACE, sa.Identity(always=True), nullable=False),
        sa.Column("id", _KEY, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("proposal_id", _KEY, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("subject_digest", _KEY, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("requested_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'decided', 'superseded')", name="status_known"),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposal.id"],
        ),
        sa.PrimaryKeyConstraint("place"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(
        "review_pending",
        "review",
        ["due_at_ms", "place"],
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("review_proposal", "review", ["proposal_id", "place"])
    op.create_table(
        "review_decision",
        sa.Column("place", _PLACE, sa.Identity(always=True), nullable=False),
        sa.Column("review_id", _KEY, nullable=False),
        sa.Column("proposal_id", _KEY, nullable=False),
        sa.Column("reviewer", _KEY, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("decided_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("verdict IN ('approve', 'reject')", name="verdict_known"),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposal.id"],
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["review.id"],
        ),
        sa.PrimaryKeyConstraint("place"),
        sa.UniqueConstraint("review_id"),
    )
    op.create_index("review_decision_proposal", "review_decision", ["proposal_id", "place"])


def _create_permits() -> None:
    op.create_table(
        "permit",
        sa.Column("place", _PLACE, sa.Identity(always=True), nullable=False),
        sa.Column("id", _KEY, nullable=False),
        sa.Column("proposal_id", _KEY, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("transaction_id", _KEY, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("effect_key", _KEY, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("issued_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(status = 'issued') = (receipt IS NULL)", name="receipt_once_closed"),
        sa.CheckConstraint(
            "(status IN ('issued', 'consumed')) = (effect_key IS NOT NULL)",
            name="effect_held_while_it_counts",
        ),
        sa.CheckConstraint(
            "status IN ('issued', 'consumed', 'refused', 'expired')", name="status_known"
        ),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposal.id"],
        ),
        sa.PrimaryKeyConstraint("place"),
        sa.UniqueConstraint("effect_key"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("proposal_id", "attempt", name="permit_attempt_once"),
    )
    op.create_index(
        "permit_issued",
        "permit",
        ["place"],
        sqlite_where=sa.text("status = 'issued'"),
        postgresql_where=sa.text("status = 'issued'"),
    )
    op.create_index("permit_transaction", "permit", ["transaction_id", "status"])


def _create_books() -> None:
    op.create_table(
        "ledger_account",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("currency", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("id", "currency", name="ledger_account_currency"),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("permit_id", _KEY, nullable=False),
        sa.Column("effect_key", _KEY, nullable=False),
        sa.Column("posted_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permit_id"],
            ["permit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("effect_key"),
        sa.UniqueConstraint("permit_id"),
    )
    op.create_table(
        "journal_posting",
        sa.Column("entry_id", _KEY, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("debit_account_id", _KEY, nullable=False),
        sa.Column("credit_account_id", _KEY, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", _KEY, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name="two_sides"),
        sa.ForeignKeyConstraint(
            ["credit_account_id", "currency"],
            ["ledger_account.id", "ledger_account.currency"],
            name="credit_account_in_currency",
        ),
        sa.ForeignKeyConstraint(
            ["debit_account_id", "currency"],
            ["ledger_account.id", "ledger_account.currency"],
            name="debit_account_in_currency",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entry.id"],
        ),
        sa.PrimaryKeyConstraint("entry_id", "place"),
    )
    op.create_index("journal_posting_credit", "journal_posting", ["credit_account_id"])
    op.create_index("journal_posting_debit", "journal_posting", ["debit_account_id"])


def _create_audit() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("seq", _PLACE, autoincrement=False, nullable=False),
        sa.Column("previous_hash", _KEY, nullable=False),
        sa.Column("record_digest", _KEY, nullable=False),
        sa.Column("hash", _KEY, nullable=False),
        sa.Column("case_id", _KEY, nullable=True),
        sa.Column("once", _KEY, nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("hash"),
        sa.UniqueConstraint("once"),
    )
    op.create_index("audit_entry_case", "audit_entry", ["case_id", "seq"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", _KEY, nullable=False),
        sa.CheckConstraint("id = 1", name="only_one"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "api_key",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("principal_id", _KEY, nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("api_key_principal", "api_key", ["principal_id"])
