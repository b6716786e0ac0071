import importlib.util
from pathlib import Path

import pytest

from sluicegate.adapters.llm.llamacpp import open_local_model
from sluicegate.adapters.memory.nonce import SequenceNonce
from sluicegate.domain.errors import ModelUnavailable

INSTALLED = importlib.util.find_spec("xllamacpp") is not None


def open_at(path: Path, expected_digest: str | None = None) -> None:
    open_local_model(
        path, nonces=SequenceNonce(), timeout_ms=1_000, expected_digest=expected_digest
    ).close()


def test_a_file_that_is_not_there_or_no_gguf_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        open_at(tmp_path / "absent.gguf")
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"PK")
    with pytest.raises(ModelUnavailable, match="not a GGUF"):
        open_at(wrong)


def test_a_file_that_was_exchanged_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF other weights")
    with pytest.raises(ModelUnavailable, match="not the file that was chosen"):
        open_at(path, "sha256:" + "0" * 64)


@pytest.mark.skipif(INSTALLED, reason="xllamacpp is installed")
def test_without_the_runtime_the_next_step_is_make_model(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF")
    with pytest.raises(ModelUnavailable, match="not installed") as caught:
        open_at(path)
    assert "make model" in caught.value.next_step


@pytest.mark.skipif(not INSTALLED, reason="xllamacpp is not installed: make model")
def test_weights_that_cannot_be_loaded_are_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF" + b"\x00" * 64)
    with pytest.raises(ModelUnavailable, match="could not be loaded"):
        open_at(path)
