"""Bringing a database to the newest schema, and saying how far the two are apart."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from sluicegate.adapters.sql import record_tables  # noqa: F401 - its tables register themselves
from sluicegate.adapters.sql.statements import translated
from sluicegate.adapters.sql.tables import AuditHead, table_of
from sluicegate.adapters.sql.urls import admin_engine, is_postgres

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_301_003


def migrate(url: str) -> None:
    """Apply every migration that is missing, in one transaction; with none missing, change nothing.

    The login owns the schema. On PostgreSQL, `grants.grant_roles` comes after it. Raise Unavailable
    where the database cannot be reached.
    """
    with translated(), admin_engine(url) as engine, engine.begin() as connection:
        if is_postgres(url):
            # Two processes that start at once must not both migrate.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        command.upgrade(_config(connection), "head")


def differences(url: str) -> list[str]:
    """Return how the migrated schema differs from the tables in code; a test holds it empty."""
    with translated(), admin_engine(url) as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection)
        return [str(found) for found in compare_metadata(context, table_of(AuditHead).metadata)]


def _config(connection: Connection) -> Config:
    config = Config()
    # Alembic reads the option through configparser, to which a percent sign is special.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
