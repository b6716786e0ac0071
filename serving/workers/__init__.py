"""Processes beside the service: the gate decides, the executor alone moves money."""
