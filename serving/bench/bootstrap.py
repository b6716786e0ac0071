"""Composition root of the benchmarks: the gate over each database, with every port timed."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from langgraph.checkpoint.base import BaseCheckpointSaver

from serving.bank.events import EVENT_SOURCE
from serving.bank.generate import generate_bank
from serving.bank.model import DEFAULT_SEED, Bank
from serving.bank.seed import seed
from serving.bank.shift import ending_at, recent_end_ms
from serving.bench.measure import (
    Row,
    Stages,
    TimedFeatures,
    TimedPolicy,
    TimedScorer,
    TimedSigner,
    TimedStore,
    row,
    time_calls,
)
from serving.features.dispute import BankFeatureSource
from serving.models.dispute_risk.train import train
from sluicegate.adapters.checkpoints import open_checkpointer
from sluicegate.adapters.policy.bundle import load_bundle
from sluicegate.adapters.policy.regorus import RegorusPolicyEngine
from sluicegate.adapters.scoring.features import SqlFeatureSource
from sluicegate.adapters.scoring.xgboost_scorer import XgboostScorer
from sluicegate.adapters.signing.ed25519 import Ed25519Signer, generate_key_files
from sluicegate.adapters.sql.engine import Database
from sluicegate.adapters.sql.grants import grant_roles
from sluicegate.adapters.sql.schema import migrate
from sluicegate.adapters.sql.urls import is_postgres
from sluicegate.adapters.system.clock import SystemClock
from sluicegate.adapters.system.nonce import SecretsNonce
from sluicegate.domain.canonical import digest_of
from sluicegate.domain.event import DisputeClaim, DisputeEvent
from sluicegate.domain.money import format_minor
from sluicegate.domain.principal import Principal, Role
from sluicegate.domain.proposal import (
    ActionKind,
    DisputeCategory,
    ModelRef,
    Proposal,
    Provenance,
    proposal_id,
)
from sluicegate.events.intake import take_in
from sluicegate.gate.fold import decide
from sluicegate.gate.questions import policy_question
from sluicegate.gate.service import GatePorts, GateService
from sluicegate.settings import PROJECT_ROOT

WARM_UP: Final = 50
CUSTOMERS: Final = 1_200
"""Four times the bank of a first start: enough low-risk claims for a thousand decisions."""
SMALL_MINOR: Final = 10_000
RECENT_MS: Final = 80 * 86_400_000
EVENT_TIME: Final = "2026-11-01T00:00:00Z"
LOW_RISK_BP: Final = 2_500
OPENER: Final = Principal(id="service:bench", roles=(Role.SERVICE,))
POLICY_TIMEOUT_MS: Final = 2_000


@dataclass(frozen=True)
class BenchBank:
    """A bank, a model trained on it and a signing key, made once for all databases."""

    bank: Bank
    folder: Path

    @property
    def scorer(self) -> XgboostScorer:
        """Return the trained model."""
        return XgboostScorer(self.folder / "dispute_risk.ubj")

    @property
    def signer(self) -> Ed25519Signer:
        """Return the gate's key."""
        return Ed25519Signer.from_file(self.folder / "gate.pem")

    @cached_property
    def claims(self) -> list[DisputeEvent]:
        """Return events of distinct recent USD transactions of low risk, likely to be allowed."""
        now_ms = SystemClock().now_ms()
        good = {each.id for each in self.bank.customers if each.status == "active"}
        features, scorer = BankFeatureSource(self.bank), self.scorer
        rows = (
            each
            for each in self.bank.transactions
            if each.status == "posted"
            and each.currency == "USD"
            and each.amount_minor <= SMALL_MINOR
            and each.authorised_at_ms > now_ms - RECENT_MS
            and each.customer_id in good
            and scorer.risk_bp(features.dispute_features(each.id, now_ms)) < LOW_RISK_BP
        )
        return [
            DisputeEvent(
                specversion="1.0",
                id=f"bench-{each.id}",
                source=EVENT_SOURCE,
                type="sluicegate.dispute.opened.v1",
                time=EVENT_TIME,
                data=DisputeClaim(
                    transaction_id=each.id,
                    customer_id=each.customer_id,
                    amount=format_minor(each.amount_minor, each.currency),
                    currency=each.currency,
                    narrative="The parcel never came.",
                ),
            )
            for each in rows
        ]


def made_bank(folder: Path) -> BenchBank:
    """Generate the bank, train the model and make a key in a folder."""
    end_ms = recent_end_ms(now_ms())
    bank = ending_at(generate_bank(DEFAULT_SEED, customers=CUSTOMERS), end_ms)
    train(bank, folder)
    generate_key_files(folder / "gate.pem", folder / "gate.pub")
    return BenchBank(bank, folder)


