"""Running statements: every store goes through here, so that no driver error gets past."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Final

from sqlalchemy import Connection, Executable, Insert, Row, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from sluicegate.adapters.sql.failures import translate
from sluicegate.adapters.sql.tables import table_of

Parameters = Mapping[str, object]
StoredRow = Row[*tuple[object, ...]]


class Statements:
    """A connection in a transaction. Every method raises errors of the domain only."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection
        self.is_postgres: Final = connection.dialect.name == "postgresql"

    def insert(self, model: type[SQLModel], values: Parameters) -> None:
        """Insert a row; raise Conflict or UnknownRecord where a constraint refuses it."""
        with translated():
            self._connection.execute(_insert(model), dict(values))

    def insert_many(self, model: type[SQLModel], rows: Sequence[Parameters]) -> None:
        """Insert rows in one round trip."""
        with translated():
            self._connection.execute(_insert(model), [dict(row) for row in rows])

    def insert_new(self, model: type[SQLModel], values: Parameters) -> bool:
        """Insert a row; False where a key of it is taken. The transaction stays usable."""
        statement = _insert_new(model, self.is_postgres)
        with translated():
            return bool(self._connection.execute(statement, dict(values)).rowcount == 1)

    def first(self, statement: Executable, parameters: Parameters) -> StoredRow | None:
        """Return the first row."""
        with translated():
            return self._connection.execute(statement, dict(parameters)).first()

    def all(self, statement: Executable, parameters: Parameters) -> Sequence[StoredRow]:
        """Return all rows."""
        with translated():
            return self._connection.execute(statement, dict(parameters)).all()

    def number(self, statement: Executable, parameters: Parameters) -> int:
        """Return the one integer that is asked for; null counts as zero."""
        with translated():
            value: object = self._connection.execute(statement, dict(parameters)).scalar()
        # PostgreSQL sums 64-bit integers into a numeric.
        return int(str(value)) if value is not None else 0

    def change(self, statement: Executable, parameters: Parameters) -> int:
        """Run an UPDATE and return how many rows it changed."""
        with translated():
            return self._connection.execute(statement, dict(parameters)).rowcount


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of SQLAlchemy and of the drivers into errors of the domain."""
    try:
        yield
    except SQLAlchemyError as cause:
        raise translate(cause) from cause


@cache
def _insert(model: type[SQLModel]) -> Insert:
    # inline: we never ask for generated keys, so no RETURNING has to be fetched.
    return insert(table_of(model)).inline()


@cache
def _insert_new(model: type[SQLModel], is_postgres: bool) -> Insert:
    make: Callable[[Table], postgresql.Insert | sqlite.Insert]
    make = postgresql.insert if is_postgres else sqlite.insert
    statement = make(table_of(model)).on_conflict_do_nothing().inline()
    # SQLAlchemy keeps the count of an INSERT only when told to.
    return statement.execution_options(preserve_rowcount=True)
