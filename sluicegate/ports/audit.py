"""The audit log: append, read, prove, verify."""

from typing import Protocol

from sluicegate.domain.audit import AuditEntry, AuditProof, AuditRecord, AuditVerdict


class AuditLog(Protocol):
    """Append-only and hash-linked. Appending happens inside the transaction of what is logged."""

    def append(self, record: AuditRecord, *, once: str = "") -> AuditEntry:
        """Append a record after the current head, which stays locked until the transaction ends.

        `once` names a step that may be run again after a crash: where an entry of that name is
        there already, it is returned and nothing is appended.
        """
        ...

    def read(self, *, after_seq: int, limit: int) -> tuple[AuditEntry, ...]:
        """Return entries after a place (0 for the first), in order. Places count from 1."""
        ...

    def of_case(self, case_id: str) -> tuple[AuditEntry, ...]:
        """Return the entries of a case, in order."""
        ...

    def prove(self, seq: int) -> AuditProof:
        """Return the proof that an entry is under the current head; raise NotFound."""
        ...

    def verify(self) -> AuditVerdict:
        """Recompute every hash and link from the first entry to the head."""
        ...
