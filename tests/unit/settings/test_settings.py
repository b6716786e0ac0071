"""Settings come from the environment and are refused by name; tracing reaches nobody."""

from pathlib import Path

import pytest
from langsmith.utils import get_env_var, tracing_is_enabled

from sluicegate.domain.errors import InvalidInput
from sluicegate.settings import (
    Settings,
    read_settings,
    refuse_tracing,
    service_environment,
    worker_environment,
)


def test_defaults_need_no_environment(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert settings.effective_database_url == f"sqlite:///{tmp_path}/sluicegate.db"
    assert settings.seeds_demo_bank


def test_somebody_elses_database_is_not_seeded_unasked() -> None:
    assert not Settings(database_url="postgresql://bank/records").seeds_demo_bank


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_PORT", "a lot")
    with pytest.raises(InvalidInput, match="SLUICEGATE_PORT"):
        read_settings()


def test_two_models_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_LLM_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(InvalidInput, match="llm_model"):
        read_settings()
    monkeypatch.setenv("SLUICEGATE_LLM_MODEL", "m")
    monkeypatch.setenv("SLUICEGATE_LLM_GGUF", "/tmp/m.gguf")
    with pytest.raises(InvalidInput, match="not both"):
        read_settings()


def test_a_key_does_not_show_in_the_text_of_settings() -> None:
    settings = Settings.model_validate({"llm_api_key": "sk-very-secret"})
    assert "sk-very-secret" not in repr(settings)


def test_tracing_is_switched_off_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for vendor in ("LANGSMITH", "LANGCHAIN"):
        for switch in ("TRACING", "TRACING_V2"):
            monkeypatch.setenv(f"{vendor}_{switch}", "true")
    get_env_var.cache_clear()  # type: ignore[attr-defined]
    assert tracing_is_enabled()
    get_env_var.cache_clear()  # type: ignore[attr-defined]
    refuse_tracing()
    assert not tracing_is_enabled()
    get_env_var.cache_clear()  # type: ignore[attr-defined]


def test_a_relative_path_means_the_folder_where_it_was_typed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATA_DIR", "POLICIES_DIR", "MODEL_CACHE_DIR", "LLM_GGUF"):
        monkeypatch.setenv(f"SLUICEGATE_{name}", f"mine/{name}")
    settings = read_settings()
    assert settings.data_dir == tmp_path / "mine/DATA_DIR"
    given = service_environment(settings)
    for name in ("DATA_DIR", "POLICIES_DIR", "MODEL_CACHE_DIR", "LLM_GGUF"):
        assert given[f"SLUICEGATE_{name}"] == str(tmp_path / "mine" / name)


def test_a_child_process_gets_what_it_needs_and_no_secret_of_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secrets = {
        "SLUICEGATE_KEY": "sg_mine",
        "AWS_SECRET_ACCESS_KEY": "aws",
        "OPENAI_API_KEY": "openai",
        "SLUICEGATE_LLM_API_KEY": "llm",
    }
    needed = {"PATH": "/bin", "PGPASSWORD": "login", "SLUICEGATE_EXECUTOR_POLL_MS": "7"}
    for name, value in {**secrets, **needed, "HTTPS_PROXY": "http://proxy:3128"}.items():
        monkeypatch.setenv(name, value)
    settings = Settings(data_dir=tmp_path)
    worker, service = worker_environment(settings), service_environment(settings)
    assert needed.items() <= worker.items()
    assert not set(secrets) & set(worker)
    assert set(secrets) & set(service) == {"SLUICEGATE_LLM_API_KEY"}
    assert "HTTPS_PROXY" in service
