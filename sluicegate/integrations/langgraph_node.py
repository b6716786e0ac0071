"""The gate as a LangGraph node, for anyone's graph: a proposal in the state goes in, a decision
comes out.

The node may run any number of times with the same proposal: the gate answers a repeat alike. What
it writes into the state tells people and routes the graph; nothing that carries out an action
believes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import ValidationError

from sluicegate.domain.canonical import JsonValue, canonical_bytes
from sluicegate.domain.errors import InvalidInput
from sluicegate.domain.proposal import Proposal
from sluicegate.integrations.graph_check import declare_gate
from sluicegate.integrations.graph_paths import Builder
from sluicegate.ports.gate import GateAnswer, GateClient

PROPOSAL_KEY: Final = "proposal"
ANSWER_KEY: Final = "gate_answer"
GATE: Final = "gate"

Outcome = Literal["allowed", "needs_review", "denied"]


@dataclass(frozen=True, slots=True)
class GateNode:
    """A node that submits ``state[proposal_key]`` and writes the answer to ``answer_key``, both as
    JSON.
    """

    client: GateClient
    proposal_key: str = PROPOSAL_KEY
    answer_key: str = ANSWER_KEY

    def __call__(self, state: Mapping[str, Any]) -> dict[str, JsonValue]:
        """Submit the proposal; raise InvalidInput where the state holds none, GateUnavailable or
        Conflict.
        """
        return {self.answer_key: self.submit(state).as_json()}

    def submit(self, state: Mapping[str, Any]) -> GateAnswer:
        """Submit the proposal of a state and return the gate's answer."""
        return self.client.submit(read_proposal(state.get(self.proposal_key)))

    def route(self, state: Mapping[str, Any]) -> Outcome:
        """Return the outcome of the last answer, for conditional edges with all three in their path
        map.
        """
        outcome = read_answer(state.get(self.answer_key)).decision.outcome
        return outcome


def read_proposal(given: object) -> Proposal:
    """Return the proposal in a piece of state; raise InvalidInput where it is none."""
    try:
        return Proposal.from_json(_json(given))
    except ValidationError:
        raise InvalidInput(
            "The state holds no valid proposal.",
            next_step="Let a node declared to propose write one before the gate.",
        ) from None


def read_answer(given: object) -> GateAnswer:
    """Return the gate's answer in a piece of state; raise InvalidInput where it is none."""
    try:
        return GateAnswer.from_json(_json(given))
    except ValidationError:
        raise InvalidInput(
            "The state holds no answer of the gate.", next_step="Let the gate node run before."
        ) from None


def add_gate(
    builder: Builder,
    client: GateClient,
    *,
    allowed: str,
    needs_review: str,
    denied: str,
    name: str = GATE,
) -> GateNode:
    """Add a gate node with its metadata and its three ways on; return it."""
    node = GateNode(client)
    action: Any = node.__call__  # LangGraph wants to know the state's class; ours may be any
    builder.add_node(name, action, metadata=declare_gate())
    builder.add_conditional_edges(
        name,
        node.route,
        {"allowed": allowed, "needs_review": needs_review, "denied": denied},
    )
    return node


def _json(given: object) -> bytes:
    # Strict values take enums and tuples from JSON only, and state is JSON.
    return canonical_bytes(given if isinstance(given, dict) else None)
