"""The bank's record, as tables. The seed writes them, nobody else."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Text,
)
from sqlmodel import Field, SQLModel

from sluicegate.adapters.sql.columns import big_column, key_column, one_of, reference, text_column


class BankCustomer(SQLModel, table=True):
    """A customer."""

    __tablename__ = "bank_customer"
    __table_args__ = (
        one_of("status", "active", "suspended", "closed", "deceased"),
        one_of("kyc_status", "verified", "pending", "expired"),
    )

    id: str = Field(sa_column=key_column(primary_key=True))
    full_name: str = Field(sa_column=text_column())
    status: str = Field(sa_column=text_column())
    kyc_status: str = Field(sa_column=text_column())
    sanctions_hit: bool = Field(sa_column=Column(Boolean, nullable=False))
    country: str = Field(sa_column=text_column())
    opened_at_ms: int = Field(sa_column=big_column())


class BankAccount(SQLModel, table=True):
    """An account of a customer."""

    __tablename__ = "bank_account"
    __table_args__ = (
        one_of("status", "open", "frozen", "closed"),
        Index("bank_account_customer", "customer_id"),
    )

    id: str = Field(sa_column=key_column(primary_key=True))
    customer_id: str = Field(sa_column=reference("bank_customer.id"))
    currency: str = Field(sa_column=text_column())
    status: str = Field(sa_column=text_column())
    opened_at_ms: int = Field(sa_column=big_column())


class BankCard(SQLModel, table=True):
    """A card on an account."""

    __tablename__ = "bank_card"
    __table_args__ = (
        one_of("status", "active", "blocked", "expired", "lost", "stolen"),
        Index("bank_card_account", "account_id"),
    )

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=reference("bank_account.id"))
    status: str = Field(sa_column=text_column())
    last4: str = Field(sa_column=text_column())
    issued_at_ms: int = Field(sa_column=big_column())


class BankMerchant(SQLModel, table=True):
    """A merchant; `mcc` is its category code (ISO 18245)."""

    __tablename__ = "bank_merchant"

    id: str = Field(sa_column=key_column(primary_key=True))
    name: str = Field(sa_column=text_column())
    mcc: str = Field(sa_column=text_column())
    country: str = Field(sa_column=text_column())


class BankTransaction(SQLModel, table=True):
    """A card transaction; `posted_at_ms` is null while it is pending."""

    __tablename__ = "bank_transaction"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        one_of("status", "posted", "pending", "reversed"),
        one_of("entry_mode", "chip", "contactless", "swipe", "ecommerce", "manual", "recurring"),
        Index("bank_transaction_customer_time", "customer_id", "authorised_at_ms"),
        Index("bank_transaction_merchant_time", "merchant_id", "authorised_at_ms"),
        Index("bank_transaction_card_time", "card_id", "authorised_at_ms"),
    )

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=reference("bank_account.id"))
    card_id: str = Field(sa_column=reference("bank_card.id"))
    customer_id: str = Field(sa_column=reference("bank_customer.id"))
    merchant_id: str = Field(sa_column=reference("bank_merchant.id"))
    amount_minor: int = Field(sa_column=big_column())
    currency: str = Field(sa_column=text_column())
    status: str = Field(sa_column=text_column())
    authorised_at_ms: int = Field(sa_column=big_column())
    posted_at_ms: int | None = Field(default=None, sa_column=big_column(nullable=True))
    entry_mode: str = Field(sa_column=text_column())
    country: str = Field(sa_column=text_column())


class BankDispute(SQLModel, table=True):
    """A dispute in the bank's history; `outcome` and `decided_at_ms` are null while it is open."""

    __tablename__ = "bank_dispute"
    __table_args__ = (
        one_of("status", "open", "closed"),
        CheckConstraint("outcome IN ('sustained', 'rejected')", name="outcome_known"),
        Index("bank_dispute_customer_time", "customer_id", "opened_at_ms"),
        Index("bank_dispute_transaction", "transaction_id"),
    )

    id: str = Field(sa_column=key_column(primary_key=True))
    transaction_id: str = Field(sa_column=reference("bank_transaction.id"))
    customer_id: str = Field(sa_column=reference("bank_customer.id"))
    opened_at_ms: int = Field(sa_column=big_column())
    category: str = Field(sa_column=text_column())
    narrative: str = Field(sa_column=text_column())
    status: str = Field(sa_column=text_column())
    outcome: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    decided_at_ms: int | None = Field(default=None, sa_column=big_column(nullable=True))


# ---------------------------------------------------------------- events and cases
