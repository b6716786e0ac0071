"""The bank's record, read by primary key."""

from sqlalchemy import BindParameter, Connection, bindparam, select

from sluicegate.adapters.sql.record_tables import (
    BankAccount,
    BankCard,
    BankCustomer,
    BankMerchant,
    BankTransaction,
)
from sluicegate.adapters.sql.statements import Statements
from sluicegate.adapters.sql.tables import table_of
from sluicegate.domain.facts import AccountFacts, CardFacts, CustomerFacts, TransactionFacts

_T = table_of(BankTransaction).c
_U = table_of(BankCustomer).c
_A = table_of(BankAccount).c
_K = table_of(BankCard).c
_M = table_of(BankMerchant).c

_ID: BindParameter[str] = bindparam("id")
_TRANSACTION = (
    select(
        _T.id,
        _T.account_id,
        _T.card_id,
        _T.customer_id,
        _T.merchant_id,
        _M.mcc.label("merchant_category_code"),
        _T.amount_minor,
        _T.currency,
        _T.status,
        _T.entry_mode,
        _T.authorised_at_ms,
    )
    .join_from(table_of(BankTransaction), table_of(BankMerchant), _M.id == _T.merchant_id)
    .where(_T.id == _ID)
)
_CUSTOMER = select(_U.id, _U.status, _U.kyc_status, _U.sanctions_hit).where(_U.id == _ID)
_ACCOUNT = select(_A.id, _A.customer_id, _A.currency, _A.status).where(_A.id == _ID)
_CARD = select(_K.id, _K.account_id, _K.status).where(_K.id == _ID)


class SqlRecord:
    """Implements the port RecordReader."""

    def __init__(self, connection: Connection) -> None:
        self._sql = Statements(connection)

    def transaction(self, transaction_id: str) -> TransactionFacts | None:
        """Return a card transaction."""
        row = self._sql.first(_TRANSACTION, {"id": transaction_id})
        return TransactionFacts.model_validate(dict(row._mapping)) if row is not None else None

    def customer(self, customer_id: str) -> CustomerFacts | None:
        """Return a customer."""
        row = self._sql.first(_CUSTOMER, {"id": customer_id})
        return CustomerFacts.model_validate(dict(row._mapping)) if row is not None else None

    def account(self, account_id: str) -> AccountFacts | None:
        """Return an account."""
        row = self._sql.first(_ACCOUNT, {"id": account_id})
        return AccountFacts.model_validate(dict(row._mapping)) if row is not None else None

    def card(self, card_id: str) -> CardFacts | None:
        """Return a card."""
        row = self._sql.first(_CARD, {"id": card_id})
        return CardFacts.model_validate(dict(row._mapping)) if row is not None else None
