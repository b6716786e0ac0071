"""Signing and checking permits. The two sides are separate ports: the executor holds no private
key.
"""

from typing import Protocol

from sluicegate.domain.permit import Permit, PermitClaims


class PermitSigner(Protocol):
    """Held by the gate alone."""

    @property
    def key_id(self) -> str:
        """Return the name of the key."""
        ...

    def sign(self, claims: PermitClaims) -> Permit:
        """Return the claims with an Ed25519 signature over their canonical bytes."""
        ...


class PermitVerifier(Protocol):
    """Held by the executor and by anyone who checks the journal."""

    def verify(self, permit: Permit) -> PermitClaims:
        """Return the claims of an authentic permit; raise PermitInvalid for any other. Expiry is
        not looked at.
        """
        ...
