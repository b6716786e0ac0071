"""The database as a unit of work: snapshots to read, transactions to write, under a role."""

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection as SqliteConnection
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from sluicegate.adapters.sql.grants import POSTGRES_ROLES, RoleName, sqlite_authorizer
from sluicegate.adapters.sql.statements import translated
from sluicegate.adapters.sql.transaction import SqlTransaction
from sluicegate.adapters.sql.urls import parse_url, prepare_sqlite
from sluicegate.ports.crash import CrashPoints, NoCrash

POOL_SIZE: Final = 5
POOL_OVERFLOW: Final = 15
POOL_WAIT_SECONDS: Final = 10
CONNECT_SECONDS: Final = 5
STATEMENT_CACHE: Final = 256
"""Compiled statements kept a connection: more than there are different ones here."""


class Database:
    """A database under one role. Implements the port UnitOfWork; safe to share between threads.

    On PostgreSQL each connection takes the role's rights with SET ROLE, so that a login which could
    do more cannot do it by accident; the login has to be a member of the role.
    """

    def __init__(self, url: str, role: RoleName, crash: CrashPoints | None = None) -> None:
        self.role: Final = role
        self.url: Final = url
        self._crash: CrashPoints = crash if crash is not None else NoCrash()
        if parse_url(url).get_backend_name() == "postgresql":
            make = _postgres_engine
        else:
            make = _sqlite_engine
        self._reader = make(url, role, readonly=True)
        self._writer = make(url, role, readonly=False)

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        """Open a consistent snapshot; writing in it raises Forbidden."""
        with self.reading() as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a consistent snapshot as a bare connection, for other adapters' queries."""
        with translated(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, seam: str) -> Iterator[SqlTransaction]:
        """Open a transaction that commits on leaving and rolls back on an error.

        Raise Unavailable where the database cannot be reached or stays locked, Conflict where two
        writers collide, Forbidden where the role may not write that.
        """
        with self.writing(seam) as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def writing(self, seam: str) -> Iterator[Connection]:
        """Open a write transaction as a bare connection, for seeding."""
        with translated(), self._writer.connect() as connection:
            with connection.begin():
                yield connection
                self._crash.reach(f"{seam}.before_commit")
            self._crash.reach(f"{seam}.after_commit")

    def dispose(self) -> None:
        """Close all connections; the object can be used again afterwards."""
        self._reader.dispose()
        self._writer.dispose()


def _sqlite_engine(url: str, role: RoleName, *, readonly: bool) -> Engine:
    engine = create_engine(
        parse_url(url),
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_WAIT_SECONDS,
        connect_args={"cached_statements": STATEMENT_CACHE, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        if not isinstance(connection, SqliteConnection):
            raise TypeError(f"not a sqlite3 connection: {type(connection)}")
        prepare_sqlite(connection)
        if readonly:
            connection.execute("PRAGMA query_only = ON")
        if role != "admin":
            connection.set_authorizer(sqlite_authorizer(role))

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A deferred writer that reads first may fail with SQLITE_BUSY_SNAPSHOT; no wait mends it.
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: str, role: RoleName, *, readonly: bool) -> Engine:
    engine = create_engine(
        parse_url(url),
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_WAIT_SECONDS,
        # After a restart of the server the pool is full of dead connections; asking first costs
        # less than failing a person's request.
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, "prepare_threshold": 2},
        isolation_level="REPEATABLE READ" if readonly else "READ COMMITTED",
        execution_options={"postgresql_readonly": True} if readonly else {},
    )
    if role != "admin":

        @event.listens_for(engine, "connect")
        def _take_role(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
            cursor = connection.cursor()
            cursor.execute(f"SET ROLE {POSTGRES_ROLES[role]}")
            cursor.close()
            connection.commit()

    return engine
