"""Driving a case: take the event in, run its graph, go on after a review or a crash."""

import itertools
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StateSnapshot

from serving.incidents import incident_id
from sluicegate.domain.audit import AuditEntry, AuditRecord
from sluicegate.domain.case import Case, CaseStatus
from sluicegate.domain.errors import CaseBusy, SluicegateError, StaleReview, Unavailable
from sluicegate.domain.event import DisputeEvent
from sluicegate.domain.principal import Principal
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.receipt import Receipt
from sluicegate.domain.review import Review, ReviewInput
from sluicegate.domain.value import Value
from sluicegate.events.intake import Intake, take_in
from sluicegate.ports.clock import Clock
from sluicegate.ports.gate import GateAnswer, GateClient, ReviewAnswer
from sluicegate.ports.unit_of_work import UnitOfWork

LEASE_RENEWALS: Final = 4
"""How often a lease is renewed in its lifetime, so that one late renewal loses nothing."""
LEASE_WAIT_FACTOR: Final = 1.3
"""How long to wait for a case, in lifetimes of a lease: a dead driver's lease has ended by then."""
LEASE_POLL_S: Final = 0.1
RECOVER_LIMIT: Final = 100
RETRY_MS: Final = 2_000
RETRY_MS_MAX: Final = 60_000

Step = Mapping[str, object]
"""One thing that happened in a graph, as JSON; `step` names it."""
Graph = CompiledStateGraph[Any, Any, Any, Any]


_log = logging.getLogger("sluicegate.cases")


class CaseView(Value):
    """Everything a person sees of a case. Event text is the customer's own and hostile."""

    case: Case
    event: DisputeEvent
    proposals: tuple[Proposal, ...]
    answers: tuple[GateAnswer, ...]
    reviews: tuple[Review, ...]
    receipts: tuple[Receipt, ...]
    timeline: tuple[AuditEntry, ...]


@dataclass(frozen=True)
class CasePorts:
    """What the service needs. `graph` is over a durable checkpointer; `pause` takes seconds."""

    store: UnitOfWork
    clock: Clock
    gate: GateClient
    graph: Graph
    pause: Callable[[float], None]
    holder: str
    lease_ms: int


class Backoff:
    """When to look at a case again: after a failure later and later, up to a bound."""

    def __init__(self) -> None:
        self._waits: dict[str, tuple[int, int]] = {}

    def is_due(self, case_id: str, now_ms: int) -> bool:
        """Say whether it is time to try a case."""
        return now_ms >= self._waits.get(case_id, (0, 0))[1]

    def note(self, case_id: str, now_ms: int, *, moved: bool) -> None:
        """Remember how a try went."""
        if moved:
            self._waits.pop(case_id, None)
            return
        wait_ms = min(self._waits.get(case_id, (0, 0))[0] * 2 or RETRY_MS, RETRY_MS_MAX)
        if len(self._waits) >= RECOVER_LIMIT * 10:
            self._waits.clear()  # forgetting costs an early try, nothing else
        self._waits[case_id] = (wait_ms, now_ms + wait_ms)


