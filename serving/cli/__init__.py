"""The command line: a dispute's whole path from a terminal, with or without the service."""
