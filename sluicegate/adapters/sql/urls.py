"""Database addresses, and the engine that only administrators use."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Final

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from sluicegate.domain.errors import InvalidInput

BUSY_TIMEOUT_MS: Final = 10_000
"""How long a SQLite writer waits for another one; a write here takes milliseconds."""


def parse_url(url: str) -> URL:
    """Return a checked address with its driver; raise InvalidInput for another kind of database."""
    try:
        parsed = make_url(url)
    except ArgumentError as cause:
        raise InvalidInput(
            "The database URL cannot be read.",
            next_step="Write sqlite:///path/to/file.db or postgresql://user@host/database.",
        ) from cause
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite")
    raise InvalidInput(
        f"A {backend} database of that kind cannot be used.",
        next_step="Write sqlite:///path/to/file.db or postgresql://user@host/database.",
    )


def is_postgres(url: str) -> bool:
    """Say whether the address is one of a PostgreSQL server."""
    return parse_url(url).get_backend_name() == "postgresql"


def libpq_url(url: str) -> str:
    """Return the address as psycopg itself reads it, password included."""
    return parse_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def prepare_sqlite(connection: SqliteConnection) -> None:
    """Set what every connection to our SQLite file has; call before an authorizer is there."""
    connection.isolation_level = None  # we say BEGIN ourselves
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    # INSERT OR REPLACE deletes without asking the authorizer; only so do triggers see it.
    connection.execute("PRAGMA recursive_triggers = ON")


@contextmanager
def admin_engine(url: str) -> Iterator[Engine]:
    """Open an engine without any role, for migrating and granting, and dispose of it afterwards."""
    parsed = parse_url(url)
    engine = create_engine(parsed, poolclass=NullPool)
    if parsed.get_backend_name() == "sqlite":
        Path(parsed.database or "").parent.mkdir(parents=True, exist_ok=True)

        @event.listens_for(engine, "connect")
        def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
            if isinstance(connection, SqliteConnection):
                prepare_sqlite(connection)

        @event.listens_for(engine, "begin")
        def _begin(connection: object) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]

    try:
        yield engine
    finally:
        engine.dispose()
