"""Suites of samples, what they measure, and the gate that a changed prompt or model has to pass."""
