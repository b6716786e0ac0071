"""Dispute features over a bank in memory: what the trainer sees.

The gate computes the same features from the database (`sluicegate.adapters.scoring.features`).
Both hand their rows to one function, and a property test holds that they give equal vectors.
"""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass

from serving.bank.model import Bank, Dispute, Transaction
from serving.bank.rows import bank_digest
from sluicegate.domain.canonical import digest_of
from sluicegate.domain.dispute_features import (
    LOOKBACK_MS,
    DisputeRow,
    RecordWindow,
    TransactionRow,
    definitions_digest,
    dispute_features,
)
from sluicegate.domain.errors import UnknownRecord
from sluicegate.domain.score import FeatureVector


class BankFeatureSource:
    """Implements the feature port over a bank in memory."""

    def __init__(self, bank: Bank) -> None:
        self._transactions = {row.id: row for row in bank.transactions}
        self._countries = {row.id: row.country for row in bank.customers}
        self._opened = {row.id: row.opened_at_ms for row in bank.accounts}
        self._of_customer: dict[str, list[TransactionRow]] = defaultdict(list)
        self._merchant_times: dict[str, list[int]] = defaultdict(list)
        for row in bank.transactions:
            self._of_customer[row.customer_id].append(_transaction_row(row))
            self._merchant_times[row.merchant_id].append(row.authorised_at_ms)
        for times in self._merchant_times.values():
            times.sort()
        self._customer_disputes: dict[str, list[DisputeRow]] = defaultdict(list)
        self._merchant_disputes: dict[str, list[DisputeRow]] = defaultdict(list)
        for dispute in bank.disputes:
            merchant_id = self._transactions[dispute.transaction_id].merchant_id
            self._customer_disputes[dispute.customer_id].append(_dispute_row(dispute))
            self._merchant_disputes[merchant_id].append(_dispute_row(dispute))

    def dispute_features(self, transaction_id: str, as_of_ms: int) -> FeatureVector:
        """Return the features of disputing a transaction; raise UnknownRecord without one."""
        row = self._transactions.get(transaction_id)
        if row is None or row.authorised_at_ms >= as_of_ms:
            raise UnknownRecord("There was no such transaction at that moment.")
        times = self._merchant_times[row.merchant_id]
        window = RecordWindow(
            transaction=_transaction_row(row),
            customer_country=self._countries[row.customer_id],
            account_opened_at_ms=self._opened[row.account_id],
            customer_transactions=tuple(self._of_customer[row.customer_id]),
            customer_disputes=tuple(self._customer_disputes[row.customer_id]),
            merchant_transactions=bisect_left(times, as_of_ms)
            - bisect_left(times, as_of_ms - LOOKBACK_MS),
            merchant_disputes=tuple(self._merchant_disputes[row.merchant_id]),
        )
        return dispute_features(window, as_of_ms)


@dataclass(frozen=True, slots=True)
class DisputeExample:
    """A decided dispute: its features when it was opened, and whether it was rejected."""

    dispute_id: str
    opened_at_ms: int
    decided_at_ms: int
    features: FeatureVector
    rejected: bool


@dataclass(frozen=True, slots=True)
class DisputeDataset:
    """Decided disputes in the order in which they were opened."""

    bank_digest: str
    examples: tuple[DisputeExample, ...]

    def digest(self) -> str:
        """Return the digest of everything that training sees."""
        return digest_of(
            {
                "bank": self.bank_digest,
                "definitions": definitions_digest(),
                "examples": [
                    [
                        example.dispute_id,
                        example.opened_at_ms,
                        example.decided_at_ms,
                        list(example.features.values),
                        example.rejected,
                    ]
                    for example in self.examples
                ],
            }
        )


def dispute_dataset(bank: Bank) -> DisputeDataset:
    """Return the decided disputes of a bank with their features when they were opened."""
    source = BankFeatureSource(bank)
    examples = [
        DisputeExample(
            dispute_id=dispute.id,
            opened_at_ms=dispute.opened_at_ms,
            decided_at_ms=dispute.decided_at_ms,
            features=source.dispute_features(dispute.transaction_id, dispute.opened_at_ms),
            rejected=dispute.outcome == "rejected",
        )
        for dispute in bank.disputes
        if dispute.decided_at_ms is not None
    ]
    examples.sort(key=lambda example: (example.opened_at_ms, example.dispute_id))
    return DisputeDataset(bank_digest=bank_digest(bank), examples=tuple(examples))


def _transaction_row(row: Transaction) -> TransactionRow:
    return TransactionRow(
        id=row.id,
        card_id=row.card_id,
        merchant_id=row.merchant_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        authorised_at_ms=row.authorised_at_ms,
        entry_mode=row.entry_mode,
        country=row.country,
    )


def _dispute_row(dispute: Dispute) -> DisputeRow:
    return DisputeRow(
        transaction_id=dispute.transaction_id,
        opened_at_ms=dispute.opened_at_ms,
        decided_at_ms=dispute.decided_at_ms,
        outcome=dispute.outcome,
    )
