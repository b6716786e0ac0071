"""Nonces from the operating system's generator."""

import secrets

_NONCE_BYTES = 16
_KEY_ID_BYTES = 4
_KEY_SECRET_BYTES = 32


class SecretsNonce:
    """Implements the port NonceSource: 128 random bits, so a repeat is not to be expected."""

    def fresh(self) -> str:
        """Return 32 hexadecimal digits."""
        return secrets.token_hex(_NONCE_BYTES)


def fresh_api_key() -> str:
    """Return a new API key: ``sg_<8 characters>_<43 characters>``, the latter 256 random bits."""
    return f"sg_{secrets.token_hex(_KEY_ID_BYTES)}_{secrets.token_urlsafe(_KEY_SECRET_BYTES)}"
