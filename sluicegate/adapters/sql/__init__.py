"""SQLite and PostgreSQL: one set of stores over SQLAlchemy, for both."""