@contextmanager
def _seeded(url: str, made: BenchBank) -> Iterator[tuple[Database, Database]]:
    migrate(url)
    if is_postgres(url):
        grant_roles(url)
    admin, gate = Database(url, "admin"), Database(url, "gate")
    try:
        seed(admin, made.bank, now_ms=SystemClock().now_ms())
        yield admin, gate
    finally:
        admin.dispose()
        gate.dispose()


def measure_gate(name: str, url: str, made: BenchBank, times: int) -> list[Row]:
    """Submit distinct proposals one after the other; return each stage and the whole."""
    stages = Stages()
    with _seeded(url, made) as (admin, store):
        gate = GateService(
            GatePorts(
                store=TimedStore(store, stages),
                policy=TimedPolicy(_policy(), stages),
                features=TimedFeatures(SqlFeatureSource(store), stages),
                scorer=TimedScorer(made.scorer, stages),
                signer=TimedSigner(made.signer, stages),
                clock=SystemClock(),
                nonces=SecretsNonce(),
            )
        )
        proposals = [_proposal(admin, event) for event in made.claims[: times + WARM_UP]]
        for proposal in proposals[:WARM_UP]:
            gate.submit(proposal)
        stages.taken_s.clear()
        whole: list[float] = []
        outcomes: dict[str, int] = {}
        start_s = time.perf_counter()
        for proposal in proposals[WARM_UP:]:
            began_s = time.perf_counter()
            answer = gate.submit(proposal)
            whole.append(time.perf_counter() - began_s)
            outcome = answer.decision.outcome
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
        per_second = len(whole) / (time.perf_counter() - start_s)
    said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    total = row(f"{name}: whole decision", whole, f"{per_second:.0f}/s in one thread; {said}")
    return [*stages.rows(f"{name}: "), total]


def measure_core(made: BenchBank, url: str, times: int) -> list[Row]:
    """Measure the decision without storage: policy, fold and signature over facts already read."""
    with _seeded(url, made) as (admin, store):
        policy, signer, clock = _policy(), made.signer, SystemClock()
        service = GateService(
            GatePorts(
                store=store,
                policy=policy,
                features=SqlFeatureSource(store),
                scorer=made.scorer,
                signer=signer,
                clock=clock,
                nonces=SecretsNonce(),
            )
        )
        recorded = []
        for event in made.claims[:40]:
            proposal = _proposal(admin, event)
            service.submit(proposal)
            with store.read() as tx:
                recorded.append(tx.proposals.decisions(proposal.id)[-1].inputs)
        allowed = [inputs for inputs in recorded if decide(inputs).outcome == "allowed"]
        turn = iter(range(10**9))

        def core() -> None:
            inputs = allowed[next(turn) % len(allowed)]
            question = policy_question(
                inputs.proposal,
                inputs.facts,
                inputs.score,
                inputs.review,
                evaluated_at_ms=inputs.evaluated_at_ms,
            )
            findings = policy.evaluate(question).findings
            decision = decide(inputs.model_copy(update={"findings": findings}))
            if decision.outcome == "allowed":
                signer.sign(decision.grant)

        return [
            row("fold alone", time_calls(lambda: decide(allowed[0]), times)),
            row("policy, fold and signature, all in process, no storage", time_calls(core, times)),
        ]


def _policy() -> RegorusPolicyEngine:
    return RegorusPolicyEngine(load_bundle(PROJECT_ROOT / "policies"), POLICY_TIMEOUT_MS)


def _proposal(admin: Database, event: DisputeEvent) -> Proposal:
    case = take_in(admin, SystemClock(), event, OPENER).case
    with admin.read() as tx:
        transaction = tx.record.transaction(event.data.transaction_id)
    if transaction is None:
        raise LookupError(event.data.transaction_id)
    kind = ActionKind.PROVISIONAL_CREDIT
    return Proposal(
        id=proposal_id(case.id, kind, transaction.id),
        case_id=case.id,
        event_id=case.event_id,
        event_digest=case.event_digest,
        kind=kind,
        transaction_id=transaction.id,
        customer_id=transaction.customer_id,
        payee_account_id=transaction.account_id,
        payee_provenance=Provenance.RECORD,
        amount_minor=transaction.amount_minor,
        amount_provenance=Provenance.RECORD,
        currency=transaction.currency,
        category=DisputeCategory.NOT_RECEIVED,
        network_reason_code="visa:13.1",
        confidence_bp=9_000,
        proposed_by="agent:dispute",
        opened_by=OPENER.id,
        model=ModelRef(kind="rules", name="bench"),
        prompt_digest=digest_of("bench"),
        summary="Goods were not received.",
    )


def checkpointer_in(folder: Path) -> AbstractContextManager[BaseCheckpointSaver[str]]:
    """Open the durable checkpointer in a file of a folder."""
    return open_checkpointer(f"sqlite:///{folder / 'checkpoints.db'}")


def now_ms() -> int:
    """Return the machine's time."""
    return SystemClock().now_ms()
