"""Accounts, the double-entry journal and the executor: the only place where money moves."""
