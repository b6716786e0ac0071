"""The main job: one dispute from its event as far as it goes."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from serving.case_summary import CaseSummary, summarise
from serving.cli.event_file import read_event_bytes
from serving.cli.plain import moment, plain, until
from serving.cli.program import program
from serving.cli.screen import Screen
from serving.cli.session import JsonOption, KeyOption, Operator, find_operator, open_session
from serving.cli.steps import outcome_text, show_step
from sluicegate.domain.case import CaseStatus
from sluicegate.domain.event import parse_dispute_event

if TYPE_CHECKING:
    from serving.bootstrap import ServiceRuntime

FileArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A dispute event as JSON; - reads standard input."),
]


def triage(file: FileArgument, key: KeyOption = "", as_json: JsonOption = False) -> None:
    """Take a dispute event in and work on it, step by step, as far as it goes.

    The same event again changes nothing and shows where its case stands. With --json each step is
    a line as it happens, and the last line, {"step": "result", …}, is the case in short.
    """
    screen = Screen(as_json=as_json)
    raw = read_event_bytes(file)
    with screen.working("opening the service") as say, open_session() as runtime:
        operator = find_operator(runtime, key)
        event = parse_dispute_event(raw, now_ms=runtime.clock.now_ms())
        intake = runtime.cases.open_dispute(event, operator.principal)
        _introduce(screen, intake.case.id, operator, repeated=intake.repeated)
        say("working on the case")
        run_case(screen, runtime, intake.case.id, lines=True)
        say("closing")
        summary = summarise(runtime.cases.view(intake.case.id))
        screen.line({"step": "result", "repeated": intake.repeated, **summary.as_json()})
        show_outcome(screen, summary, runtime.clock.now_ms())


def run_case(
    screen: Screen, runtime: "ServiceRuntime", case_id: str, *, lines: bool = False
) -> None:
    """Drive a case as far as it goes, each step shown as it happens, or told as JSON `lines`."""
    for step in runtime.cases.run(case_id):
        if lines:
            screen.line(step)
        show_step(screen, step)


def _introduce(screen: Screen, case_id: str, operator: Operator, *, repeated: bool) -> None:
    screen.show(
        Text.assemble(
            ("Case ", "bold"), (case_id, "bold cyan"), f"  as {plain(operator.principal.id)}"
        ),
        Text(f"({operator.how})", style="dim"),
    )
    if repeated:
        screen.show(
            Text("This event came in before: its case goes on from where it is.", style="yellow")
        )
    screen.show(Text())


def show_outcome(screen: Screen, summary: CaseSummary, now_ms: int, *, more: bool = True) -> None:
    """Show where a case stands, and what a person can do next; with `more`, where to read on."""
    screen.show(
        Text(),
        Text.assemble(outcome_text(summary.status.value), "  ", plain(summary.outcome)),
    )
    review = summary.pending_review
    if summary.status is CaseStatus.WAITING_FOR_REVIEW and review is not None:
        due = f"{moment(review.due_at_ms)}, {until(review.due_at_ms, now_ms)}"
        screen.show(
            Text(f"Role: {review.role.value} or more senior. Due: {due}."),
            Text("Someone who neither opened nor proposed it looks and decides:"),
        )
        screen.command(f"{program()} review show {review.id}")
        screen.command(
            f'SLUICEGATE_KEY=… {program()} review decide {review.id} --approve --rationale "…" '
            f"--label claim_valid --digest {review.subject_digest}"
        )
        return
    if more:
        screen.show(Text("The whole story:"))
        screen.command(f"{program()} case show {summary.id}")
