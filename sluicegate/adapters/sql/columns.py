"""Columns as both databases want them: names compare by bytes, money and time have 64 bits."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Integer, Text
from sqlalchemy.types import TypeEngine

# Names compare by bytes on both databases; a locale's collation would order pages differently.
KEY: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
_BIG = BigInteger
# SQLite numbers rows by itself only in a column that is exactly INTEGER PRIMARY KEY.
PLACE: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")


def key_column(
    *, nullable: bool = False, primary_key: bool = False, unique: bool = False
) -> Column[str]:
    """Return a column of names, compared by bytes."""
    return Column(KEY, nullable=nullable, primary_key=primary_key, unique=unique or None)


def reference(target: str) -> Column[str]:
    """Return a column that refers to another table's key."""
    return Column(KEY, ForeignKey(target), nullable=False)


def text_column() -> Column[str]:
    """Return a column of text."""
    return Column(Text, nullable=False)


def big_column(*, nullable: bool = False) -> Column[int]:
    """Return a column of 64-bit integers, for money and time."""
    return Column(_BIG, nullable=nullable)


def place_column() -> Column[int]:
    """Return a column that numbers rows in the order of their insertion."""
    return Column(PLACE, Identity(always=True), primary_key=True)


def one_of(column: str, *values: str) -> CheckConstraint:
    """Return the check that a column holds one of some values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


# ---------------------------------------------------------------- the bank's record
