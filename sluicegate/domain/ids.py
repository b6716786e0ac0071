"""Names of things. Most are derived from content, so that a repeat arrives at the same name."""

import base64
import hashlib
from typing import NewType

EventId = NewType("EventId", str)
CaseId = NewType("CaseId", str)
ProposalId = NewType("ProposalId", str)
ReviewId = NewType("ReviewId", str)
PermitId = NewType("PermitId", str)
EntryId = NewType("EntryId", str)

_DIGEST_BYTES = 15
"""120 bits: 24 base32 characters with no padding; a collision needs about 2**60 names."""


def derive_id(prefix: str, *parts: str) -> str:
    """Return ``prefix_`` and 24 lower-case base32 characters, the same for the same parts.

    Parts are length-prefixed before hashing, so ("ab", "c") and ("a", "bc") differ.
    """
    hasher = hashlib.sha256()
    for part in (prefix, *parts):
        raw = part.encode()
        hasher.update(len(raw).to_bytes(8, "big"))
        hasher.update(raw)
    text = base64.b32encode(hasher.digest()[:_DIGEST_BYTES]).decode().lower()
    return f"{prefix}_{text}"
