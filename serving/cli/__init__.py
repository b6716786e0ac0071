"""The command line: the whole path of a dispute from a terminal, with the service running or not."""
