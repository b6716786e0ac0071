"""Who is calling, by their API key: the same for the service's routes and the gate's reviews."""

from sluicegate.domain.errors import Unauthenticated
from sluicegate.domain.principal import Principal
from sluicegate.ports.unit_of_work import UnitOfWork


def authenticate(store: UnitOfWork, key: str) -> Principal:
    """Return who holds a key; raise Unauthenticated for an unknown or disabled one."""
    with store.read() as tx:
        principal = tx.api_keys.authenticate(key)
    if principal is None:
        raise Unauthenticated(
            "The key is not known or was disabled.",
            next_step="Give your own API key (--key, SLUICEGATE_KEY, Authorization header).",
        )
    return principal
