from collections import Counter
from itertools import pairwise

import pytest

from serving.bank.events import event_files, open_events
from serving.bank.generate import demo_events, generate_bank
from serving.bank.model import BANK_END_MS, BANK_START_MS, DEFAULT_SEED
from serving.bank.rows import bank_digest, rows
from sluicegate.domain.dispute_features import local_hour
from sluicegate.domain.event import parse_dispute_event
from sluicegate.domain.proposal import DisputeCategory
from tests.synthetic_bank import default_bank, small_bank

GOLDEN = "sha256:acaaaa15375de3a0011d9e03d0cbc62a36a45ede2f4e8467b73ce9fce3d03323"


def test_the_default_seed_gives_this_bank_and_no_other() -> None:
    assert bank_digest(default_bank()) == GOLDEN


def test_the_same_seed_gives_the_same_bank_and_another_seed_another() -> None:
    again = generate_bank(7, customers=80)
    assert again == small_bank()
    assert bank_digest(generate_bank(8, customers=80)) != bank_digest(again)


def test_the_bank_has_the_size_that_training_and_trying_need() -> None:
    bank = default_bank()
    assert len(bank.customers) >= 240
    assert len(bank.merchants) == 150
    assert 35_000 <= len(bank.transactions) <= 55_000
    closed = [dispute for dispute in bank.disputes if dispute.status == "closed"]
    assert len(closed) >= 1_500
    assert 25 <= sum(dispute.status == "open" for dispute in bank.disputes) <= 45
    rejected = sum(dispute.outcome == "rejected" for dispute in closed) / len(closed)
    assert 0.15 < rejected < 0.45


def test_every_category_has_open_and_closed_disputes() -> None:
    found = {(dispute.status, dispute.category) for dispute in default_bank().disputes}
    assert found == {
        (status, each.value) for status in ("open", "closed") for each in DisputeCategory
    }


def test_rows_refer_to_rows_that_are_there() -> None:
    bank = default_bank()
    customers = {row.id for row in bank.customers}
    accounts = {row.id: row for row in bank.accounts}
    cards = {row.id: row for row in bank.cards}
    merchants = {row.id for row in bank.merchants}
    transactions = {row.id: row for row in bank.transactions}
    assert all(row.customer_id in customers for row in bank.accounts)
    for row in bank.transactions:
        account = accounts[row.account_id]
        assert account.customer_id == row.customer_id
        assert account.currency == row.currency
        assert cards[row.card_id].account_id == row.account_id
        assert row.merchant_id in merchants
        assert row.amount_minor > 0
        assert (row.posted_at_ms is None) == (row.status == "pending")
    for dispute in bank.disputes:
        assert transactions[dispute.transaction_id].customer_id == dispute.customer_id


def test_ids_are_unique_and_transactions_are_named_in_the_order_of_time() -> None:
    for table, held in rows(default_bank()).items():
        assert len({row["id"] for row in held}) == len(held), table
    times = [row.authorised_at_ms for row in default_bank().transactions]
    assert all(one <= next_ for one, next_ in pairwise(times))
    assert BANK_START_MS - 86_400_000 <= times[0] < times[-1] < BANK_END_MS


def test_decisions_come_after_claims_and_claims_after_transactions() -> None:
    at_ms = {row.id: row.authorised_at_ms for row in default_bank().transactions}
    for dispute in default_bank().disputes:
        assert at_ms[dispute.transaction_id] < dispute.opened_at_ms < BANK_END_MS
        closed = dispute.status == "closed"
        assert (dispute.outcome is not None) == closed
        if dispute.decided_at_ms is not None:
            assert dispute.opened_at_ms < dispute.decided_at_ms < BANK_END_MS


def test_little_is_bought_at_night() -> None:
    countries = {row.id: row.country for row in default_bank().customers}
    hours = Counter(
        local_hour(row.authorised_at_ms, countries[row.customer_id])
        for row in default_bank().transactions
        if row.entry_mode != "recurring"
    )
    assert sum(hours[hour] for hour in range(5)) < 0.05 * hours.total()


@pytest.mark.parametrize("seed", [DEFAULT_SEED, 7])
def test_every_demonstration_is_an_event_that_the_parser_takes(seed: int) -> None:
    bank = default_bank() if seed == DEFAULT_SEED else small_bank()
    events = demo_events(bank)
    assert {"allowed", "review_approve", "review_reject", "denied"} <= set(events)
    for name, content in event_files(bank).items():
        parse_dispute_event(content, now_ms=BANK_END_MS)
        assert name.endswith(".json")
    assert len(event_files(bank)) >= 30


@pytest.mark.parametrize("seed", [DEFAULT_SEED, 7])
def test_demonstrations_are_about_customers_in_the_standing_that_they_show(seed: int) -> None:
    bank = default_bank() if seed == DEFAULT_SEED else small_bank()
    customers = {row.id: row for row in bank.customers}
    transactions = {row.id: row for row in bank.transactions}
    accounts = {row.id: row for row in bank.accounts}
    events = demo_events(bank)

    def account(name: str) -> str:
        return accounts[transactions[events[name].data.transaction_id].account_id].status

    assert customers[events["denied"].data.customer_id].status == "suspended"
    assert customers[events["denied_deceased"].data.customer_id].status == "deceased"
    assert customers[events["denied_sanctions_hit"].data.customer_id].sanctions_hit
    assert customers[events["kyc_expired"].data.customer_id].kyc_status == "expired"
    assert account("denied_account_frozen") == "frozen"
    assert transactions[events["denied_pending"].data.transaction_id].status == "pending"
    over = events["denied_over_amount"].data
    assert over.money().amount_minor > transactions[over.transaction_id].amount_minor
    for name in ("allowed", "review_approve", "review_reject"):
        assert customers[events[name].data.customer_id].status == "active"
        assert account(name) == "open"


def test_some_open_disputes_instruct_whoever_reads_them() -> None:
    texts = [event.data.narrative for event in open_events(default_bank()).values()]
    assert sum("SYSTEM:" in text or "JSON above" in text or "Skip" in text for text in texts) >= 3


def test_a_bank_too_small_for_its_demonstrations_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 80 customers"):
        generate_bank(1, customers=79)
