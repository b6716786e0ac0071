"""One typed settings object, read once at the start of each process, and nowhere else.

Every field can be set by an environment variable: ``SLUICEGATE_`` and its name in capitals.
"""

import os
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sluicegate.domain.errors import InvalidInput

PROJECT_ROOT = Path(__file__).resolve().parent.parent

_PASSED_ON = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"),
        *("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "VIRTUAL_ENV"),
        *("LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE"),
        *("PGPASSWORD", "PGPASSFILE", "PGSSLMODE", "PGSSLROOTCERT"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR"),
    }
)
_MODEL = tuple(f"SLUICEGATE_LLM_{part}" for part in ("URL", "MODEL", "API_KEY", "GGUF"))
_PROXIES = tuple(
    name
    for upper in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    for name in (upper, upper.lower())
)
_KEPT_BACK = frozenset({"SLUICEGATE_KEY", *_MODEL})


class Settings(BaseSettings):
    """What a deployment chooses. The defaults need no set-up."""

    model_config = SettingsConfigDict(env_prefix="SLUICEGATE_", frozen=True, extra="ignore")

    data_dir: Path = PROJECT_ROOT / "var"
    """Database, keys, trained models and run files of the embedded default."""

    database_url: str = ""
    """SQLAlchemy URL of this process's own login; empty: SQLite in `data_dir`."""
    checkpoint_url: str = ""
    """Where graph checkpoints go: a postgresql:// URL; empty: SQLite in `data_dir`."""

    demo_bank: bool | None = None
    """Whether set-up seeds the synthetic bank and demo keys; unset: only in the embedded database.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    gate_url: str = ""
    """Address of the gate process; empty: the one that its run file in `data_dir` names."""

    policies_dir: Path = PROJECT_ROOT / "policies"
    opa_url: str = ""
    """An OPA server to ask instead of the in-process engine, such as http://127.0.0.1:8181."""
    policy_timeout_ms: int = Field(default=2_000, ge=1)

    llm_url: str = ""
    """An OpenAI-compatible endpoint, such as http://127.0.0.1:8080/v1."""
    llm_model: str = ""
    """The model's name at that endpoint."""
    llm_api_key: SecretStr = SecretStr("")
    llm_gguf: Path | None = None
    """A local GGUF file; empty: the one that `make model` put into the cache, if any."""
    llm_timeout_ms: int = Field(default=120_000, ge=1)
    model_cache_dir: Path = Field(
        default_factory=lambda: Path.home() / ".cache" / "sluicegate" / "models"
    )

    executor_poll_ms: int = Field(default=50, ge=1)
    receipt_timeout_ms: int = Field(default=10_000, ge=1)
    """How long a graph waits for the executor before it calls the outcome not known yet."""

    case_lease_ms: int = Field(default=15_000, ge=100)
    """How long a silent driver keeps a case; after a crash another one waits this long."""

    crash_at: str = ""
    """Crash point at which this process kills itself, ``name`` or ``name#n``; fault tests only."""

    @field_validator("data_dir", "policies_dir", "model_cache_dir", "llm_gguf")
    @classmethod
    def _from_the_root(cls, path: Path | None) -> Path | None:
        # Processes are started elsewhere than where the variable was typed.
        return path.expanduser().absolute() if path is not None else None

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if self.llm_url and self.llm_gguf:
            raise ValueError("set llm_url or llm_gguf, not both")
        if self.llm_url and not self.llm_model:
            raise ValueError("llm_url needs llm_model, the model's name at that endpoint")
        return self

    @property
    def effective_database_url(self) -> str:
        """Return the database's URL with the embedded default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'sluicegate.db'}"

    @property
    def seeds_demo_bank(self) -> bool:
        """Say whether set-up makes the synthetic bank: never unasked in a database of someone
        else's.
        """
        return self.demo_bank if self.demo_bank is not None else not self.database_url

    @property
    def effective_checkpoint_url(self) -> str:
        """Return the checkpoint store's URL with the embedded default filled in."""
        return self.checkpoint_url or f"sqlite:///{self.data_dir / 'checkpoints.db'}"

    @property
    def keys_dir(self) -> Path:
        """Return the folder of keys; the gate's private key and the service token are readable by
        their owner only.
        """
        return self.data_dir / "keys"

    @property
    def gate_private_key(self) -> Path:
        """Return the file of the gate's private key; the gate process alone reads it."""
        return self.keys_dir / "gate_ed25519.pem"

    @property
    def gate_public_key(self) -> Path:
        """Return the file of the gate's public key, by which the executor knows a permit."""
        return self.keys_dir / "gate_ed25519.pub"

    @property
    def gate_token(self) -> Path:
        """Return the file of the token that the service shows to the gate."""
        return self.keys_dir / "gate.token"

    @property
    def models_dir(self) -> Path:
        """Return the folder of trained models."""
        return self.data_dir / "models"

    @property
    def dispute_risk_model(self) -> Path:
        """Return the file of the dispute risk model."""
        return self.models_dir / "dispute_risk.ubj"

    @property
    def reader_model(self) -> Path:
        """Return the file of the linear text classifier."""
        return self.models_dir / "dispute_reader.json"

    @property
    def log_dir(self) -> Path:
        """Return the folder of what our processes say."""
        return self.data_dir / "log"

    @property
    def run_dir(self) -> Path:
        """Return the folder where processes say their address."""
        return self.data_dir / "run"


def read_settings() -> Settings:
    """Read the settings from the environment; raise InvalidInput naming what is wrong."""
    try:
        return Settings()
    except ValidationError as cause:
        wrong = "; ".join(
            f"SLUICEGATE_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
            if item["loc"]
            else item["msg"]
            for item in cause.errors(include_input=False, include_url=False)
        )
        raise InvalidInput(
            f"Settings are wrong: {wrong}.", next_step="Correct the environment variables."
        ) from None


def refuse_tracing() -> None:
    """Switch off LangSmith tracing in this process, whatever the environment says.

    It would send graph state and prompts, personal data included, to a machine that no routing
    policy has looked at.
    """
    for vendor in ("LANGSMITH", "LANGCHAIN"):
        for switch in ("TRACING", "TRACING_V2"):
            os.environ[f"{vendor}_{switch}"] = "false"


def keep_files_private() -> int:
    """Let files that this process makes be read by its user alone: narratives stand in some.

    Return the mask that was there before.
    """
    return os.umask(0o077)


def worker_environment(settings: Settings) -> dict[str, str]:
    """Return what a process that we start gets of our environment: no key, no model credential.

    Settings are passed on by name, those of language models and of people's keys left out, and
    paths as they were understood here.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or (name.startswith("SLUICEGATE_") and name not in _KEPT_BACK)
    }
    return {
        **kept,
        "SLUICEGATE_DATA_DIR": str(settings.data_dir),
        "SLUICEGATE_POLICIES_DIR": str(settings.policies_dir),
        "SLUICEGATE_MODEL_CACHE_DIR": str(settings.model_cache_dir),
    }


def service_environment(settings: Settings) -> dict[str, str]:
    """Return a worker's environment with the settings of the language model, which it asks."""
    model = {name: os.environ[name] for name in (*_MODEL, *_PROXIES) if name in os.environ}
    if settings.llm_gguf is not None:
        model["SLUICEGATE_LLM_GGUF"] = str(settings.llm_gguf)
    return worker_environment(settings) | model
