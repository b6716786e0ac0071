"""Linking entries, checking a chain of them, and proofs that an entry is under a head."""

from collections.abc import Iterable
from typing import NamedTuple

from sluicegate.domain.audit import (
    GENESIS_HASH,
    AuditEntry,
    AuditProof,
    AuditRecord,
    AuditVerdict,
    link_hash,
)


class Head(NamedTuple):
    """The place and hash of the newest entry."""

    seq: int
    hash: str


GENESIS = Head(0, GENESIS_HASH)
"""The head of an empty log."""


class Unreadable(NamedTuple):
    """A stored entry that is no entry any more."""

    seq: int
    problem: str


def link(head: Head, record: AuditRecord, record_digest: str = "") -> AuditEntry:
    """Return the entry that follows a head; who has the record's digest already may hand it in."""
    seq = head.seq + 1
    return AuditEntry(
        seq=seq,
        previous_hash=head.hash,
        record=record,
        hash=link_hash(seq, head.hash, record_digest or record.digest()),
    )


def problem_of(head: Head, entry: AuditEntry) -> str:
    """Say what is wrong with an entry that should follow a head; "" where nothing is."""
    if entry.seq != head.seq + 1:
        return f"entry {head.seq + 1} is missing; entry {entry.seq} stands in its place"
    if entry.previous_hash != head.hash:
        return f"entry {entry.seq} is not linked to the entry before it"
    if entry.hash != link_hash(entry.seq, entry.previous_hash, entry.record.digest()):
        return f"entry {entry.seq} is not what was logged: its hash does not fit its content"
    return ""


def verify(entries: Iterable[AuditEntry | Unreadable], head: Head) -> AuditVerdict:
    """Recompute every hash and link from the first entry to the head, in one pass, in order."""
    reached = GENESIS
    for entry in entries:
        problem = entry.problem if isinstance(entry, Unreadable) else problem_of(reached, entry)
        if problem or isinstance(entry, Unreadable):
            return _broken(reached, reached.seq + 1, problem)
        reached = Head(entry.seq, entry.hash)
    if reached == head:
        return AuditVerdict(entries=reached.seq, head_hash=reached.hash, ok=True)
    if reached.seq < head.seq:
        return _broken(reached, reached.seq + 1, f"entries after {reached.seq} are missing")
    return _broken(reached, min(reached.seq, head.seq + 1), "the head does not name the last entry")


def _broken(reached: Head, seq: int, problem: str) -> AuditVerdict:
    return AuditVerdict(
        entries=reached.seq, head_hash=reached.hash, ok=False, first_bad_seq=seq, problem=problem
    )


def proof_holds(proof: AuditProof) -> bool:
    """Say whether the proof's entry, and the digests after it, lead to the head that it names.

    The head itself has to come from someone who is trusted: anyone can make a chain of their own.
    """
    entry = proof.entry
    if entry.hash != link_hash(entry.seq, entry.previous_hash, entry.record.digest()):
        return False
    reached = Head(entry.seq, entry.hash)
    for digest in proof.following:
        seq = reached.seq + 1
        reached = Head(seq, link_hash(seq, reached.hash, digest))
    return reached == Head(proof.head_seq, proof.head_hash)
