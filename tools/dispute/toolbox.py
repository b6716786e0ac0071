"""All tools for card disputes, over the ports that they read through."""

from dataclasses import dataclass

from sluicegate.domain.proposal import Proposal
from sluicegate.domain.score import Score
from sluicegate.ports.features import FeatureSource
from sluicegate.ports.record import RecordReader
from sluicegate.ports.scoring import Scorer
from tools.dispute.lookup_transaction import LookupArgs, TransactionRecord, lookup_transaction
from tools.dispute.network_reason_code import NetworkReasons, ReasonArgs, network_reason_code
from tools.dispute.propose_provisional_credit import ProposeArgs, propose_provisional_credit
from tools.dispute.regulatory_clock import ClockArgs, RegulatoryClock, regulatory_clock
from tools.dispute.score_dispute import ScoreArgs, score_dispute
from tools.registry import Tool, ToolRegistry


@dataclass(frozen=True, slots=True)
class DisputeTools:
    """The tools by their purpose, with their types kept."""

    lookup: Tool[LookupArgs, TransactionRecord]
    score: Tool[ScoreArgs, Score]
    reasons: Tool[ReasonArgs, NetworkReasons]
    clock: Tool[ClockArgs, RegulatoryClock]
    propose: Tool[ProposeArgs, Proposal]

    def registry(self) -> ToolRegistry:
        """Return them by name, as an agent is given them."""
        return ToolRegistry((self.lookup, self.score, self.reasons, self.clock, self.propose))


def dispute_tools(record: RecordReader, features: FeatureSource, scorer: Scorer) -> DisputeTools:
    """Return the tools over what they read."""
    return DisputeTools(
        lookup=lookup_transaction(record),
        score=score_dispute(features, scorer),
        reasons=network_reason_code(),
        clock=regulatory_clock(),
        propose=propose_provisional_credit(),
    )
