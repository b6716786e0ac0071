"""Frozen values of the kernel. No input or output, no clock, no randomness."""
