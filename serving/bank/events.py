"""Dispute events out of the bank's open disputes, as CloudEvents that people can try."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from serving.bank.model import Bank, Dispute
from sluicegate.domain.event import DisputeClaim, DisputeEvent
from sluicegate.domain.money import format_minor
from sluicegate.domain.proposal import DisputeCategory

EVENT_SOURCE: Final = "urn:sluicegate:synthetic-bank"


def dispute_event(dispute: Dispute, currency: str, amount: str) -> DisputeEvent:
    """Return the event that opens a dispute; `amount` is a decimal string in `currency`."""
    moment = datetime.fromtimestamp(dispute.opened_at_ms // 1000, tz=UTC)
    return DisputeEvent(
        specversion="1.0",
        id=dispute.id,
        source=EVENT_SOURCE,
        type="sluicegate.dispute.opened.v1",
        time=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        data=DisputeClaim(
            transaction_id=dispute.transaction_id,
            customer_id=dispute.customer_id,
            amount=amount,
            currency=currency,
            narrative=dispute.narrative,
        ),
    )


def open_events(bank: Bank) -> dict[str, DisputeEvent]:
    """Return the events of open disputes by id; a wrong amount is claimed in part."""
    rows = {row.id: row for row in bank.transactions}
    demos = {event.id: event for _, event in bank.demos}
    events: dict[str, DisputeEvent] = {}
    for dispute in bank.disputes:
        if dispute.status != "open":
            continue
        row = rows[dispute.transaction_id]
        part = dispute.category == DisputeCategory.WRONG_AMOUNT.value
        claimed_minor = max(row.amount_minor * 2 // 5, 1) if part else row.amount_minor
        events[dispute.id] = demos.get(dispute.id) or dispute_event(
            dispute, row.currency, format_minor(claimed_minor, row.currency)
        )
    return events


def event_files(bank: Bank) -> dict[str, bytes]:
    """Return the same events as files: ``demo-NAME.json`` and ``dsp_….json``."""
    files = {f"demo-{name.replace('_', '-')}.json": event for name, event in bank.demos}
    shown = {event.id for event in files.values()}
    files.update(
        {f"{name}.json": event for name, event in open_events(bank).items() if name not in shown}
    )
    return {
        name: (event.model_dump_json(indent=2) + "\n").encode()
        for name, event in sorted(files.items())
    }


def write_event_files(bank: Bank, folder: Path) -> tuple[Path, ...]:
    """Write the event files into a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for name, content in event_files(bank).items():
        path = folder / name
        path.write_bytes(content)
        paths.append(path)
    return tuple(paths)
