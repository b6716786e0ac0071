"""Clock, nonces and crash points of the machine we run on."""
