"""The gate: Proposal + Facts + Findings + Reviews -> Decision -> Permit. A pure fold; I/O behind
ports.
"""
