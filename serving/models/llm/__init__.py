"""Weights of local language models: which are known by name and digest, and how to get them."""
