"""Permits are signed by one key and checked by all; key files are never overwritten."""

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from sluicegate.adapters.signing.ed25519 import (
    Ed25519Signer,
    Ed25519Verifier,
    generate_key_files,
    key_id_of,
)
from sluicegate.domain.errors import InvalidInput, PermitInvalid, Unavailable
from tests.builders import OTHER_DIGEST, a_proposal
from tests.conformance.stored import claims_of

CLAIMS = claims_of(a_proposal())


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "keys" / "gate.pem", tmp_path / "keys" / "gate.pub"
    generate_key_files(private, public)
    return private, public


def test_a_signed_permit_verifies_and_signing_is_deterministic(keys: tuple[Path, Path]) -> None:
    signer, verifier = Ed25519Signer.from_file(keys[0]), Ed25519Verifier.from_file(keys[1])
    permit = signer.sign(CLAIMS)
    assert verifier.verify(permit) == CLAIMS
    assert signer.sign(CLAIMS) == permit
    assert permit.key_id == signer.key_id == verifier.key_id


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": CLAIMS.amount_minor + 1},
        {"credit_account_id": "acc_mine"},
        {"transaction_id": "txn_other"},
        {"expires_at_ms": CLAIMS.expires_at_ms + 1},
        {"nonce": "f" * 32},
        {"subject_digest": OTHER_DIGEST},
        {"review_digest": OTHER_DIGEST},
    ],
)
def test_a_permit_of_which_anything_was_changed_is_invalid(
    keys: tuple[Path, Path], change: dict[str, object]
) -> None:
    permit = Ed25519Signer.from_file(keys[0]).sign(CLAIMS)
    forged = permit.model_copy(update={"claims": CLAIMS.model_copy(update=change)})
    with pytest.raises(PermitInvalid):
        Ed25519Verifier.from_file(keys[1]).verify(forged)


def test_a_permit_of_another_key_is_invalid_under_either_name(keys: tuple[Path, Path]) -> None:
    verifier = Ed25519Verifier.from_file(keys[1])
    permit = Ed25519Signer(Ed25519PrivateKey.generate()).sign(CLAIMS)
    with pytest.raises(PermitInvalid):
        verifier.verify(permit)
    with pytest.raises(PermitInvalid):
        verifier.verify(permit.model_copy(update={"key_id": verifier.key_id}))
    with pytest.raises(PermitInvalid):
        verifier.verify(permit.model_copy(update={"signature": "00" * 64}))


def test_the_key_id_is_the_start_of_the_hash_of_the_raw_key() -> None:
    public = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    assert key_id_of(public) == hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def test_key_files_are_for_their_owner_and_never_overwritten(keys: tuple[Path, Path]) -> None:
    private, public = keys
    assert private.stat().st_mode & 0o777 == 0o600
    assert private.parent.stat().st_mode & 0o777 == 0o700
    before = private.read_bytes(), public.read_bytes()
    with pytest.raises(InvalidInput):
        generate_key_files(private, public)
    assert (private.read_bytes(), public.read_bytes()) == before
    assert sorted(path.name for path in private.parent.iterdir()) == ["gate.pem", "gate.pub"]


def test_a_lost_public_file_is_made_anew_from_the_private_one(keys: tuple[Path, Path]) -> None:
    private, public = keys
    before = public.read_bytes()
    public.unlink()
    generate_key_files(private, public)
    assert public.read_bytes() == before


def test_a_private_key_that_others_can_read_is_refused(keys: tuple[Path, Path]) -> None:
    keys[0].chmod(0o644)
    with pytest.raises(InvalidInput, match="other users"):
        Ed25519Signer.from_file(keys[0])


def test_missing_and_wrong_files_are_named(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    with pytest.raises(Unavailable):
        Ed25519Signer.from_file(tmp_path / "none")
    with pytest.raises(Unavailable):
        Ed25519Verifier.from_file(tmp_path / "none")
    curve = generate_private_key(SECP256R1())
    private, public = tmp_path / "ec.pem", tmp_path / "ec.pub"
    private.touch(mode=0o600)
    private.write_bytes(curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(
        curve.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(InvalidInput):
        Ed25519Signer.from_file(private)
    for wrong in (public, keys[0]):
        with pytest.raises(InvalidInput):
            Ed25519Verifier.from_file(wrong)


def test_a_signer_does_not_show_its_key(keys: tuple[Path, Path]) -> None:
    signer = Ed25519Signer.from_file(keys[0])
    assert "PRIVATE" not in repr(signer)
    assert keys[0].read_text().splitlines()[1] not in repr(vars(signer))
