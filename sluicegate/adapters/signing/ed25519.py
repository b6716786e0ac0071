"""Ed25519 (RFC 8032): the gate signs permits, everyone else can only check them."""

import hashlib
import os
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from sluicegate.domain.errors import InvalidInput, PermitInvalid, Unavailable
from sluicegate.domain.permit import Permit, PermitClaims

_KEY_ID_DIGITS: Final = 16
_PRIVATE_MODE: Final = 0o600
_PUBLIC_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o700
_OTHERS_MAY_READ: Final = 0o077
_KEY_BYTES_MAX: Final = 16_384


def key_id_of(public_key: Ed25519PublicKey) -> str:
    """Return a key's name: the first 16 hexadecimal digits of the SHA-256 of its 32 raw bytes."""
    return hashlib.sha256(public_key.public_bytes_raw()).hexdigest()[:_KEY_ID_DIGITS]


class Ed25519Signer:
    """Implements the port PermitSigner. Its text form never shows the key."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        self._key_id = key_id_of(private_key.public_key())

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a PEM private key; raise Unavailable where there is none, InvalidInput for another.

        A file that other users may read is refused: a key that leaked silently is worse than none.
        """
        raw = _read(path)
        if path.stat().st_mode & _OTHERS_MAY_READ:
            raise InvalidInput(
                f"The private key {path.name} can be read by other users.",
                next_step=f"Run chmod 600 {path}, and think about who has read it.",
            )
        try:
            key = load_pem_private_key(raw, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise _not_a_key(path) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise _not_a_key(path)
        return cls(key)

    @property
    def key_id(self) -> str:
        """Return the name of the key."""
        return self._key_id

    def sign(self, claims: PermitClaims) -> Permit:
        """Return the claims with an Ed25519 signature over their canonical bytes."""
        signature = self._private_key.sign(claims.canonical())
        return Permit(claims=claims, key_id=self._key_id, signature=signature.hex())


class Ed25519Verifier:
    """Implements the port PermitVerifier with one trusted public key."""

    def __init__(self, public_key: Ed25519PublicKey) -> None:
        self._public_key = public_key
        self._key_id = key_id_of(public_key)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a PEM public key; raise Unavailable where it is missing, InvalidInput otherwise."""
        raw = _read(path)
        try:
            key = load_pem_public_key(raw)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise _not_a_key(path) from None
        if not isinstance(key, Ed25519PublicKey):
            raise _not_a_key(path)
        return cls(key)

    @property
    def key_id(self) -> str:
        """Return the name of the key."""
        return self._key_id

    def verify(self, permit: Permit) -> PermitClaims:
        """Return the claims of an authentic permit; raise PermitInvalid for any other."""
        if permit.key_id != self._key_id:
            raise PermitInvalid(
                f"The permit is signed with key {permit.key_id[:40]}, which is not the gate's."
            )
        try:
            self._public_key.verify(bytes.fromhex(permit.signature), permit.claims.canonical())
        except InvalidSignature:
            raise PermitInvalid("The permit's signature does not fit what it claims.") from None
        return permit.claims


def generate_key_files(private_path: Path, public_path: Path) -> str:
    """Make a key pair, the private file for its owner's eyes only, and return the key's name.

    Raise InvalidInput where both files are there already: a key is never overwritten. Where only
    the public file is missing, it is made anew from the private one.
    """
    for path in (private_path, public_path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
    if private_path.exists() and not public_path.exists():
        private_key = Ed25519Signer.from_file(private_path)._private_key
    else:
        private_key = Ed25519PrivateKey.generate()
        pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_new(private_path, pem, _PRIVATE_MODE)
    public_key = private_key.public_key()
    pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _write_new(public_path, pem, _PUBLIC_MODE)
    return key_id_of(public_key)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a whole file under its final name or none: a cut-off key would never be replaced."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)  # unlike a rename, it fails where the name is taken
    except FileExistsError:
        raise InvalidInput(
            f"There is a key {path.name} already.",
            next_step="Move it away first; permits signed with it will no longer verify.",
        ) from None
    finally:
        part.unlink()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_KEY_BYTES_MAX)
    except OSError as cause:
        raise Unavailable(
            f"The key {path.name} cannot be read: {cause.strerror}.",
            next_step="Set the deployment up first, or correct the path.",
        ) from None


def _not_a_key(path: Path) -> InvalidInput:
    return InvalidInput(
        f"{path.name} holds no Ed25519 key in PEM form.", next_step="Make a new pair of keys."
    )
