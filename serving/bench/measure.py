"""Timing: percentiles of many calls, and ports that time what passes through them."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from sluicegate.domain.permit import Permit, PermitClaims
from sluicegate.domain.score import FeatureVector, Score
from sluicegate.ports.features import FeatureSource
from sluicegate.ports.policy import PolicyEngine, PolicyInput, PolicyResult
from sluicegate.ports.scoring import Scorer
from sluicegate.ports.signing import PermitSigner
from sluicegate.ports.unit_of_work import Transaction, UnitOfWork


@dataclass(frozen=True)
class Row:
    """One line of the table; times in milliseconds."""

    name: str
    calls: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    note: str = ""


@dataclass
class Stages:
    """Durations by stage, in seconds."""

    taken_s: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block."""
        start_s = time.perf_counter()
        try:
            yield
        finally:
            self.taken_s.setdefault(name, []).append(time.perf_counter() - start_s)

    def rows(self, prefix: str) -> list[Row]:
        """Return a row a stage."""
        return [row(f"{prefix}{name}", taken) for name, taken in self.taken_s.items()]


def row(name: str, taken_s: list[float], note: str = "") -> Row:
    """Return the percentiles of durations in seconds (nearest rank)."""
    ordered = sorted(taken_s)

    def percentile(share: float) -> float:
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] * 1_000

    return Row(name, len(ordered), percentile(0.50), percentile(0.95), percentile(0.99), note)


def time_calls(call: Callable[[], object], times: int, *, warm_up: int = 20) -> list[float]:
    """Return the duration of each call in seconds, after a warm-up."""
    for _ in range(warm_up):
        call()
    taken: list[float] = []
    for _ in range(times):
        start_s = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start_s)
    return taken


@dataclass(frozen=True)
class TimedPolicy:
    """The policy port, timed."""

    inner: PolicyEngine
    stages: Stages

    @property
    def policy_digest(self) -> str:
        """Return the digest of rules and data."""
        return self.inner.policy_digest

    def evaluate(self, question: PolicyInput) -> PolicyResult:
        """Return all findings."""
        with self.stages.stage("policy (Rego, in process)"):
            return self.inner.evaluate(question)


@dataclass(frozen=True)
class TimedFeatures:
    """The feature port, timed."""

    inner: FeatureSource
    stages: Stages

    def dispute_features(self, transaction_id: str, as_of_ms: int) -> FeatureVector:
        """Return the features of disputing a transaction."""
        with self.stages.stage("features (SQL)"):
            return self.inner.dispute_features(transaction_id, as_of_ms)


@dataclass(frozen=True)
class TimedScorer:
    """The scoring port, timed."""

    inner: Scorer
    stages: Stages

    def score(self, features: FeatureVector) -> Score:
        """Return the score with reason codes."""
        with self.stages.stage("score with exact reason codes (XGBoost, SHAP)"):
            return self.inner.score(features)


@dataclass(frozen=True)
class TimedSigner:
    """The signing port, timed."""

    inner: PermitSigner
    stages: Stages

    @property
    def key_id(self) -> str:
        """Return the name of the key."""
        return self.inner.key_id

    def sign(self, claims: PermitClaims) -> Permit:
        """Return the signed permit."""
        with self.stages.stage("sign (Ed25519 over RFC 8785)"):
            return self.inner.sign(claims)


@dataclass(frozen=True)
class TimedStore:
    """The unit of work, timed by transaction; a write's time has its commit in it."""

    inner: UnitOfWork
    stages: Stages

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a snapshot."""
        return self._timed(self.inner.read(), "read snapshot")

    def write(self, seam: str) -> AbstractContextManager[Transaction]:
        """Open a transaction."""
        return self._timed(self.inner.write(seam), f"write and commit ({seam})")

    @contextmanager
    def _timed(
        self, inner: AbstractContextManager[Transaction], name: str
    ) -> Iterator[Transaction]:
        with self.stages.stage(name), inner as tx:
            yield tx
