"""Setting up a deployment: keys, schema, synthetic bank, models, demo keys. Each step happens once.

A set-up that was cut off is finished by the next one: every step looks for its result first, and
leaves either the whole of it or nothing.
"""

import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Final

from serving.bank.events import write_event_files
from serving.bank.generate import generate_bank
from serving.bank.model import DEFAULT_SEED, Bank
from serving.bank.seed import is_seeded, seed
from serving.bank.shift import ending_at, recent_end_ms
from serving.models.dispute_risk.train import train as train_dispute_risk
from serving.models.reader.train import train_reader
from sluicegate.adapters.policy.archive import archive_bytes
from sluicegate.adapters.policy.bundle import load_bundle
from sluicegate.adapters.policy.opa_server import publish
from sluicegate.adapters.scoring.xgboost_scorer import XgboostScorer
from sluicegate.adapters.signing.ed25519 import generate_key_files
from sluicegate.adapters.sql.engine import Database
from sluicegate.adapters.sql.grants import grant_roles
from sluicegate.adapters.sql.schema import migrate
from sluicegate.adapters.sql.transaction import SqlTransaction
from sluicegate.adapters.sql.urls import is_postgres
from sluicegate.adapters.system.clock import SystemClock
from sluicegate.domain.audit import AuditRecord
from sluicegate.domain.errors import NotFound, ScoringUnavailable, Unavailable
from sluicegate.domain.principal import Principal, Role
from sluicegate.domain.value import Natural, TimestampMs, Value
from sluicegate.settings import Settings

_DIR_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_TOKEN_BYTES: Final = 32
SETUP_ACTOR: Final = "process:setup"

DEMO_PRINCIPALS: Final = (
    Principal(id="service:cards", roles=(Role.SERVICE,)),
    Principal(id="person:ana", roles=(Role.ANALYST,)),
    Principal(id="person:pia", roles=(Role.APPROVER,)),
    Principal(id="person:eve", roles=(Role.AUDITOR,)),
)
"""Whom the seed makes keys for: one who opens disputes, two who decide, one who checks."""

SHOWN_EXAMPLES: Final = (
    "demo-allowed.json",
    "demo-review-approve.json",
    "demo-review-reject.json",
    "demo-denied.json",
    "demo-injection.json",
)
"""One event for each way a dispute can end, of the many in the folder."""

Say = Callable[[str], None]


class _BankEnd(Value):
    """When the bank ends; written before seeding, so that every later step makes the same one."""

    seed: Natural
    end_ms: TimestampMs


class _LazyBank:
    """Makes the bank when a step first needs it; a second start needs it for nothing."""

    def __init__(self, note: Path, now_ms: int) -> None:
        self._note = note
        self._now_ms = now_ms

    @cached_property
    def bank(self) -> Bank:
        if not self._note.exists():
            end = _BankEnd(seed=DEFAULT_SEED, end_ms=recent_end_ms(self._now_ms))
            _write_whole(self._note, end.canonical())
        noted = _BankEnd.from_json(self._note.read_bytes())
        return ending_at(generate_bank(noted.seed), noted.end_ms)


def prepare(settings: Settings, say: Say) -> tuple[Path, ...]:
    """Bring a deployment to the state in which its processes can start; return events to try.

    Demo keys are said once, right after they are stored: whatever fails later, they were shown.
    """
    lazy = _LazyBank(settings.data_dir / "bank.json", SystemClock().now_ms())
    _make_private(settings.data_dir)
    _make_keys(settings, say)
    url = settings.effective_database_url
    migrate(url)
    if is_postgres(url):
        grant_roles(url)
    admin = Database(url, "admin")
    try:
        if settings.seeds_demo_bank and not is_seeded(admin):
            say("Making a synthetic bank and writing it to the database ...")
            seed(admin, lazy.bank, now_ms=SystemClock().now_ms())
        _train(settings, lazy, say)
        _hand_out_policy(settings, say)
        if settings.seeds_demo_bank:
            for line in _make_demo_keys(admin):
                say(line)
    finally:
        admin.dispose()
    return _write_examples(settings, lazy) if settings.seeds_demo_bank else ()


