"""Audit entries: one for every step that matters, each linked to the one before by hash."""

import hashlib
from typing import Annotated

from pydantic import Field
from pydantic import JsonValue as PydanticJson

from sluicegate.domain.canonical import DIGEST_PREFIX, canonical_bytes
from sluicegate.domain.value import Digest, Name, Natural, TimestampMs, Value

GENESIS_HASH = DIGEST_PREFIX + "0" * 64


class AuditRecord(Value):
    """What is to be logged. No personal data in clear: digests, ids, codes and amounts."""

    kind: Annotated[str, Field(pattern=r"^[a-z]+(\.[a-z_]+)+$")]
    at_ms: TimestampMs
    actor: Name
    case_id: Name | None = None
    event_id: Name | None = None
    event_digest: Digest | None = None
    model: Name | None = None
    prompt_digest: Digest | None = None
    policy_digest: Digest | None = None
    data_digest: Digest | None = None
    body: dict[str, PydanticJson] = Field(default_factory=dict)


class AuditEntry(Value):
    """A logged record: its place, the hash of the entry before, and its own hash over both."""

    seq: Natural
    previous_hash: Digest
    record: AuditRecord
    hash: Digest


class AuditProof(Value):
    """That `entry` is under `head_hash`: the record digests of every later entry, in order."""

    entry: AuditEntry
    following: tuple[Digest, ...]
    head_seq: Natural
    head_hash: Digest


class AuditVerdict(Value):
    """The result of checking a log. `first_bad_seq` is set where it does not hold."""

    entries: Natural
    head_hash: Digest
    ok: bool
    first_bad_seq: Natural | None = None
    problem: str = ""


def link_hash(seq: int, previous_hash: str, record_digest: str) -> str:
    """Return the hash of an entry: SHA-256 over the canonical JSON of place, predecessor and record
    digest.
    """
    link = canonical_bytes({"seq": seq, "previous": previous_hash, "record": record_digest})
    return DIGEST_PREFIX + hashlib.sha256(link).hexdigest()
