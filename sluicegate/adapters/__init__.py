"""What the ports are made of in the outside world; each file mirrors the name of its port."""
