"""The bank as database rows, and the digest that names all of them."""

import hashlib
import json
from dataclasses import fields

from serving.bank.model import Account, Bank, Card, Customer, Dispute, Merchant, Transaction
from sluicegate.domain.canonical import DIGEST_PREFIX

Cell = str | int | bool | None
Row = dict[str, Cell]
Record = Customer | Account | Card | Merchant | Transaction | Dispute


def rows(bank: Bank) -> dict[str, list[Row]]:
    """Return the rows by table name, tables and rows in the order in which they can be inserted."""
    records: dict[str, tuple[Record, ...]] = {
        "bank_customer": bank.customers,
        "bank_account": bank.accounts,
        "bank_card": bank.cards,
        "bank_merchant": bank.merchants,
        "bank_transaction": bank.transactions,
        "bank_dispute": bank.disputes,
    }
    return {table: [_row(record) for record in held] for table, held in records.items()}


def bank_digest(bank: Bank) -> str:
    """Return the digest of all rows: SHA-256 over one JSON line a row, keys sorted."""
    hasher = hashlib.sha256()
    for table, held in rows(bank).items():
        for row in held:
            line = json.dumps([table, row], sort_keys=True, separators=(",", ":"))
            hasher.update(line.encode() + b"\n")
    return DIGEST_PREFIX + hasher.hexdigest()


def _row(record: Record) -> Row:
    names = [field.name for field in fields(record)]
    return {name: getattr(record, name) for name in names}
