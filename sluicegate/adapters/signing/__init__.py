"""Ed25519 signatures over permits (RFC 8032)."""
