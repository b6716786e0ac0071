"""Alembic migrations, for both databases; run them with `sluicegate.adapters.sql.schema`."""
