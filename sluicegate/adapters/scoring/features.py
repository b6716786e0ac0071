"""Dispute features from the database: five indexed queries, then the shared function."""

from contextlib import AbstractContextManager
from typing import Final, Protocol

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from sluicegate.adapters.sql.record_tables import (
    BankAccount,
    BankCustomer,
    BankDispute,
    BankTransaction,
)
from sluicegate.adapters.sql.tables import table_of
from sluicegate.domain.dispute_features import (
    LOOKBACK_MS,
    DisputeRow,
    RecordWindow,
    TransactionRow,
    dispute_features,
)
from sluicegate.domain.errors import UnknownRecord
from sluicegate.domain.score import FeatureVector

_TRANSACTIONS = table_of(BankTransaction)
_DISPUTES = table_of(BankDispute)
_T = _TRANSACTIONS.c
_U = table_of(BankCustomer).c
_A = table_of(BankAccount).c
_D = _DISPUTES.c

_SINCE: BindParameter[int] = bindparam("since")
_AS_OF: BindParameter[int] = bindparam("as_of")
_CUSTOMER: BindParameter[str] = bindparam("customer")
_MERCHANT: BindParameter[str] = bindparam("merchant")

_ROW: Final = (
    _T.id,
    _T.card_id,
    _T.merchant_id,
    _T.amount_minor,
    _T.currency,
    _T.authorised_at_ms,
    _T.entry_mode,
    _T.country,
)
_DISPUTED = (
    select(*_ROW, _T.customer_id, _U.country, _A.opened_at_ms)
    .join_from(_TRANSACTIONS, table_of(BankCustomer), _U.id == _T.customer_id)
    .join(table_of(BankAccount), _A.id == _T.account_id)
    .where(_T.id == bindparam("id"), _T.authorised_at_ms < _AS_OF)
)
_OF_CUSTOMER = select(*_ROW).where(
    _T.customer_id == _CUSTOMER, _T.authorised_at_ms >= _SINCE, _T.authorised_at_ms < _AS_OF
)
_DISPUTE_ROW: Final = (_D.transaction_id, _D.opened_at_ms, _D.decided_at_ms, _D.outcome)
_CUSTOMER_DISPUTES = select(*_DISPUTE_ROW).where(
    _D.customer_id == _CUSTOMER, _D.opened_at_ms >= _SINCE, _D.opened_at_ms < _AS_OF
)
_MERCHANT_COUNT = (
    select(func.count())
    .select_from(_TRANSACTIONS)
    .where(_T.merchant_id == _MERCHANT, _T.authorised_at_ms >= _SINCE, _T.authorised_at_ms < _AS_OF)
)
_MERCHANT_DISPUTES = (
    select(*_DISPUTE_ROW)
    .join_from(_TRANSACTIONS, _DISPUTES, _D.transaction_id == _T.id)
    .where(_T.merchant_id == _MERCHANT, _D.opened_at_ms >= _SINCE, _D.opened_at_ms < _AS_OF)
)


class SnapshotSource(Protocol):
    """Opens a consistent snapshot as a bare connection, as `Database` does."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a snapshot."""
        ...


class SqlFeatureSource:
    """Implements the feature port over the database; safe to share between threads."""

    def __init__(self, database: SnapshotSource) -> None:
        self._database = database

    def dispute_features(self, transaction_id: str, as_of_ms: int) -> FeatureVector:
        """Return the features of disputing a transaction.

        Raise UnknownRecord where there was none strictly before `as_of_ms`, Unavailable where
        the database does not answer.
        """
        with self._database.reading() as connection:
            return dispute_features(_window(connection, transaction_id, as_of_ms), as_of_ms)


def _window(connection: Connection, transaction_id: str, as_of_ms: int) -> RecordWindow:
    found = connection.execute(_DISPUTED, {"id": transaction_id, "as_of": as_of_ms}).first()
    if found is None:
        raise UnknownRecord(
            "There was no such transaction at that moment.",
            next_step="Check the transaction's id and the time of the claim.",
        )
    *row, customer_id, country, opened_at_ms = found
    transaction = TransactionRow(*row)
    asked = {
        "customer": customer_id,
        "merchant": transaction.merchant_id,
        "since": as_of_ms - LOOKBACK_MS,
        "as_of": as_of_ms,
    }
    bought = connection.execute(_OF_CUSTOMER, asked).all()
    own = connection.execute(_CUSTOMER_DISPUTES, asked).all()
    about = connection.execute(_MERCHANT_DISPUTES, asked).all()
    return RecordWindow(
        transaction=transaction,
        customer_country=country,
        account_opened_at_ms=opened_at_ms,
        customer_transactions=tuple(TransactionRow(*each) for each in bought),
        customer_disputes=tuple(DisputeRow(*each) for each in own),
        merchant_transactions=connection.execute(_MERCHANT_COUNT, asked).scalar_one(),
        merchant_disputes=tuple(DisputeRow(*each) for each in about),
    )
