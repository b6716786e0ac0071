"""The stores, bound to one connection that is in a transaction."""

from functools import cached_property

from sqlalchemy import Connection

from sluicegate.adapters.sql.api_keys import SqlApiKeys
from sluicegate.adapters.sql.audit import SqlAuditLog
from sluicegate.adapters.sql.cases import SqlCases
from sluicegate.adapters.sql.events import SqlEvents
from sluicegate.adapters.sql.ledger import SqlLedger
from sluicegate.adapters.sql.permits import SqlPermits
from sluicegate.adapters.sql.proposals import SqlProposals
from sluicegate.adapters.sql.record import SqlRecord
from sluicegate.adapters.sql.reviews import SqlReviews


class SqlTransaction:
    """Implements the port Transaction. Of no use once the transaction has ended."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def events(self) -> SqlEvents:
        """The inbox, the outbox and the spine."""
        return SqlEvents(self.connection)

    @cached_property
    def cases(self) -> SqlCases:
        """The cases."""
        return SqlCases(self.connection)

    @cached_property
    def record(self) -> SqlRecord:
        """The bank's record."""
        return SqlRecord(self.connection)

    @cached_property
    def proposals(self) -> SqlProposals:
        """Proposals and decisions."""
        return SqlProposals(self.connection)

    @cached_property
    def reviews(self) -> SqlReviews:
        """Reviews."""
        return SqlReviews(self.connection)

    @cached_property
    def permits(self) -> SqlPermits:
        """Permits."""
        return SqlPermits(self.connection)

    @cached_property
    def ledger(self) -> SqlLedger:
        """Accounts and journal."""
        return SqlLedger(self.connection)

    @cached_property
    def audit(self) -> SqlAuditLog:
        """The audit log."""
        return SqlAuditLog(self.connection)

    @cached_property
    def api_keys(self) -> SqlApiKeys:
        """API keys."""
        return SqlApiKeys(self.connection)
