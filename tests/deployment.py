"""A deployment that is set up once a test process and copied for each test: seeded bank, trained
models, keys.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from serving.deployment.bootstrap import prepare
from sluicegate.settings import Settings
from tests.databases import PostgresServer

_KEY_LINE = re.compile(r"^\s*(?P<who>\S+)\s.*\s(?P<key>sg_\S+)$")
_PG_TEMPLATE = "sluicegate_deployed"
FAST_LEASE_MS = 400
"""So that a test which kills a driver does not wait long for its lease to end."""


@dataclass(frozen=True)
class Deployment:
    """A deployment of one test: its settings, and the demo keys by holder."""

    settings: Settings
    keys: dict[str, str]

    def example(self, name: str) -> bytes:
        """Return one of the example events as bytes."""
        return (self.settings.data_dir / "examples" / f"{name}.json").read_bytes()


def _prepared(settings: Settings) -> dict[str, str]:
    lines: list[str] = []
    prepare(settings, lines.append)
    found = [_KEY_LINE.match(line) for line in lines]
    return {match["who"]: match["key"] for match in found if match is not None}


def _settings(folder: Path, url: str = "") -> Settings:
    return Settings(
        data_dir=folder,
        database_url=url,
        checkpoint_url=url,
        demo_bank=True,
        case_lease_ms=FAST_LEASE_MS,
        model_cache_dir=folder / "no-models",
        receipt_timeout_ms=5_000,
        executor_poll_ms=10,
    )


@pytest.fixture(scope="session")
def sqlite_deployment(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """The template on SQLite; tests copy it."""
    settings = _settings(tmp_path_factory.mktemp("deployment") / "var")
    return Deployment(settings, _prepared(settings))


@pytest.fixture(scope="session")
def postgres_deployment(
    sqlite_deployment: Deployment,
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Deployment, PostgresServer]]:
    """The template on PostgreSQL, with the models of the other one; tests copy it."""
    folder = tmp_path_factory.mktemp("deployment-pg") / "var"
    _copy(sqlite_deployment.settings.data_dir, folder, with_database=False)
    with postgres_server.fresh(_PG_TEMPLATE) as url:
        settings = _settings(folder, url)
        yield Deployment(settings, _prepared(settings)), postgres_server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    """A fresh deployment of one test, on SQLite and on PostgreSQL."""
    folder = tmp_path / "var"
    if request.param == "sqlite":
        template: Deployment = request.getfixturevalue("sqlite_deployment")
        _copy(template.settings.data_dir, folder, with_database=True)
        yield Deployment(_settings(folder), template.keys)
        return
    template, server = request.getfixturevalue("postgres_deployment")
    _copy(template.settings.data_dir, folder, with_database=False)
    name = "sluicegate_" + re.sub(r"\W", "_", tmp_path.name)[-40:].lower()
    with server.fresh(name, template=_PG_TEMPLATE) as url:
        yield Deployment(_settings(folder, url), template.keys)


def _copy(source: Path, target: Path, *, with_database: bool) -> None:
    left_out = () if with_database else ("*.db", "*.db-wal", "*.db-shm")
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*left_out))
