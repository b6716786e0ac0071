"""Proposals and the gate's recorded decisions on them."""

from typing import Protocol

from sluicegate.domain.decision import Decision
from sluicegate.domain.gate_inputs import GateInputs
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.value import Digest, Natural, Value


class DecisionRecord(Value):
    """One run of the fold: everything that went in, and what came out. `seq` counts from 1 a
    proposal.
    """

    proposal_id: str
    seq: Natural
    inputs: GateInputs
    inputs_digest: Digest
    decision: Decision


class ProposalStore(Protocol):
    """Stores proposals. All calls happen inside the caller's transaction."""

    def submit(self, proposal: Proposal, *, now_ms: int) -> bool:
        """Store a proposal; False for an exact repeat; raise Conflict where its id came with other
        content.
        """
        ...

    def get(self, proposal_id: str) -> Proposal:
        """Return a proposal; raise NotFound."""
        ...

    def record_decision(self, record: DecisionRecord) -> None:
        """Append a decision; raise Conflict where that `seq` is taken (another evaluation was
        faster).
        """
        ...

    def decisions(self, proposal_id: str) -> tuple[DecisionRecord, ...]:
        """Return all decisions on a proposal, in order."""
        ...

    def of_case(self, case_id: str) -> tuple[Proposal, ...]:
        """Return the proposals of a case, oldest first."""
        ...
