"""Database errors as errors of the domain. No error of the driver leaves the adapter."""

from typing import Final

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from sluicegate.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    SluicegateError,
    Unavailable,
    UnknownRecord,
)

_FORBIDDEN_STATES: Final = frozenset({"42501", "25006", "SG001"})
"""PostgreSQL: insufficient privilege, read-only transaction, and our append-only triggers."""
_COLLISION_STATES: Final = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL: serialization failure, deadlock, lock not available."""
_FOREIGN_KEY_STATE: Final = "23503"
_FORBIDDEN_TEXTS: Final = ("not authorized", "prohibited", "readonly database", "append-only")
"""SQLite names these by text alone: the authorizer, query_only, and our append-only triggers."""


def translate(error: SQLAlchemyError) -> SluicegateError:
    """Return the domain error that says what happened, without values out of the statement."""
    if isinstance(error, PoolTimeout):
        return _unavailable("all database connections are in use")
    if not isinstance(error, DBAPIError):
        return _unavailable(type(error).__name__)
    original = error.orig
    state = str(getattr(original, "sqlstate", None) or "")
    text = str(original).partition("\n")[0]
    if state in _FORBIDDEN_STATES or any(part in text for part in _FORBIDDEN_TEXTS):
        return Forbidden(
            f"The database refuses this to the role at work: {text[:200]}.",
            next_step="This write belongs to another process, or nobody may make it.",
        )
    if state in _COLLISION_STATES:
        return Conflict("Two writers collided.", next_step="Do the same again.")
    if state == _FOREIGN_KEY_STATE or "FOREIGN KEY constraint failed" in text:
        return UnknownRecord(
            "A row names something that is not there.",
            next_step="Store what it refers to first.",
            detail={"constraint": _constraint(original, text)},
        )
    if isinstance(error, IntegrityError):
        return Conflict(
            "The database refuses a row that contradicts what it holds.",
            next_step="Read the current state and try again.",
            detail={"constraint": _constraint(original, text)},
        )
    if isinstance(error, DataError) or "NUL" in text:
        return InvalidInput(
            "A value cannot be stored.", next_step="Remove NUL characters and other control bytes."
        )
    if isinstance(error, OperationalError | InterfaceError):
        return _unavailable(text[:200])
    return _unavailable(f"{type(original).__name__}: {text[:200]}")


def _constraint(original: BaseException | None, text: str) -> str:
    diagnosis = getattr(original, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or text[:200])


def _unavailable(why: str) -> Unavailable:
    return Unavailable(
        f"The database did not answer: {why}.",
        next_step="Check that it is running and migrated, and try again.",
    )
