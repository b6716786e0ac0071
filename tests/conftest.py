"""The suite cannot touch the world by accident: sockets reach loopback only.

Processes that a test starts are not covered.
"""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import postgres_server, sql_database, sqlite_template
from tests.deployment import deployment, postgres_deployment, sqlite_deployment

__all__ = [
    "deployment",
    "postgres_deployment",
    "postgres_server",
    "sql_database",
    "sqlite_deployment",
    "sqlite_template",
]

EXAMPLES_SOAK = 20_000

# A failing example prints its own blob, which replays it. 100 examples unless told otherwise.
settings.register_profile("suite", deadline=None, print_blob=True)
settings.register_profile(
    "soak",
    deadline=None,
    print_blob=True,
    max_examples=EXAMPLES_SOAK,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")


class WorldTouched(RuntimeError):
    """A test tried to reach something that is not on this machine."""


def _is_local(family: int, address: Any) -> bool:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True
    host = address[0]
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    real_connect, real_connect_ex = socket.socket.connect, socket.socket.connect_ex

    def connect(self: socket.socket, address: Any) -> None:
        if not _is_local(self.family, address):
            raise WorldTouched(f"tests reach loopback only; this one tried {address!r}")
        real_connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        if not _is_local(self.family, address):
            raise WorldTouched(f"tests reach loopback only; this one tried {address!r}")
        return real_connect_ex(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", connect)
    patch.setattr(socket.socket, "connect_ex", connect_ex)
    yield
    patch.undo()
