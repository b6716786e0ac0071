"""Processes beside the service: the gate, which decides, and the executor, which alone moves money."""
