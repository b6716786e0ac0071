"""Who may write what: one table, enforced by an authorizer on SQLite and by GRANTs on PostgreSQL.

The service can put nothing where money is decided or moved; the gate cannot post; the executor
cannot issue a permit. Nobody but an administrator writes the bank's record, accounts or API keys.
"""

import sqlite3
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from sqlalchemy import Connection

from sluicegate.adapters.sql.urls import admin_engine, is_postgres

RoleName = Literal["service", "gate", "executor", "admin"]
"""Database roles. ``admin`` owns the schema, migrates and seeds."""

POSTGRES_ROLES: Final[Mapping[RoleName, str]] = MappingProxyType(
    {
        "service": "sluicegate_service",
        "gate": "sluicegate_gate",
        "executor": "sluicegate_executor",
    }
)


class Privileges(NamedTuple):
    """What a role may do with a table. `update` names the columns that it may change."""

    select: bool = True
    insert: bool = False
    update: tuple[str, ...] = ()


_READ = Privileges()
_INSERT = Privileges(insert=True)
_APPEND_AUDIT = {
    "audit_entry": _INSERT,
    "audit_head": Privileges(update=("seq", "hash")),
}
_RECORD = dict.fromkeys(
    (
        "bank_customer",
        "bank_account",
        "bank_card",
        "bank_merchant",
        "bank_transaction",
        "bank_dispute",
    ),
    _READ,
)
_BOOKS = dict.fromkeys(
    ("ledger_account", "journal_entry", "journal_posting", "journal_line"), _READ
)
_DECIDED = dict.fromkeys(
    ("proposal", "gate_decision", "review", "review_decision", "permit"), _READ
)

GRANTS: Final[Mapping[RoleName, Mapping[str, Privileges]]] = MappingProxyType(
    {
        "service": {
            **_RECORD,
            **_BOOKS,
            **_DECIDED,
            **_APPEND_AUDIT,
            "spine_incoming": _INSERT,
            "spine_event": _READ,
            "outbox": _READ,
            "dispute_case": Privileges(
                insert=True, update=("status", "outcome", "lease_holder", "lease_until_ms")
            ),
            "api_key": _READ,  # it authenticates callers; hashes are salted and of random keys
        },
        "gate": {
            **_RECORD,
            **_BOOKS,
            **_APPEND_AUDIT,
            "spine_incoming": _READ,
            "dispute_case": _READ,
            "proposal": _INSERT,
            "gate_decision": _INSERT,
            "review": Privileges(insert=True, update=("status",)),
            "review_decision": _INSERT,
            "permit": _INSERT,
            "api_key": _READ,  # it authenticates reviewers by itself
        },
        "executor": {
            **_APPEND_AUDIT,
            "proposal": _READ,  # what it did is logged with the names of what it was done for
            "permit": Privileges(update=("status", "effect_key", "receipt")),
            "ledger_account": _READ,
            "journal_entry": _INSERT,
            "journal_posting": _INSERT,
            "journal_line": _READ,
            "outbox": Privileges(insert=True, update=("sent_at_ms",)),
            "spine_event": _INSERT,
        },
    }
)

_ALWAYS_FINE = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_TRANSACTION,
        sqlite3.SQLITE_SAVEPOINT,
        sqlite3.SQLITE_RECURSIVE,
    }
)

Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


def sqlite_authorizer(role: RoleName) -> Authorizer:
    """Return the callback that refuses, while a statement is compiled, all that a role may not do.

    What is not granted is denied: schema changes, ATTACH, PRAGMA and unknown tables too.
    """
    grants = GRANTS[role]

    def authorize(
        action: int, first: str | None, second: str | None, _schema: str | None, _by: str | None
    ) -> int:
        if action in _ALWAYS_FINE:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION:
            fine = second != "load_extension"
        else:
            held = grants.get(first or "")
            fine = held is not None and _permits(held, action, second)
        return sqlite3.SQLITE_OK if fine else sqlite3.SQLITE_DENY

    return authorize


def _permits(held: Privileges, action: int, column: str | None) -> bool:
    if action == sqlite3.SQLITE_READ:
        return held.select
    if action == sqlite3.SQLITE_INSERT:
        return held.insert
    return action == sqlite3.SQLITE_UPDATE and column in held.update


def grant_roles(admin_url: str) -> None:
    """Create the PostgreSQL roles, without login, and give each exactly its grants; idempotent.

    Give a process's own login membership of its role. On SQLite there is nothing to do.
    """
    if not is_postgres(admin_url):
        return
    with admin_engine(admin_url) as engine, engine.begin() as connection:
        # Roles belong to the whole server: two databases set up at once would race for them.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ROLES_LOCK})")
        for role, name in POSTGRES_ROLES.items():
            _grant_role(connection, name, GRANTS[role])


_ROLES_LOCK = 7_301_001


def _grant_role(connection: Connection, name: str, grants: Mapping[str, Privileges]) -> None:
    connection.exec_driver_sql(
        f"DO $$ BEGIN CREATE ROLE {name} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )
    connection.exec_driver_sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {name}")
    for table, held in grants.items():
        rights = [right for right, has in (("SELECT", held.select), ("INSERT", held.insert)) if has]
        if held.update:
            rights.append(f"UPDATE ({', '.join(held.update)})")
        connection.exec_driver_sql(f"GRANT {', '.join(rights)} ON {table} TO {name}")