class CaseService:
    """Opens disputes, drives their graphs and shows cases. It can propose; it cannot spend."""

    def __init__(self, ports: CasePorts) -> None:
        self._ports = ports
        self._runs = itertools.count(1)
        self._backoff = Backoff()

    def open_dispute(self, event: DisputeEvent, principal: Principal) -> Intake:
        """Take an event in, once; see `sluicegate.events.intake.take_in` for what is refused."""
        return take_in(self._ports.store, self._ports.clock, event, principal)

    def run(self, case_id: str) -> Iterator[Step]:
        """Drive a case as far as it goes now and yield each step; a finished case yields nothing.

        Safe to call at any time and again after a crash. Raises NotFound, CaseBusy where another
        process keeps driving the case, and Unavailable with the case left as it was.
        """
        with self._leased(case_id) as lost:
            case = self.case(case_id)
            if case.status.is_final:
                return
            graph = self._ports.graph
            config: RunnableConfig = {"configurable": {"thread_id": case.thread_id}}
            snapshot = graph.get_state(config)
            if not _is_over(snapshot):
                for mode, chunk in graph.stream(
                    self._next_input(snapshot, case),
                    config,
                    stream_mode=["custom", "updates"],
                    durability="sync",
                ):
                    if lost.is_set():
                        raise _busy(case_id)
                    if mode == "custom" and isinstance(chunk, Mapping):
                        yield chunk
            self._note_outcome(graph, config, case)

    def drive(self, case_id: str) -> Case:
        """Drive a case as far as it goes now, and return where it stands."""
        for _ in self.run(case_id):
            pass
        return self.case(case_id)

    def recover(self) -> int:
        """Drive every case that can move and that nobody drives; return how many were tried.

        A case that got nowhere is left alone for longer each time, so that many that wait for one
        part that is away do not keep the others from being looked at.
        """
        now_ms = self._ports.clock.now_ms()
        with self._ports.store.read() as tx:
            movable = tx.cases.movable(now_ms=now_ms, limit=RECOVER_LIMIT)
        due = [case for case in movable if self._backoff.is_due(case.id, now_ms)]
        for case in due:
            self._recover_one(case.id)
        return len(due)

    def _recover_one(self, case_id: str) -> None:
        moved = False
        try:
            moved = self.drive(case_id).status is not CaseStatus.RUNNING
        except (CaseBusy, Unavailable) as error:
            _log.info("case %s waits: %s", case_id, error.message)
        except Exception as error:  # one case that cannot be driven must not hold up the others
            _log.error("incident %s: case %s", incident_id(), case_id, exc_info=error)
        self._backoff.note(case_id, self._ports.clock.now_ms(), moved=moved)

    def decide_review(
        self, review_id: str, given: ReviewInput, *, reviewer_key: str
    ) -> tuple[ReviewAnswer, Case]:
        """Have the gate record a person's decision, then drive the case on.

        Raises what the gate raises; where the question has changed, the case is driven to the new
        one first, so that it does not wait for an answer that nobody can give any more.
        """
        try:
            answer = self._ports.gate.decide_review(review_id, given, reviewer_key=reviewer_key)
        except StaleReview:
            with suppress(CaseBusy, Unavailable):
                self.drive(self._ports.gate.review(review_id).case_id)
            raise
        return answer, self.drive(answer.case_id)

    def case(self, case_id: str) -> Case:
        """Return a case; raise NotFound."""
        with self._ports.store.read() as tx:
            return tx.cases.get(case_id)

    def recent(self, *, limit: int) -> tuple[Case, ...]:
        """Return the newest cases first."""
        with self._ports.store.read() as tx:
            return tx.cases.recent(limit=limit)

    def view(self, case_id: str) -> CaseView:
        """Return everything about a case in one snapshot; raise NotFound."""
        return case_view(self._ports.store, case_id)

    def _next_input(
        self, snapshot: StateSnapshot, case: Case
    ) -> dict[str, object] | Command[Any] | None:
        """Start anew, wake a graph that waits, or let one that was cut off go on where it was."""
        if snapshot.interrupts:
            # The word carries nothing: what happened is read again from the gate, never from here.
            return Command(resume={"wake": True})
        if snapshot.next:
            return None
        with self._ports.store.read() as tx:
            event = tx.events.incoming(case.event_id)
        return {"event": event.as_json(), "case": case.as_json()}

    def _note_outcome(self, graph: Graph, config: RunnableConfig, case: Case) -> None:
        status, outcome = _outcome(graph.get_state(config))
        with self._ports.store.write("service.case") as tx:
            tx.cases.set_status(case.id, status, outcome)

    @contextmanager
    def _leased(self, case_id: str) -> Iterator[threading.Event]:
        """Hold the case's lease, renewed by a thread while the graph runs, however slow its model.

        Yields an event that is set once the lease is someone else's.
        """
        holder = f"{self._ports.holder}:{next(self._runs)}"
        waited_s = 0.0
        while not self._take_lease(case_id, holder):
            if waited_s * 1_000 >= self._ports.lease_ms * LEASE_WAIT_FACTOR:
                raise _busy(case_id)
            self._ports.pause(LEASE_POLL_S)
            waited_s += LEASE_POLL_S
        done, lost = threading.Event(), threading.Event()
        renewer = threading.Thread(
            target=self._renew, args=(case_id, holder, done, lost), daemon=True
        )
        renewer.start()
        try:
            yield lost
        finally:
            done.set()
            renewer.join()
            with self._ports.store.write("service.release") as tx:
                tx.cases.release(case_id, holder)

    def _renew(
        self, case_id: str, holder: str, done: threading.Event, lost: threading.Event
    ) -> None:
        while not done.wait(self._ports.lease_ms / 1_000 / LEASE_RENEWALS):
            try:
                if not self._take_lease(case_id, holder):
                    lost.set()
                    return
            except SluicegateError as error:  # the next renewal may get through before it ends
                _log.warning("lease of case %s: %s", case_id, error.message)

    def _take_lease(self, case_id: str, holder: str) -> bool:
        now_ms = self._ports.clock.now_ms()
        with self._ports.store.write("service.lease") as tx:
            tx.cases.get(case_id)
            until_ms = now_ms + self._ports.lease_ms
            return tx.cases.lease(case_id, holder, now_ms=now_ms, until_ms=until_ms)


def case_view(store: UnitOfWork, case_id: str) -> CaseView:
    """Return everything about a case in one snapshot; raise NotFound."""
    with store.read() as tx:
        case = tx.cases.get(case_id)
        proposals = tx.proposals.of_case(case_id)
        permits = [tx.permits.latest(proposal.id) for proposal in proposals]
        return CaseView(
            case=case,
            event=tx.events.incoming(case.event_id),
            proposals=proposals,
            answers=tuple(
                GateAnswer.of(record)
                for proposal in proposals
                for record in tx.proposals.decisions(proposal.id)
            ),
            reviews=tuple(
                review for proposal in proposals for review in tx.reviews.of_proposal(proposal.id)
            ),
            receipts=tuple(stored.receipt for stored in permits if stored and stored.receipt),
            timeline=tx.audit.of_case(case_id),
        )


def record_step(store: UnitOfWork, step_key: str, record: AuditRecord) -> None:
    """Log a step once by its key."""
    with store.write("service.step") as tx:
        tx.audit.append(record, once=step_key)


def _is_over(snapshot: StateSnapshot) -> bool:
    """Say whether a graph has ended: a process may die between its end and the case's own note."""
    return "answer" in snapshot.values and not snapshot.next and not snapshot.interrupts


def _busy(case_id: str) -> CaseBusy:
    return CaseBusy(
        f"Case {case_id} is being worked on by another process.",
        next_step="Look at the case in a moment; nothing has to be sent again.",
    )


def _outcome(snapshot: StateSnapshot) -> tuple[CaseStatus, str]:
    """Return where a graph's state leaves its case."""
    if _is_over(snapshot):
        answer = snapshot.values["answer"]
        return CaseStatus(str(answer["outcome"])), str(answer.get("sentence", ""))
    waiting = [item.value for item in snapshot.interrupts if isinstance(item.value, Mapping)]
    if any(item.get("kind") == "review" for item in waiting):
        return CaseStatus.WAITING_FOR_REVIEW, "A person has to decide."
    return CaseStatus.RUNNING, "The outcome is not known yet."
