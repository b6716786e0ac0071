"""API keys: who is calling. Keys are hashed at rest; nobody can read one back."""

from typing import Protocol

from sluicegate.domain.principal import Principal


class ApiKeyStore(Protocol):
    """Stores key hashes. All calls happen inside the caller's transaction."""

    def add(self, key: str, principal: Principal, *, now_ms: int) -> None:
        """Store the hash of a key for a principal."""
        ...

    def authenticate(self, key: str) -> Principal | None:
        """Return who holds the key, in constant time over its secret part; None for an unknown or
        disabled one.
        """
        ...

    def disable(self, principal_id: str) -> int:
        """Disable all keys of a principal; return how many there were."""
        ...

    def principals(self) -> tuple[Principal, ...]:
        """Return the holders of live keys."""
        ...
