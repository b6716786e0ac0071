"""The HTTP API: the same dispute path as the command line, for services and people with a key."""
