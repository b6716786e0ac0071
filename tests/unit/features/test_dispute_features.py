from dataclasses import replace

import pytest

from sluicegate.domain.dispute_features import (
    DAY_MS,
    DEFINITIONS,
    FEATURE_NAMES,
    HOUR_MS,
    MISSING,
    DisputeRow,
    RecordWindow,
    TransactionRow,
    amount_usd_minor,
    definitions_digest,
    dispute_features,
)
from sluicegate.domain.errors import UnknownRecord
from tests.synthetic_bank import default_features

AT_MS = 1_000 * DAY_MS + 12 * HOUR_MS
AS_OF_MS = AT_MS + 10 * DAY_MS
ROW = TransactionRow("t", "card", "shop", 5_000, "USD", AT_MS, "chip", "US")
WINDOW = RecordWindow(ROW, "US", AT_MS - 100 * DAY_MS, (ROW,), (), 10, ())


def value(window: RecordWindow, name: str, as_of_ms: int = AS_OF_MS) -> float:
    vector = dispute_features(window, as_of_ms)
    return vector.values[vector.names.index(name)]


def bought(
    name: str, at_ms: int, amount_minor: int = 1_000, merchant: str = "shop"
) -> TransactionRow:
    return replace(
        ROW, id=name, authorised_at_ms=at_ms, amount_minor=amount_minor, merchant_id=merchant
    )


def test_names_are_unique_and_in_the_order_of_definitions() -> None:
    assert len(set(FEATURE_NAMES)) == len(DEFINITIONS)
    assert dispute_features(WINDOW, AS_OF_MS).names == FEATURE_NAMES


def test_without_history_ratios_are_missing_and_counts_are_zero() -> None:
    assert value(WINDOW, "amount_to_median_bp") == MISSING
    assert value(WINDOW, "merchant_rejected_share_bp") == MISSING
    assert value(WINDOW, "merchant_visits_before") == 0
    missing = {each.name for each in DEFINITIONS if each.may_be_missing}
    vector = dispute_features(WINDOW, AS_OF_MS)
    negative = {name for name, each in zip(vector.names, vector.values, strict=True) if each < 0}
    assert negative <= missing


def test_the_amount_is_compared_with_the_lower_median_of_earlier_ones() -> None:
    earlier = tuple(bought(f"e{n}", AT_MS - n * DAY_MS, 1_000 * n) for n in (1, 2, 3, 4))
    window = replace(WINDOW, customer_transactions=(*earlier, ROW))
    assert value(window, "amount_to_median_bp") == 5_000 * 10_000 // 2_000


def test_what_is_bought_after_the_transaction_is_no_earlier_visit() -> None:
    window = replace(
        WINDOW,
        customer_transactions=(bought("b", AT_MS - 1), ROW, bought("a", AT_MS + HOUR_MS)),
    )
    assert value(window, "merchant_visits_before") == 1
    assert value(window, "card_used_after_7d") == 1
    assert value(window, "velocity_24h") == 1


def test_the_same_charge_within_three_days_is_seen_on_either_side() -> None:
    window = replace(
        WINDOW,
        customer_transactions=(
            bought("b", AT_MS - 3 * DAY_MS, 5_000),
            bought("c", AT_MS + 3 * DAY_MS, 5_000),
            bought("d", AT_MS + 3 * DAY_MS + 1, 5_000),
            bought("e", AT_MS, 5_001),
            bought("f", AT_MS, 5_000, merchant="other"),
        ),
    )
    assert value(window, "same_amount_72h") == 2


def test_a_dispute_opened_at_the_very_moment_is_not_known() -> None:
    rows = (
        DisputeRow("x", AS_OF_MS - 1, None, None),
        DisputeRow("y", AS_OF_MS, None, None),
        DisputeRow(ROW.id, AS_OF_MS - 5, None, None),
    )
    window = replace(WINDOW, customer_disputes=rows, merchant_disputes=rows)
    assert value(window, "customer_disputes_before") == 1
    assert value(window, "merchant_dispute_rate_bp") == 1_000


def test_an_outcome_counts_only_once_it_was_decided() -> None:
    rows = (
        DisputeRow("x", AT_MS, AS_OF_MS - 1, "rejected"),
        DisputeRow("y", AT_MS, AS_OF_MS, "rejected"),
        DisputeRow("z", AT_MS, AS_OF_MS - 2, "sustained"),
    )
    window = replace(WINDOW, customer_disputes=rows, merchant_disputes=rows)
    assert value(window, "customer_rejected_before") == 1
    assert value(window, "customer_sustained_before") == 1
    assert value(window, "merchant_rejected_share_bp") == 5_000


def test_night_is_told_in_the_customers_own_country() -> None:
    at_eight = replace(ROW, authorised_at_ms=1_000 * DAY_MS + 8 * HOUR_MS)
    assert value(replace(WINDOW, transaction=at_eight), "night_hour") == 1
    assert value(replace(WINDOW, transaction=at_eight, customer_country="DE"), "night_hour") == 0


@pytest.mark.parametrize(
    ("amount_minor", "currency", "cents"),
    [(100, "USD", 100), (100, "EUR", 108), (1_000, "JPY", 670), (5, "ZZZ", 5)],
)
def test_amounts_are_scaled_exactly(amount_minor: int, currency: str, cents: int) -> None:
    assert amount_usd_minor(amount_minor, currency) == cents


def test_an_unknown_or_future_transaction_has_no_features() -> None:
    with pytest.raises(UnknownRecord):
        default_features().dispute_features("txn_none", AS_OF_MS)
    with pytest.raises(UnknownRecord):
        default_features().dispute_features("txn_000500", 1)


def test_definitions_have_one_digest() -> None:
    assert definitions_digest() == definitions_digest()
    assert definitions_digest().startswith("sha256:")
