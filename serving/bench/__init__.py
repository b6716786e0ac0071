"""Benchmarks of the gate and the graph; `make bench` writes their table into docs/benchmarks.md."""
