"""What Alembic runs; the connection is handed in, so nothing is read from files or environment."""

from alembic import context
from sqlalchemy import Connection

from sluicegate.adapters.sql import record_tables  # noqa: F401 - its tables register themselves
from sluicegate.adapters.sql.tables import AuditHead, table_of


def run(connection: Connection) -> None:
    """Bring the schema on `connection` to the wanted revision, inside its transaction."""
    context.configure(connection=connection, target_metadata=table_of(AuditHead).metadata)
    context.run_migrations()


run(context.config.attributes["connection"])
