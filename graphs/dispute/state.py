"""What the dispute graph carries from node to node: plain JSON, so that a checkpoint names no class
of ours.
"""

from typing import Any

from typing_extensions import TypedDict

JsonObject = dict[str, Any]
"""A kernel value as JSON. LangGraph reads the schema at run time, where a recursive type does not
resolve.
"""


class DisputeInput(TypedDict):
    """What starts a case."""

    event: JsonObject
    """A `DisputeEvent`."""
    case: JsonObject
    """The `Case` it opened."""


class DisputeState(TypedDict, total=False):
    """Everything between the nodes. None of it is believed by the gate or the executor."""

    event: JsonObject
    case: JsonObject
    record: JsonObject
    """A `TransactionRecord`; its `transaction` is null where there is none."""
    reading: JsonObject
    """A `DisputeReading`."""
    score: JsonObject | None
    """A `Score`; null where none could be had."""
    reasons: JsonObject
    """`NetworkReasons`."""
    clock: JsonObject
    """A `RegulatoryClock`."""
    proposal: JsonObject
    """A `Proposal`."""
    gate_answer: JsonObject
    """The latest `GateAnswer`."""
    receipt: JsonObject | None
    """The `Receipt` of the latest permit; null while there is none."""
    failed_permits: int
    """How many permits of this proposal expired or were refused."""
    answer: JsonObject
    """How it ended, in words and codes; see `answer` in nodes.py."""
