"""A bank moved by whole weeks is the same bank, later."""

import pytest

from serving.bank.generate import generate_bank
from serving.bank.model import BANK_END_MS, DEFAULT_SEED
from serving.bank.shift import WEEK_MS, ending_at, recent_end_ms
from serving.features.dispute import dispute_dataset


def test_the_end_is_recent_and_a_whole_number_of_weeks_away() -> None:
    for days in (0, 1, 6, 7, 8, 1_000):
        now_ms = BANK_END_MS + days * 86_400_000 + 12_345
        end_ms = recent_end_ms(now_ms)
        assert (end_ms - BANK_END_MS) % WEEK_MS == 0
        assert 0 <= now_ms - end_ms < WEEK_MS


def test_a_moved_bank_has_the_features_and_labels_of_the_first() -> None:
    bank = generate_bank(DEFAULT_SEED, customers=80)
    moved = ending_at(bank, BANK_END_MS + 53 * WEEK_MS)
    assert moved.transactions[0].authorised_at_ms - bank.transactions[0].authorised_at_ms == (
        53 * WEEK_MS
    )
    before, after = dispute_dataset(bank).examples, dispute_dataset(moved).examples
    assert [each.features.values for each in before] == [each.features.values for each in after]


def test_part_of_a_week_is_refused() -> None:
    bank = generate_bank(DEFAULT_SEED, customers=80)
    with pytest.raises(ValueError, match="whole weeks"):
        ending_at(bank, BANK_END_MS + 1)
