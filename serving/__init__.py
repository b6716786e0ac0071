"""Everything with a port or a process."""
