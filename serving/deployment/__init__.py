"""Setting up a deployment."""
