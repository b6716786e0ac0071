"""Composition root of the gate and the executor: the only place where their adapters are chosen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sluicegate.adapters.policy.bundle import load_bundle
from sluicegate.adapters.policy.opa_server import OpaServerPolicyEngine
from sluicegate.adapters.policy.regorus import RegorusPolicyEngine
from sluicegate.adapters.scoring.features import SqlFeatureSource
from sluicegate.adapters.scoring.xgboost_scorer import XgboostScorer
from sluicegate.adapters.signing.ed25519 import Ed25519Signer, Ed25519Verifier
from sluicegate.adapters.sql.engine import Database
from sluicegate.adapters.system.clock import SystemClock
from sluicegate.adapters.system.crash import crash_points
from sluicegate.adapters.system.nonce import SecretsNonce
from sluicegate.gate.service import GatePorts, GateService
from sluicegate.ledger.executor import Executor, ExecutorPorts
from sluicegate.ports.policy import PolicyEngine
from sluicegate.settings import Settings, read_settings


@dataclass(frozen=True)
class GateRuntime:
    """What the gate process runs: it holds the private key and no right to post."""

    gate: GateService
    token: str


@dataclass(frozen=True)
class ExecutorRuntime:
    """What the executor process runs: it holds the right to post and no private key."""

    executor: Executor
    poll_ms: int


@contextmanager
def open_gate(settings: Settings | None = None) -> Iterator[GateRuntime]:
    """Build the gate over the settings' database, policy and model."""
    chosen = settings or read_settings()
    store = Database(chosen.effective_database_url, "gate", crash_points(chosen.crash_at))
    try:
        ports = GatePorts(
            store=store,
            policy=choose_policy_engine(chosen),
            features=SqlFeatureSource(store),
            scorer=XgboostScorer(chosen.dispute_risk_model),
            signer=Ed25519Signer.from_file(chosen.gate_private_key),
            clock=SystemClock(),
            nonces=SecretsNonce(),
        )
        yield GateRuntime(gate=GateService(ports), token=chosen.gate_token.read_text().strip())
    finally:
        store.dispose()


@contextmanager
def open_executor(settings: Settings | None = None) -> Iterator[ExecutorRuntime]:
    """Build the executor over the settings' database and the gate's public key."""
    chosen = settings or read_settings()
    store = Database(chosen.effective_database_url, "executor", crash_points(chosen.crash_at))
    try:
        ports = ExecutorPorts(
            store=store,
            verifier=Ed25519Verifier.from_file(chosen.gate_public_key),
            clock=SystemClock(),
        )
        yield ExecutorRuntime(executor=Executor(ports), poll_ms=chosen.executor_poll_ms)
    finally:
        store.dispose()


def choose_policy_engine(settings: Settings) -> PolicyEngine:
    """Return the in-process engine, or the OPA server where its URL is set."""
    bundle = load_bundle(settings.policies_dir)
    if settings.opa_url:
        return OpaServerPolicyEngine(settings.opa_url, bundle, settings.policy_timeout_ms)
    return RegorusPolicyEngine(bundle, settings.policy_timeout_ms)
