"""What the API needs of the running service; `serving.bootstrap` builds it."""

from typing import Protocol

from serving.cases import CaseService
from sluicegate.domain.principal import Principal
from sluicegate.ports.clock import Clock
from sluicegate.ports.gate import GateClient
from sluicegate.ports.signing import PermitVerifier
from sluicegate.ports.unit_of_work import UnitOfWork


class ApiRuntime(Protocol):
    """The parts behind the routes. None of them can move money."""

    @property
    def cases(self) -> CaseService:
        """Return what opens, drives and shows cases."""
        ...

    @property
    def gate(self) -> GateClient:
        """Return the gate's client."""
        ...

    @property
    def store(self) -> UnitOfWork:
        """Return the database, in the service's role."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the clock."""
        ...

    @property
    def verifier(self) -> PermitVerifier:
        """Return what tells the gate's permits from others."""
        ...

    @property
    def reader_line(self) -> str:
        """Return the line that says which reader runs."""
        ...

    def authenticate(self, key: str) -> Principal:
        """Return who holds a key; raise Unauthenticated."""
        ...
