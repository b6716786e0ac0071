"""Training and deciding see the same numbers, and neither sees the future."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.bank.model import Dispute
from serving.bank.seed import seed
from serving.features.dispute import BankFeatureSource
from sluicegate.adapters.scoring.features import SqlFeatureSource
from sluicegate.adapters.sql.engine import Database
from sluicegate.adapters.sql.schema import migrate
from sluicegate.domain.dispute_features import DAY_MS
from tests.databases import FreshDatabase
from tests.synthetic_bank import default_bank, default_features, small_bank

DISPUTES = default_bank().disputes
CHECKED_ON_BOTH = 150


@pytest.fixture(scope="module")
def sql_features(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlFeatureSource]:
    path: Path = tmp_path_factory.mktemp("parity") / "bank.db"
    url = f"sqlite:///{path}"
    migrate(url)
    admin, gate = Database(url, "admin"), Database(url, "gate")
    seed(admin, default_bank(), now_ms=1)
    yield SqlFeatureSource(gate)
    admin.dispose()
    gate.dispose()


@settings(max_examples=300)
@given(dispute=st.sampled_from(DISPUTES), later_ms=st.integers(0, 400 * DAY_MS))
def test_database_and_memory_give_equal_vectors(
    sql_features: SqlFeatureSource, dispute: Dispute, later_ms: int
) -> None:
    as_of_ms = dispute.opened_at_ms + later_ms
    assert sql_features.dispute_features(
        dispute.transaction_id, as_of_ms
    ) == default_features().dispute_features(dispute.transaction_id, as_of_ms)


def test_every_dispute_has_equal_vectors_when_it_is_opened(sql_features: SqlFeatureSource) -> None:
    for dispute in DISPUTES:
        found = sql_features.dispute_features(dispute.transaction_id, dispute.opened_at_ms)
        wanted = default_features().dispute_features(dispute.transaction_id, dispute.opened_at_ms)
        assert found == wanted


def test_both_databases_give_the_vectors_of_memory(sql_database: FreshDatabase) -> None:
    seed(sql_database.open(), small_bank(), now_ms=1)
    over_sql = SqlFeatureSource(sql_database.open("gate"))
    in_memory = BankFeatureSource(small_bank())
    for dispute in small_bank().disputes[-CHECKED_ON_BOTH:]:
        asked = (dispute.transaction_id, dispute.opened_at_ms)
        assert over_sql.dispute_features(*asked) == in_memory.dispute_features(*asked)


@settings(max_examples=25)
@given(place=st.integers(0, len(small_bank().disputes) - 1))
def test_the_future_of_the_bank_changes_no_feature(place: int) -> None:
    bank = small_bank()
    dispute = bank.disputes[place]
    as_of_ms = dispute.opened_at_ms
    past = replace(
        bank,
        transactions=tuple(row for row in bank.transactions if row.authorised_at_ms < as_of_ms),
        disputes=tuple(
            replace(row, outcome=None, decided_at_ms=None)
            if row.decided_at_ms is not None and row.decided_at_ms >= as_of_ms
            else row
            for row in bank.disputes
            if row.opened_at_ms < as_of_ms
        ),
    )
    asked = (dispute.transaction_id, as_of_ms)
    assert BankFeatureSource(past).dispute_features(*asked) == (
        BankFeatureSource(bank).dispute_features(*asked)
    )
