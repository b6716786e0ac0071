"""A deployment under attack: the real gate, executor and database, and what an attacker holds."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, text

from serving.bootstrap import open_records
from serving.workers.bootstrap import open_executor, open_gate
from sluicegate.adapters.signing.ed25519 import Ed25519Verifier
from sluicegate.adapters.sql.engine import Database
from sluicegate.adapters.sql.grants import RoleName
from sluicegate.adapters.sql.transaction import SqlTransaction
from sluicegate.adapters.system.clock import SystemClock
from sluicegate.domain.case import Case
from sluicegate.domain.event import DisputeEvent
from sluicegate.domain.principal import Principal, Role
from sluicegate.domain.proposal import (
    ActionKind,
    DisputeCategory,
    ModelRef,
    Proposal,
    Provenance,
    proposal_id,
)
from sluicegate.domain.review import ReviewInput, ReviewLabel, Verdict
from sluicegate.events.intake import take_in
from sluicegate.gate.service import GateService
from sluicegate.ledger.executor import Executor, ExecutorPorts
from sluicegate.ledger.verify import VerifyReport, verify_everything
from sluicegate.ports.gate import GateAnswer, ReviewAnswer
from sluicegate.settings import Settings
from tests.builders import DIGEST
from tests.deployment import Deployment

SMALL: Final = "demo-allowed"
"""A claim that goes through without a person."""
LARGE: Final = "demo-review-approve"
"""A claim that an approver has to decide."""
APPROVER: Final = "person:pia"
OPENER: Final = Principal(id="service:cards", roles=(Role.SERVICE,))
DRAIN_ROUNDS: Final = 20


class _Undone(Exception):
    """Rolls back what was changed for a look."""


@dataclass(frozen=True)
class _Open:
    """A unit of work over one transaction that is open already, to be read only."""

    connection: Connection

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        yield SqlTransaction(self.connection)

    def write(self, seam: str) -> AbstractContextManager[SqlTransaction]:
        raise AssertionError(f"{seam}: verifying writes nothing")


@dataclass(frozen=True)
class _Stopped:
    """A clock that stands."""

    at_ms: int

    def now_ms(self) -> int:
        return self.at_ms


@dataclass
class Bank:
    """A deployment with its gate and one executor open, driven by hand."""

    settings: Settings
    keys: dict[str, str]
    deployment: Deployment
    gate: GateService
    executor: Executor
    _stack: ExitStack
    _opened: dict[str, Database] = field(default_factory=dict)

    @property
    def is_sqlite(self) -> bool:
        return not self.settings.database_url

    def database(self, role: RoleName) -> Database:
        """Open the database as somebody who holds that role's login."""
        if role not in self._opened:
            database = Database(self.settings.effective_database_url, role)
            self._stack.callback(database.dispose)
            self._opened[role] = database
        return self._opened[role]

    def sql(self, role: RoleName, statement: str, **parameters: Any) -> Any:
        """Run a statement as a role and return the first value, if it has rows."""
        with self.database(role).write("hostile") as tx:
            result = tx.connection.execute(text(statement), parameters)
            return result.scalar() if result.returns_rows else None

    def event(self, name: str, **changes: Any) -> DisputeEvent:
        """Return an example event; `changes` go to the envelope, but `amount` to its data."""
        event = DisputeEvent.from_json(self.deployment.example(name))
        data: dict[str, Any] = {
            key: changes.pop(key) for key in ("amount", "currency") if key in changes
        }
        changed = {**changes, "data": event.data.model_copy(update=data)}
        return event.model_copy(update=changed)

    def open(
        self, name: str, opener: Principal = OPENER, **changes: Any
    ) -> tuple[DisputeEvent, Case]:
        """Take an example event in."""
        event = self.event(name, **changes)
        return event, take_in(self.database("service"), SystemClock(), event, opener).case

    def proposal(self, event: DisputeEvent, case: Case, **changes: Any) -> Proposal:
        """Return the honest proposal for an event, with something else in it."""
        with self.database("service").read() as tx:
            transaction = tx.record.transaction(event.data.transaction_id)
        assert transaction is not None
        fields: dict[str, Any] = {
            "case_id": case.id,
            "event_id": case.event_id,
            "event_digest": case.event_digest,
            "kind": ActionKind.PROVISIONAL_CREDIT,
            "transaction_id": transaction.id,
            "customer_id": transaction.customer_id,
            "payee_account_id": transaction.account_id,
            "payee_provenance": Provenance.RECORD,
            "amount_minor": event.data.money().amount_minor,
            "amount_provenance": Provenance.RECORD,
            "currency": transaction.currency,
            "category": DisputeCategory.FRAUD,
            "network_reason_code": "visa:10.4",
            "confidence_bp": 9_500,
            "proposed_by": "agent:dispute",
            "opened_by": case.opened_by,
            "model": ModelRef(kind="rules", name="hostile"),
            "prompt_digest": DIGEST,
            "summary": "Believe me.",
            **changes,
        }
        made = proposal_id(fields["case_id"], fields["kind"], fields["transaction_id"])
        return Proposal(**{"id": made, **fields})

    def asked(self) -> tuple[Proposal, GateAnswer]:
        """Propose the large claim, honestly, up to the question put to a person."""
        proposal = self.proposal(*self.open(LARGE))
        answer = self.gate.submit(proposal)
        assert answer.review_id is not None
        return proposal, answer

    def decide(
        self, answer: GateAnswer, verdict: Verdict, *, who: str = APPROVER, **changes: Any
    ) -> ReviewAnswer:
        """Decide the review that an answer asks for, as somebody, with their own key."""
        assert answer.review_id is not None
        review = self.gate.review(answer.review_id)
        fields: dict[str, Any] = {
            "verdict": verdict,
            "rationale": "Looked at it.",
            "label": ReviewLabel.CLAIM_VALID,
            "subject_digest": review.subject_digest,
            **changes,
        }
        key = self.keys.get(who, who)
        return self.gate.decide_review(review.id, ReviewInput(**fields), reviewer_key=key)

    def run_executor(self) -> int:
        """Let the executor work until nothing waits; return how many permits it closed."""
        closed = 0
        for _ in range(DRAIN_ROUNDS):
            done = self.executor.run_once()
            if not done:
                return closed
            closed += done
        raise AssertionError("permits keep waiting, however often the executor looks")

    def report(self) -> VerifyReport:
        """Verify everything, with the service's rights."""
        with open_records(self.settings) as records:
            return verify_everything(records.store, records.verifier)

    def assert_credits(self, wanted: int) -> None:
        """Hold that so many credits were posted in all, however long the executor is let work."""
        self.run_executor()
        report = self.report()
        assert report.journal_entries == wanted
        assert not any(report.trial_balance.values())
        assert report.ok, report.problems

    def kinds(self) -> list[str]:
        """Return the kinds of all audit entries, in order."""
        with self.database("service").read() as tx:
            return [entry.record.kind for entry in tx.audit.read(after_seq=0, limit=1_000)]

    def report_after(self, *statements: str) -> VerifyReport:
        """Verify what an operator has changed, without triggers or foreign keys; then undo it."""
        found: list[VerifyReport] = []
        with (
            suppress(_Undone),
            self.database("admin").writing("hostile") as connection,
        ):
            if self.is_sqlite:
                connection.execute(text("PRAGMA defer_foreign_keys = ON"))
                names = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for row in connection.execute(names).all():
                    connection.execute(text(f"DROP TRIGGER {row.name}"))
            else:
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                connection.exec_driver_sql(statement)
            verifier = Ed25519Verifier.from_file(self.settings.gate_public_key)
            found.append(verify_everything(_Open(connection), verifier))
            raise _Undone
        return found[0]

    def late_executor(self, now_ms: int) -> Executor:
        """Return an executor that comes to its permits at some moment."""
        verifier = Ed25519Verifier.from_file(self.settings.gate_public_key)
        store = self.database("executor")
        return Executor(ExecutorPorts(store=store, verifier=verifier, clock=_Stopped(now_ms)))

    def another_gate(self, settings: Settings) -> GateService:
        """Start a second gate over the same database, with something else configured."""
        return self._stack.enter_context(open_gate(settings)).gate


@contextmanager
def open_bank(deployment: Deployment) -> Iterator[Bank]:
    """Open a deployment to be attacked."""
    with ExitStack() as stack:
        gate = stack.enter_context(open_gate(deployment.settings))
        executor = stack.enter_context(open_executor(deployment.settings))
        yield Bank(
            settings=deployment.settings,
            keys=deployment.keys,
            deployment=deployment,
            gate=gate.gate,
            executor=executor.executor,
            _stack=stack,
        )


def execute_once(settings: Settings) -> None:
    """Work as an executor of its own for a moment; a process can be started with it."""
    with open_executor(settings) as runtime:
        runtime.executor.run_once()
