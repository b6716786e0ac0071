"""API keys: ``sg_``, 8 characters to look them up by, ``_``, and 43 secret ones; hashed at rest.

The secret part is 256 random bits, so a plain salted SHA-256 is right: there is nothing to guess,
and a slow password hash would only cost every request its time.
"""

import hashlib
import hmac
import json
import re
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from sluicegate.adapters.sql.statements import Statements
from sluicegate.adapters.sql.tables import ApiKeyRow, table_of
from sluicegate.adapters.system.nonce import SecretsNonce, fresh_api_key
from sluicegate.domain.errors import Conflict, InvalidInput
from sluicegate.domain.principal import Principal, Role

_KEY = re.compile(r"sg_(?P<id>[A-Za-z0-9]{8})_(?P<secret>[A-Za-z0-9_-]{43})", re.ASCII)
_NO_SALT: Final = "0" * 32

_K = table_of(ApiKeyRow).c
_FIELDS = (_K.principal_id, _K.roles, _K.salt, _K.secret_hash, _K.disabled)
_GET = select(*_FIELDS).where(_K.id == bindparam("id"))
_DISABLE = (
    update(table_of(ApiKeyRow))
    .where(_K.principal_id == bindparam("principal"), _K.disabled.is_(False))
    .values(disabled=True)
)
_LIVE = (
    select(_K.principal_id, _K.roles)
    .where(_K.disabled.is_(False))
    .order_by(_K.principal_id, _K.created_at_ms, _K.id)
)


class SqlApiKeys:
    """Implements the port ApiKeyStore."""

    def __init__(self, connection: Connection) -> None:
        self._sql = Statements(connection)

    def mint(self) -> str:
        """Return a new key, to be shown once; nothing is stored until it is added."""
        return fresh_api_key()

    def add(self, key: str, principal: Principal, *, now_ms: int) -> None:
        """Store the hash of a key for a principal; the same again changes nothing.

        Raise InvalidInput for a key of another shape, Conflict where its public part is taken.
        """
        match = _KEY.fullmatch(key)
        if match is None:
            raise InvalidInput(
                "This is not an API key of ours.", next_step="Let the seed or an admin make one."
            )
        salt = SecretsNonce().fresh()
        stored = self._sql.insert_new(
            ApiKeyRow,
            {
                "id": match["id"],
                "principal_id": principal.id,
                "roles": _roles_text(principal),
                "salt": salt,
                "secret_hash": _hash(salt, match["secret"]),
                "disabled": False,
                "created_at_ms": now_ms,
            },
        )
        if not stored and self.authenticate(key) != principal:
            raise Conflict("Another key has this public part, or the key was disabled.")

    def authenticate(self, key: str) -> Principal | None:
        """Return who holds the key; None for an unknown, disabled or misshapen one."""
        match = _KEY.fullmatch(key)
        if match is None:
            return None
        row = self._sql.first(_GET, {"id": match["id"]})
        # An unknown public part costs the same hash and comparison as a known one.
        salt, wanted = (row.salt, row.secret_hash) if row is not None else (_NO_SALT, "")
        right = hmac.compare_digest(_hash(salt, match["secret"]), wanted)
        if row is None or row.disabled or not right:
            return None
        return _principal(str(row.principal_id), str(row.roles))

    def disable(self, principal_id: str) -> int:
        """Disable all keys of a principal; return how many there were."""
        return self._sql.change(_DISABLE, {"principal": principal_id})

    def principals(self) -> tuple[Principal, ...]:
        """Return the holders of live keys, each once."""
        held = [_principal(str(row[0]), str(row[1])) for row in self._sql.all(_LIVE, {})]
        return tuple(dict.fromkeys(held))


def _hash(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}:{secret}".encode()).hexdigest()


def _roles_text(principal: Principal) -> str:
    return json.dumps([role.value for role in principal.roles])


def _principal(principal_id: str, roles: str) -> Principal:
    return Principal(id=principal_id, roles=tuple(Role(role) for role in json.loads(roles)))
