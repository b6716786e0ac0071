"""A local GGUF file through llama.cpp (`xllamacpp`), asked over its own server on loopback.

The server lives in this process, on an ephemeral port of 127.0.0.1 behind a key drawn at start:
by default it has neither key nor closed CORS, and other users of the machine reach loopback too.
"""

# The runtime is an optional extra without type information; it may or may not be installed.
# mypy: disable-error-code="import-not-found,import-untyped"

import hashlib
from pathlib import Path
from typing import Final, Protocol, Self

from pydantic import SecretStr

from sluicegate.adapters.llm.openai_compatible import OpenAiCompatibleModel
from sluicegate.domain.canonical import DIGEST_PREFIX
from sluicegate.domain.errors import ModelUnavailable
from sluicegate.ports.llm import LlmAnswer, LlmRequest, ModelInfo
from sluicegate.ports.nonce import NonceSource

ENDPOINT_KIND: Final = "local file"
CONTEXT_TOKENS: Final = 8_192
THREADS: Final = 1
"""Where the cores are shared, two threads fell from 16 to 1.6 tokens a second; one holds 16.6."""
PROMPT_CACHE_MIB: Final = 256
"""Keeps the part of the prompt that never changes; the runtime would take 8 GiB."""
_GGUF_MAGIC: Final = b"GGUF"
_QUIET: Final = -1


class _Server(Protocol):
    @property
    def listening_address(self) -> str: ...


class LlamaCppModel:
    """Implements the port LanguageModel. Close it, or use it in a ``with`` block."""

    def __init__(self, server: _Server, client: OpenAiCompatibleModel) -> None:
        self._server: _Server | None = server
        self._client = client

    @property
    def info(self) -> ModelInfo:
        """Return who answers, with the digest of the weights file as it was read."""
        return self._client.info

    def generate(self, request: LlmRequest) -> LlmAnswer:
        """Return the model's answer; raise ModelUnavailable on error, lateness, or once closed."""
        if self._server is None:
            raise ModelUnavailable("The local language model was closed.")
        return self._client.generate(request)

    def close(self) -> None:
        """Stop the server and free the weights."""
        self._client.close()
        self._server = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_local_model(
    path: Path,
    *,
    nonces: NonceSource,
    timeout_ms: int,
    name: str = "",
    expected_digest: str | None = None,
    threads: int = THREADS,
) -> LlamaCppModel:
    """Load a GGUF file and serve it to this process alone; raise ModelUnavailable where that fails.

    Takes about as long as hashing and mapping the file does: 8 s for 1.1 GB on two shared cores.
    """
    digest = _checked_digest(path, expected_digest)
    key = nonces.fresh()
    server = _start(path, key=key, threads=threads)
    info = ModelInfo(name=(name or path.stem)[:200], endpoint=ENDPOINT_KIND, weights_digest=digest)
    client = OpenAiCompatibleModel(
        url=f"{server.listening_address}/v1",
        model=info.name,
        api_key=SecretStr(key),
        timeout_ms=timeout_ms,
        info=info,
    )
    return LlamaCppModel(server, client)


def _checked_digest(path: Path, expected: str | None) -> str:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_GGUF_MAGIC))
            file.seek(0)
            digest = DIGEST_PREFIX + hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as cause:
        raise ModelUnavailable(
            f"The model file {path} cannot be read ({type(cause).__name__}).",
            next_step="Set SLUICEGATE_LLM_GGUF to a GGUF file, or run: make model",
        ) from None
    if magic != _GGUF_MAGIC:
        raise ModelUnavailable(
            f"{path} is not a GGUF file.",
            next_step="Set SLUICEGATE_LLM_GGUF to a GGUF file, or run: make model",
        )
    if expected is not None and digest != expected:
        raise ModelUnavailable(
            f"{path} is not the file that was chosen: its digest is {digest}.",
            next_step="Fetch or choose it again: make model",
        )
    return digest


def _start(path: Path, *, key: str, threads: int) -> _Server:
    try:
        # Here and not above: the runtime maps 34 MB that the other readers do without.
        import xllamacpp  # noqa: PLC0415
    except ImportError:
        raise ModelUnavailable(
            "The runtime for local language models is not installed.",
            next_step="Install it, and a small model, with: make model",
        ) from None
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.cors_origins = ""
    params.cors_credentials = False
    params.ui = False
    params.endpoint_slots = False
    params.endpoint_props = False
    params.endpoint_metrics = False
    params.offline = True
    params.verbosity = _QUIET
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.n_threads_http = 2
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.fit_params = False
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    try:
        server: _Server = xllamacpp.Server(params)
    except (RuntimeError, ValueError) as cause:
        raise ModelUnavailable(
            f"{path} could not be loaded ({type(cause).__name__}).",
            next_step="Choose another model: make model FROM=/path/to/model.gguf",
        ) from None
    return server
