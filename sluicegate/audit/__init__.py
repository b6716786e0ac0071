"""The arithmetic of the audit log: linking, checking and proving. No database, no clock."""
