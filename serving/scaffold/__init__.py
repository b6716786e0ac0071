"""Lays a new agent, graph, policy rule or suite in its room, with a failing test in it."""

from serving.scaffold.scaffold import KINDS, Kind, next_steps, scaffold

__all__ = ["KINDS", "Kind", "next_steps", "scaffold"]
