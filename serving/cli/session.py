"""The service as a command uses it: in this process, with the running gate or a private one."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sluicegate.domain.errors import Unauthenticated
from sluicegate.domain.principal import Principal, Role
from sluicegate.settings import PROJECT_ROOT, Settings, keep_files_private, read_settings

if TYPE_CHECKING:
    from serving.bootstrap import RecordsRuntime, ServiceRuntime

OPERATOR_PREFIX: Final = "operator:"
"""Who works without a key, by the name of their login: whoever owns the data directory can read and
write all of it anyway. They may open disputes; deciding takes a key."""

KeyOption = Annotated[
    str,
    typer.Option(
        "--key",
        envvar="SLUICEGATE_KEY",
        metavar="KEY",
        show_default=False,
        help="Your API key. The variable is safer: other users see command lines.",
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json", show_default=False, help="Write JSON to stdout, errors as JSON to stderr."
    ),
]


@dataclass(frozen=True)
class Operator:
    """On whose behalf a command acts. `how` says to a person how we know."""

    principal: Principal
    how: str


@contextmanager
def open_session() -> "Iterator[ServiceRuntime]":
    """Open the service for as long as one command lasts."""
    # 3 s of imports on two busy cores, which neither --help nor a refused file should wait for.
    from serving.bootstrap import open_service  # noqa: PLC0415

    with _private_files(), open_service() as runtime:
        yield runtime


@contextmanager
def open_look() -> "Iterator[RecordsRuntime]":
    """Open the records for a command that only looks: no gate, no graph, no model."""
    from serving.bootstrap import open_records  # noqa: PLC0415  (as above)

    with _private_files(), open_records() as runtime:
        yield runtime


def make_key(holder: Principal) -> str:
    """Make a key and return it; raise Forbidden or Unavailable without the owner's rights."""
    from serving.deployment.bootstrap import add_key  # noqa: PLC0415  (as above)

    with _private_files():
        return add_key(read_settings(), holder)


def drop_keys(principal_id: str) -> int:
    """Disable a holder's keys and return how many there were; raise NotFound."""
    from serving.deployment.bootstrap import disable_keys  # noqa: PLC0415  (as above)

    with _private_files():
        return disable_keys(read_settings(), principal_id)


@contextmanager
def _private_files() -> Iterator[None]:
    """Keep what a command leaves in the data directory private; `new` lays files for everyone."""
    before = keep_files_private()
    try:
        yield
    finally:
        os.umask(before)


def find_operator(runtime: "ServiceRuntime", key: str) -> Operator:
    """Return who a command acts for: the key's holder, or without a key the directory's owner.

    Raise Unauthenticated for an unknown key, and without one where the directory is someone else's.
    """
    if key:
        return Operator(runtime.authenticate(key), "by key")
    if not _owns(runtime.settings.data_dir):
        raise Unauthenticated(
            "The data directory belongs to someone else, so an API key is needed.",
            next_step="Set SLUICEGATE_KEY to your key, or give it with --key.",
        )
    principal = Principal(id=f"{OPERATOR_PREFIX}{_login()}", roles=(Role.SERVICE,))
    return Operator(
        principal,
        "no key given; you own the data directory. Your own key could approve this: let someone "
        "else decide",
    )


def _login() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user may have a number and no name
        return str(os.geteuid())


def _owns(data_dir: Path) -> bool:
    try:
        return data_dir.stat().st_uid == os.geteuid()
    except OSError:
        return False


def log_dir() -> Path | None:
    """Return where traces go; None where even the settings cannot be read."""
    settings = _settings()
    return settings.log_dir if settings is not None else None


def project_root() -> Path:
    """Return the root of this checkout."""
    return PROJECT_ROOT


def _settings() -> Settings | None:
    try:
        return read_settings()
    except Exception:  # the error that is being reported may be about the settings themselves
        return None
