"""The ledger: it balances by construction, and what was posted stays."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from sluicegate.domain.canonical import INTEGER_MAX
from sluicegate.domain.errors import Conflict, Forbidden, NotFound, SluicegateError, UnknownRecord
from sluicegate.domain.journal import Posting
from tests.conformance.stored import entry_of, open_accounts, store_permit
from tests.databases import FreshDatabase

ACCOUNTS = {"USD": ("usd:1", "usd:2", "usd:3"), "JPY": ("jpy:1", "jpy:2")}


@st.composite
def postings(draw: st.DrawFn) -> Posting:
    currency = draw(st.sampled_from(sorted(ACCOUNTS)))
    debit, credit = draw(st.permutations(ACCOUNTS[currency]))[:2]
    return Posting(
        debit_account_id=debit,
        credit_account_id=credit,
        amount_minor=draw(st.integers(1, 2**40)),
        currency=currency,
    )


def test_an_entry_comes_back_as_it_was_and_moves_the_balances(
    sql_database: FreshDatabase,
) -> None:
    with sql_database.open().write("t") as tx:
        permit = store_permit(tx)
        claims = permit.claims
        open_accounts(tx, claims.debit_account_id, claims.credit_account_id)
    entry = entry_of(permit)
    with sql_database.open("executor").write("t") as tx:
        tx.ledger.post(entry)
        assert tx.ledger.entries(after="", limit=2) == (entry,)
        assert tx.ledger.balance(claims.credit_account_id).balance_minor == claims.amount_minor
        assert tx.ledger.balance(claims.debit_account_id).balance_minor == -claims.amount_minor
        credited = tx.ledger.credited_minor(claims.transaction_id, claims.kind.value)
        assert credited == claims.amount_minor
        assert tx.ledger.credited_minor("txn_other", claims.kind.value) == 0
        assert tx.ledger.trial_balance() == {"USD": 0}


def test_accounts_are_opened_once(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        tx.ledger.open_account("acc", "USD", "customer")
        tx.ledger.open_account("acc", "USD", "customer")
        assert tx.ledger.account_currency("acc") == "USD"
        assert tx.ledger.account_currency("none") is None
        assert tx.ledger.balance("acc").balance_minor == 0
        for currency, kind in (("EUR", "customer"), ("USD", "bank")):
            with pytest.raises(Conflict):
                tx.ledger.open_account("acc", currency, kind)
        with pytest.raises(NotFound):
            tx.ledger.balance("none")


def test_a_permit_and_an_effect_are_posted_once(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        permit, other = store_permit(tx), store_permit(tx, 2)
        open_accounts(tx, permit.claims.debit_account_id, permit.claims.credit_account_id)
        entry = entry_of(permit)
        tx.ledger.post(entry)
        for again in (
            entry,
            entry.model_copy(update={"id": "jrn_other", "effect_key": "other"}),
            entry_of(other).model_copy(update={"effect_key": entry.effect_key}),
        ):
            with pytest.raises(Conflict):
                tx.ledger.post(again)
        assert tx.ledger.entries(after="", limit=10) == (entry,)


def test_an_unknown_account_or_another_currency_is_refused_and_leaves_nothing(
    sql_database: FreshDatabase,
) -> None:
    with sql_database.open().write("t") as tx:
        permit = store_permit(tx)
        claims = permit.claims
        open_accounts(tx, claims.debit_account_id)
        with pytest.raises(UnknownRecord):
            tx.ledger.post(entry_of(permit))
        tx.ledger.open_account(claims.credit_account_id, "EUR", "customer")
        with pytest.raises(UnknownRecord):
            tx.ledger.post(entry_of(permit))
        assert tx.ledger.entries(after="", limit=10) == ()


def test_an_entry_needs_a_permit_that_exists(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        permit = store_permit(tx)
        open_accounts(tx, permit.claims.debit_account_id, permit.claims.credit_account_id)
    forged = entry_of(permit).model_copy(update={"permit_id": "pmt_forged"})
    with pytest.raises(UnknownRecord), sql_database.open("executor").write("t") as tx:
        tx.ledger.post(forged)


def test_entries_are_read_in_pages_in_the_order_of_their_ids(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        permits = [store_permit(tx, number) for number in range(1, 8)]
        claims = permits[0].claims
        open_accounts(tx, claims.debit_account_id, claims.credit_account_id, "third")
        more = Posting(
            debit_account_id="third",
            credit_account_id=claims.credit_account_id,
            amount_minor=7,
            currency="USD",
        )
        entries = [entry_of(permit, *entry_of(permit).postings, more) for permit in permits]
        for entry in entries:
            tx.ledger.post(entry)
        read = [tx.ledger.entries(after="", limit=3)]
        while read[-1]:
            read.append(tx.ledger.entries(after=read[-1][-1].id, limit=3))
    assert [len(page) for page in read] == [3, 3, 1, 0]
    assert [entry for page in read for entry in page] == sorted(entries, key=lambda e: e.id)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(postings(), min_size=1, max_size=4), min_size=1, max_size=4))
def test_any_postings_sum_to_zero_in_each_currency(
    sql_database: FreshDatabase, batches: list[list[Posting]]
) -> None:
    database = sql_database.open()
    with database.write("t") as tx:
        before = len(tx.ledger.entries(after="", limit=10_000))
        for currency, names in ACCOUNTS.items():
            open_accounts(tx, *names, currency=currency)
        expected = {name: tx.ledger.balance(name).balance_minor for _, name in named_accounts()}
        for offset, batch in enumerate(batches, start=1):
            tx.ledger.post(entry_of(store_permit(tx, before + offset), *batch))
            for posting in batch:
                expected[posting.debit_account_id] -= posting.amount_minor
                expected[posting.credit_account_id] += posting.amount_minor
    with database.read() as tx:
        assert set(tx.ledger.trial_balance().values()) <= {0}
        for _, name in named_accounts():
            assert tx.ledger.balance(name).balance_minor == expected[name]
    database.dispose()


def named_accounts() -> list[tuple[str, str]]:
    return [(currency, name) for currency, names in ACCOUNTS.items() for name in names]


def test_the_largest_amounts_are_summed_exactly(sql_database: FreshDatabase) -> None:
    with sql_database.open().write("t") as tx:
        open_accounts(tx, "a", "b")
        for number in (1, 2):
            there, back = ("a", "b") if number == 1 else ("b", "a")
            tx.ledger.post(
                entry_of(
                    store_permit(tx, number),
                    Posting(
                        debit_account_id=there,
                        credit_account_id=back,
                        amount_minor=INTEGER_MAX - number,
                        currency="USD",
                    ),
                )
            )
        assert tx.ledger.balance("b").balance_minor == 1
        assert tx.ledger.trial_balance() == {"USD": 0}


UNBALANCED = (
    "INSERT INTO journal_posting VALUES ('{entry}', 9, 'a', 'b', 0, 'USD')",
    "INSERT INTO journal_posting VALUES ('{entry}', 9, 'a', 'b', -5, 'USD')",
    "INSERT INTO journal_posting VALUES ('{entry}', 9, 'a', 'a', 5, 'USD')",
    "INSERT INTO journal_posting VALUES ('{entry}', 9, 'a', 'b', 5, 'EUR')",
    "INSERT INTO journal_posting VALUES ('jrn_none', 9, 'a', 'b', 5, 'USD')",
)
CHANGES = (
    "UPDATE journal_posting SET amount_minor = 1",
    "UPDATE journal_entry SET posted_at_ms = 1",
    "DELETE FROM journal_posting",
    "DELETE FROM journal_entry",
)


@pytest.mark.parametrize("statement", UNBALANCED + CHANGES)
def test_the_database_itself_refuses_to_unbalance_or_change_the_books(
    sql_database: FreshDatabase, statement: str
) -> None:
    database = sql_database.open()
    with database.write("t") as tx:
        open_accounts(tx, "a", "b")
        posting = Posting(
            debit_account_id="a", credit_account_id="b", amount_minor=5, currency="USD"
        )
        entry = entry_of(store_permit(tx), posting)
        tx.ledger.post(entry)
    with pytest.raises(SluicegateError) as refused, database.write("t") as tx:
        tx.connection.execute(text(statement.format(entry=entry.id)))
    if statement in CHANGES:
        assert isinstance(refused.value, Forbidden)
    with database.read() as tx:
        assert tx.ledger.entries(after="", limit=10) == (entry,)
