"""Proposals and the gate's decisions, in tables."""

from sqlalchemy import Connection, bindparam, select

from sluicegate.adapters.sql.statements import Statements
from sluicegate.adapters.sql.tables import GateDecision, ProposalRow, table_of
from sluicegate.domain.canonical import canonical_bytes, sha256_digest
from sluicegate.domain.decision import DECISION
from sluicegate.domain.errors import Conflict, NotFound
from sluicegate.domain.gate_inputs import GateInputs
from sluicegate.domain.proposal import Proposal
from sluicegate.ports.proposals import DecisionRecord

_P = table_of(ProposalRow).c
_D = table_of(GateDecision).c

_DIGEST = select(_P.digest).where(_P.id == bindparam("id"))
_BODY = select(_P.body).where(_P.id == bindparam("id"))
_OF_CASE = select(_P.body).where(_P.case_id == bindparam("case_id")).order_by(_P.place)
_DECISIONS = (
    select(_D.proposal_id, _D.seq, _D.inputs, _D.inputs_digest, _D.decision)
    .where(_D.proposal_id == bindparam("proposal_id"))
    .order_by(_D.seq)
)


class SqlProposals:
    """Implements the port ProposalStore."""

    def __init__(self, connection: Connection) -> None:
        self._sql = Statements(connection)

    def submit(self, proposal: Proposal, *, now_ms: int) -> bool:
        """Store a proposal; False for an exact repeat; raise Conflict for other content."""
        body = proposal.canonical()
        digest = sha256_digest(body)
        stored = self._sql.insert_new(
            ProposalRow,
            {
                "id": proposal.id,
                "case_id": proposal.case_id,
                "transaction_id": proposal.transaction_id,
                "digest": digest,
                "body": body.decode(),
                "submitted_at_ms": now_ms,
            },
        )
        if stored:
            return True
        earlier = self._sql.first(_DIGEST, {"id": proposal.id})
        if earlier is None or earlier[0] != digest:
            raise Conflict(
                f"Proposal {proposal.id} was handed in before, with other content.",
                next_step="A case proposes an action on a transaction once; look at that proposal.",
            )
        return False

    def get(self, proposal_id: str) -> Proposal:
        """Return a proposal; raise NotFound."""
        row = self._sql.first(_BODY, {"id": proposal_id})
        if row is None:
            raise NotFound(f"There is no proposal {proposal_id}.")
        return Proposal.from_json(str(row[0]))

    def record_decision(self, record: DecisionRecord) -> None:
        """Append a decision; raise Conflict where that `seq` is taken."""
        stored = self._sql.insert_new(
            GateDecision,
            {
                "proposal_id": record.proposal_id,
                "seq": record.seq,
                "outcome": record.decision.outcome,
                "inputs_digest": record.inputs_digest,
                "inputs": record.inputs.canonical().decode(),
                "decision": canonical_bytes(record.decision.as_json()).decode(),
                "evaluated_at_ms": record.inputs.evaluated_at_ms,
            },
        )
        if not stored:
            raise Conflict(
                f"Decision {record.seq} on proposal {record.proposal_id} is there already.",
                next_step="Another evaluation was faster; read its decision.",
            )

    def decisions(self, proposal_id: str) -> tuple[DecisionRecord, ...]:
        """Return all decisions on a proposal, in order."""
        rows = self._sql.all(_DECISIONS, {"proposal_id": proposal_id})
        return tuple(
            DecisionRecord(
                proposal_id=row.proposal_id,
                seq=row.seq,
                inputs=GateInputs.from_json(row.inputs),
                inputs_digest=row.inputs_digest,
                decision=DECISION.validate_json(row.decision),
            )
            for row in rows
        )

    def of_case(self, case_id: str) -> tuple[Proposal, ...]:
        """Return the proposals of a case, oldest first."""
        rows = self._sql.all(_OF_CASE, {"case_id": case_id})
        return tuple(Proposal.from_json(str(row[0])) for row in rows)
