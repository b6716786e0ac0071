"""Moving a bank in time by whole weeks, so that one set up in years still has recent transactions.

Features look at hours, weekdays and distances, none of which a whole number of weeks changes; the
scores of the moved bank are those of the first one.
"""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, Final

from serving.bank.model import BANK_END_MS, Bank
from sluicegate.domain.dispute_features import DAY_MS
from sluicegate.domain.event import DisputeEvent

WEEK_MS: Final = 7 * DAY_MS


def recent_end_ms(now_ms: int) -> int:
    """Return the last moment up to `now_ms` that is whole weeks from a made bank's end."""
    return BANK_END_MS + (now_ms - BANK_END_MS) // WEEK_MS * WEEK_MS


def ending_at(bank: Bank, end_ms: int) -> Bank:
    """Return the bank with every moment moved so that it ends at `end_ms`; amounts and names stay.

    Raise ValueError where that is not a whole number of weeks away: night and weekend would move.
    """
    by_ms = end_ms - BANK_END_MS
    if by_ms % WEEK_MS:
        raise ValueError("a bank moves by whole weeks only")
    return Bank(
        seed=bank.seed,
        customers=tuple(_moved(row, by_ms) for row in bank.customers),
        accounts=tuple(_moved(row, by_ms) for row in bank.accounts),
        cards=tuple(_moved(row, by_ms) for row in bank.cards),
        merchants=bank.merchants,
        transactions=tuple(_moved(row, by_ms) for row in bank.transactions),
        disputes=tuple(_moved(row, by_ms) for row in bank.disputes),
        demos=tuple((name, _moved_event(event, by_ms)) for name, event in bank.demos),
    )


def _moved(row: Any, by_ms: int) -> Any:
    moments = {
        field.name: getattr(row, field.name) + by_ms
        for field in fields(row)
        if field.name.endswith("_ms") and getattr(row, field.name) is not None
    }
    return replace(row, **moments)


def _moved_event(event: DisputeEvent, by_ms: int) -> DisputeEvent:
    moment = datetime.fromtimestamp((event.occurred_at_ms() + by_ms) // 1_000, tz=UTC)
    return event.model_copy(update={"time": moment.strftime("%Y-%m-%dT%H:%M:%SZ")})