def _make_private(folder: Path) -> None:
    """Make a folder that only its owner may enter, or make one of ours that is there such a one.

    One that is shared on purpose, such as /tmp, stays as it is; the files in it are private anyway.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=_DIR_MODE)
    found = folder.stat()
    if found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX:
        folder.chmod(_DIR_MODE)


def _make_keys(settings: Settings, say: Say) -> None:
    settings.keys_dir.mkdir(parents=True, exist_ok=True, mode=_DIR_MODE)
    if not settings.gate_public_key.exists():
        say("Making the gate's signing key ...")
        generate_key_files(settings.gate_private_key, settings.gate_public_key)
    if not settings.gate_token.exists():
        _write_whole(settings.gate_token, secrets.token_urlsafe(_TOKEN_BYTES).encode())


def _hand_out_policy(settings: Settings, say: Say) -> None:
    """Write the bundle for OPA servers that load one, and publish it to the one that is set."""
    bundle = load_bundle(settings.policies_dir)
    archive = settings.data_dir / "policy" / "bundle.tar.gz"
    archive.parent.mkdir(parents=True, exist_ok=True)
    _write_whole(archive, archive_bytes(bundle))
    archive.chmod(0o644)  # policy is no secret, and an OPA server runs as somebody else
    if settings.opa_url:
        say("Publishing the policy to the OPA server ...")
        publish(settings.opa_url, bundle, settings.policy_timeout_ms)


def _is_current(settings: Settings, target: Path) -> bool:
    """Say whether a model is there and was trained on features as they are defined now."""
    if not target.exists() or target != settings.dispute_risk_model:
        return target.exists()
    try:
        XgboostScorer(target)
    except ScoringUnavailable:
        return False
    return True


def _train(settings: Settings, lazy: _LazyBank, say: Say) -> None:
    wanted: tuple[tuple[Path, str, Callable[[Path], object]], ...] = (
        (
            settings.dispute_risk_model,
            "dispute risk model (XGBoost)",
            lambda folder: train_dispute_risk(lazy.bank, folder),
        ),
        (
            settings.reader_model,
            "reader that needs no language model",
            lambda folder: train_reader(DEFAULT_SEED, folder),
        ),
    )
    for target, name, train in wanted:
        if _is_current(settings, target):
            continue
        say(f"Training the {name} on the synthetic bank ...")
        settings.models_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=settings.models_dir) as folder:
            train(Path(folder))
            made = sorted(Path(folder).iterdir(), key=lambda path: path.name == target.name)
            for path in made:  # the model itself last: its presence says that all of it is there
                path.replace(settings.models_dir / path.name)


def add_key(settings: Settings, principal: Principal) -> str:
    """Make a key for a principal and return it; only its hash is kept. Takes the admin login."""
    _require_setup(settings)
    admin = Database(settings.effective_database_url, "admin")
    try:
        with admin.write("keys.add") as tx:
            return _add_key(tx, principal)
    finally:
        admin.dispose()


def disable_keys(settings: Settings, principal_id: str) -> int:
    """Disable all keys of a principal; raise NotFound where there is none."""
    _require_setup(settings)
    admin = Database(settings.effective_database_url, "admin")
    try:
        with admin.write("keys.disable") as tx:
            disabled = tx.api_keys.disable(principal_id)
            if not disabled:
                raise NotFound(
                    f"{principal_id} holds no live key.", next_step="List holders: keys list"
                )
            tx.audit.append(
                AuditRecord(
                    kind="key.disabled",
                    at_ms=SystemClock().now_ms(),
                    actor=SETUP_ACTOR,
                    body={"principal": principal_id, "keys": disabled},
                )
            )
            return disabled
    finally:
        admin.dispose()


def _require_setup(settings: Settings) -> None:
    if not settings.gate_public_key.exists():
        raise Unavailable(
            f"Nothing is set up in {settings.data_dir} yet.",
            next_step="Run `make run` once; it sets everything up.",
        )


def _add_key(tx: SqlTransaction, principal: Principal) -> str:
    now_ms = SystemClock().now_ms()
    key = tx.api_keys.mint()
    tx.api_keys.add(key, principal, now_ms=now_ms)
    tx.audit.append(
        AuditRecord(
            kind="key.added",
            at_ms=now_ms,
            actor=SETUP_ACTOR,
            body={"principal": principal.id, "roles": [role.value for role in principal.roles]},
        )
    )
    return key


def _make_demo_keys(admin: Database) -> tuple[str, ...]:
    with admin.write("setup.keys") as tx:
        if tx.api_keys.principals():
            return ()
        lines = []
        for principal in DEMO_PRINCIPALS:
            key = _add_key(tx, principal)
            roles = ", ".join(role.value for role in principal.roles)
            lines.append(f"  {principal.id:<14} {roles:<9} {key}")
    return ("", "Demo keys, shown this once (only their hashes are kept):", *lines, "")


def _write_examples(settings: Settings, lazy: _LazyBank) -> tuple[Path, ...]:
    folder = settings.data_dir / "examples"
    if not folder.exists():
        # A temporary folder that becomes the real one: readers see all examples or none.
        made = Path(tempfile.mkdtemp(dir=settings.data_dir))
        write_event_files(lazy.bank, made)
        made.rename(folder)
    return tuple(folder / name for name in SHOWN_EXAMPLES)


def _write_whole(path: Path, content: bytes) -> None:
    partial = path.with_name(f"{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    partial.replace(path)
