"""The kernel: what must hold about money, whoever proposes it."""

__version__ = "0.1.0"
