"""One transaction: the stores it spans, committed together or not at all. Nobody commits in the
middle.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from sluicegate.ports.api_keys import ApiKeyStore
from sluicegate.ports.audit import AuditLog
from sluicegate.ports.cases import CaseStore
from sluicegate.ports.events import EventStore
from sluicegate.ports.ledger import Ledger
from sluicegate.ports.permits import PermitStore
from sluicegate.ports.proposals import ProposalStore
from sluicegate.ports.record import RecordReader
from sluicegate.ports.reviews import ReviewStore


class Transaction(Protocol):
    """The stores, bound to one database transaction."""

    @property
    def events(self) -> EventStore: ...
    @property
    def cases(self) -> CaseStore: ...
    @property
    def record(self) -> RecordReader: ...
    @property
    def proposals(self) -> ProposalStore: ...
    @property
    def reviews(self) -> ReviewStore: ...
    @property
    def permits(self) -> PermitStore: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def audit(self) -> AuditLog: ...
    @property
    def api_keys(self) -> ApiKeyStore: ...


class UnitOfWork(Protocol):
    """Opens transactions. What a role may not write, the database refuses."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a consistent snapshot; writing in it raises."""
        ...

    def write(self, seam: str) -> AbstractContextManager[Transaction]:
        """Open a transaction that commits on leaving and rolls back on an error.

        `seam` names the commit for fault tests: ``<seam>.before_commit`` and
        ``<seam>.after_commit``.
        """
        ...
