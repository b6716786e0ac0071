"""Settings come from the environment and are refused by name; tracing reaches nobody."""

from pathlib import Path

import pytest
from langsmith.utils import get_env_var, tracing_is_enabled

from sluicegate.domain.errors import InvalidInput
from sluicegate.settings import Settings, read_settings, refuse_tracing


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
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(name, "true")
    get_env_var.cache_clear()  # type: ignore[attr-defined]
    assert tracing_is_enabled()
    get_env_var.cache_clear()  # type: ignore[attr-defined]
    refuse_tracing()
    assert not tracing_is_enabled()
    get_env_var.cache_clear()  # type: ignore[attr-defined]
