"""What the kernel asks of the world: one Protocol a file. Time and nonces are ports too."""
