"""Composition root of the service: API, graphs and agents. It holds no key and no right to write
money.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.dispute.agent import DisputeReader, LlmDisputeReader, describe
from agents.dispute.rules import RulesDisputeReader
from graphs.dispute.graph import DisputePorts, compile_dispute_graph
from serving.cases import CasePorts, CaseService, record_step
from serving.models.llm.catalogue import chosen_weights
from serving.processes import gate_client
from serving.record_snapshots import RecordSnapshots
from sluicegate.adapters.checkpoints import open_checkpointer
from sluicegate.adapters.llm.llamacpp import open_local_model
from sluicegate.adapters.llm.openai_compatible import OpenAiCompatibleModel
from sluicegate.adapters.scoring.features import SqlFeatureSource
from sluicegate.adapters.scoring.text_classifier import LinearTextClassifier
from sluicegate.adapters.scoring.xgboost_scorer import XgboostScorer
from sluicegate.adapters.signing.ed25519 import Ed25519Verifier
from sluicegate.adapters.sql.engine import Database
from sluicegate.adapters.system.clock import SystemClock
from sluicegate.adapters.system.crash import crash_points
from sluicegate.adapters.system.nonce import SecretsNonce
from sluicegate.domain.errors import ModelUnavailable, Unavailable
from sluicegate.domain.principal import Principal
from sluicegate.gate.authentication import authenticate
from sluicegate.ports.clock import Clock
from sluicegate.ports.gate import GateClient
from sluicegate.ports.llm import LanguageModel
from sluicegate.ports.signing import PermitVerifier
from sluicegate.ports.unit_of_work import UnitOfWork
from sluicegate.settings import Settings, read_settings, refuse_tracing

MODEL_NOT_LOADED: Final = (
    "A model was chosen with `make model` and cannot be used; the service's log says why."
)

_log = logging.getLogger("sluicegate.service")


@dataclass(frozen=True)
class ServiceRuntime:
    """What the API and the command line run on."""

    settings: Settings
    store: UnitOfWork
    clock: Clock
    gate: GateClient
    cases: CaseService
    verifier: PermitVerifier
    reader_line: str

    def authenticate(self, key: str) -> Principal:
        """Return who holds a key; raise Unauthenticated."""
        return authenticate(self.store, key)


@dataclass(frozen=True)
class RecordsRuntime:
    """What commands need that only look: no gate, no graph, no model."""

    settings: Settings
    store: Database
    clock: Clock
    verifier: PermitVerifier


@contextmanager
def open_records(settings: Settings | None = None) -> Iterator[RecordsRuntime]:
    """Open what is needed to look at cases and to verify; raise Unavailable before set-up."""
    chosen = settings or read_settings()
    _require_setup(chosen)
    store = Database(chosen.effective_database_url, "service", crash_points(chosen.crash_at))
    try:
        yield RecordsRuntime(
            settings=chosen,
            store=store,
            clock=SystemClock(),
            verifier=Ed25519Verifier.from_file(chosen.gate_public_key),
        )
    finally:
        store.dispose()


@contextmanager
def open_service(
    settings: Settings | None = None, gate: GateClient | None = None, *, warm_up: bool = False
) -> Iterator[ServiceRuntime]:
    """Build the service; it finds the running gate or starts a private one.

    `warm_up` is for a process that stays: a local model then reads its prompt beside the start.
    """
    refuse_tracing()
    with ExitStack() as stack:
        records = stack.enter_context(open_records(settings))
        chosen, store = records.settings, records.store
        client = gate or stack.enter_context(gate_client(chosen))
        reader, reader_line = _open_reader(chosen, stack, warm_up=warm_up)
        checkpointer = stack.enter_context(
            open_checkpointer(chosen.effective_checkpoint_url, crash_points(chosen.crash_at))
        )
        ports = DisputePorts(
            reader=reader,
            record=RecordSnapshots(store),
            features=SqlFeatureSource(store),
            scorer=XgboostScorer(chosen.dispute_risk_model),
            gate=client,
            clock=records.clock,
            record_step=lambda key, record: record_step(store, key, record),
            pause=time.sleep,
            receipt_timeout_ms=chosen.receipt_timeout_ms,
            receipt_poll_ms=chosen.executor_poll_ms,
        )
        graph = compile_dispute_graph(ports, checkpointer)
        cases = CaseService(
            CasePorts(
                store=store,
                clock=records.clock,
                gate=client,
                graph=graph,
                pause=time.sleep,
                holder=f"{socket.gethostname()}:{os.getpid()}",
                lease_ms=chosen.case_lease_ms,
            )
        )
        yield ServiceRuntime(
            settings=chosen,
            store=store,
            clock=records.clock,
            gate=client,
            cases=cases,
            verifier=records.verifier,
            reader_line=reader_line,
        )


def _require_setup(settings: Settings) -> None:
    """Say what to do before a missing file says it less kindly."""
    needed = (settings.gate_public_key, settings.dispute_risk_model, settings.reader_model)
    if not all(path.exists() for path in needed):
        raise Unavailable(
            f"Nothing is set up in {settings.data_dir} yet.",
            next_step="Run `make run` once; it sets everything up.",
        )


def _open_reader(
    settings: Settings, stack: ExitStack, *, warm_up: bool
) -> tuple[DisputeReader, str]:
    """Return the reader that settings choose, and the line that says so.

    A model that was asked for by settings and cannot be had is an error; one that `make model` left
    in the cache and that does not load falls back to rules, and the line says so. Anyone may ask
    for the line, so the cause, which names files, is logged only.
    """
    rules = RulesDisputeReader(LinearTextClassifier(settings.reader_model))
    try:
        model = _open_model(settings, stack)
    except ModelUnavailable as cause:
        if settings.llm_url or settings.llm_gguf:
            raise
        _log.warning("%s %s", cause.message, cause.next_step)
        return rules, f"{describe(None)}\n({MODEL_NOT_LOADED})"
    if model is None:
        return rules, describe(None)
    reader = LlmDisputeReader(model, rules, timeout_ms=settings.llm_timeout_ms)
    if warm_up:
        # Half a minute on one core, once; the first dispute need not be the one that waits.
        threading.Thread(target=reader.warm_up, daemon=True, name="warm-up").start()
    return reader, describe(model.info)


def _open_model(settings: Settings, stack: ExitStack) -> LanguageModel | None:
    if settings.llm_url:
        endpoint = OpenAiCompatibleModel(
            url=settings.llm_url,
            model=settings.llm_model,
            api_key=settings.llm_api_key,
            timeout_ms=settings.llm_timeout_ms,
        )
        stack.callback(endpoint.close)
        return endpoint
    chosen = chosen_weights(settings.model_cache_dir) if settings.llm_gguf is None else None
    path = settings.llm_gguf or (Path(chosen.path) if chosen else None)
    if path is None:
        return None
    return stack.enter_context(
        open_local_model(
            path,
            nonces=SecretsNonce(),
            timeout_ms=settings.llm_timeout_ms,
            name=chosen.name if chosen else "",
            expected_digest=chosen.weights_digest if chosen else None,
        )
    )
