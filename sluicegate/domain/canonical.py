"""Canonical JSON (RFC 8785) and the digests made of it: one value, one byte string, one name."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import cast

import rfc8785

from sluicegate.domain.errors import NotCanonical

JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]

DIGEST_PREFIX = "sha256:"
INTEGER_MAX = 2**53 - 1
"""Largest integer that every JSON reader keeps exact (RFC 8785, section 3.2.2.3; RFC 7493)."""


def canonical_bytes(value: JsonValue) -> bytes:
    """Return the RFC 8785 bytes of a JSON value; raise NotCanonical where there are none."""
    try:
        # rfc8785 types its argument with invariant list and dict; ours is covariant.
        return rfc8785.dumps(cast("dict[str, object]", value))  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, RecursionError) as cause:
        raise NotCanonical(str(cause)) from cause


def sha256_digest(data: bytes) -> str:
    """Return ``sha256:`` and 64 hexadecimal digits."""
    return DIGEST_PREFIX + hashlib.sha256(data).hexdigest()


def digest_of(value: JsonValue) -> str:
    """Return the digest of a JSON value's canonical bytes."""
    return sha256_digest(canonical_bytes(value))
