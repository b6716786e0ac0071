"""Commands that show cases: the newest ones, and one whole with its timeline."""

from typing import Annotated, Final

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from serving.case_summary import summarise
from serving.cases import CaseView, case_view
from serving.cli.plain import moment, plain, short_digest, words
from serving.cli.screen import Screen, indented
from serving.cli.session import JsonOption, open_look
from serving.cli.steps import (
    facts_parts,
    findings_table,
    outcome_text,
    proposal_parts,
    reader_text,
    score_parts,
)
from serving.cli.triage import show_outcome
from sluicegate.domain.audit import AuditEntry
from sluicegate.domain.case import Case
from sluicegate.domain.money import format_minor
from sluicegate.domain.review import Review

CASES_DEFAULT: Final = 20
CASES_MAX: Final = 200
NARRATIVE_CHARS: Final = 600
WIDE_COLUMNS: Final = 110
DETAIL_CHARS: Final = 160
DIGEST_DIGITS: Final = 6
"""With more of them the timeline does not fit into 80 columns."""

app = typer.Typer(no_args_is_help=True, help="Show cases and what was done in them.")

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="A case's name, case_….")]
LimitOption = Annotated[int, typer.Option(min=1, max=CASES_MAX, help="How many, newest first.")]


@app.command("list")
def list_cases(limit: LimitOption = CASES_DEFAULT, as_json: JsonOption = False) -> None:
    """List the newest cases."""
    screen = Screen(as_json=as_json)
    with open_look() as runtime:
        with runtime.store.read() as tx:
            cases = tx.cases.recent(limit=limit)
    screen.document({"cases": [case.as_json() for case in cases]})
    screen.show(_table(cases, screen.console.width) if cases else Text("There are no cases yet."))


@app.command("show")
def show_case(case_id: CaseArgument, as_json: JsonOption = False) -> None:
    """Show a case: what was claimed, found, decided and done, and its log entries."""
    screen = Screen(as_json=as_json)
    with open_look() as runtime:
        view = case_view(runtime.store, case_id)
        now_ms = runtime.clock.now_ms()
    screen.document(view.as_json())
    if as_json:
        return
    summary = summarise(view)
    screen.show(
        Text.assemble(("Case ", "bold"), (plain(view.case.id), "bold cyan")),
        Text(
            f"opened {moment(view.case.opened_at_ms)} by {plain(view.case.opened_by)}; event "
            f"{plain(view.event.id, 80)} of {plain(view.event.source, 80)}",
            style="dim",
        ),
        Text(),
    )
    _show_claim(screen, view)
    _show_decisions(screen, view)
    for receipt in view.receipts:
        screen.field("Receipt", Text(f"{receipt.status} on the {receipt.rail} rail"))
    screen.show(Text(), timeline_table(view.timeline, screen.console.width))
    show_outcome(screen, summary, now_ms, more=False)


def _table(cases: tuple[Case, ...], width: int) -> Table:
    wide = width >= WIDE_COLUMNS
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    for name in ("Case", "Opened (UTC)", "Status"):
        table.add_column(name, no_wrap=True)
    if wide:
        table.add_column("Outcome", overflow="ellipsis", no_wrap=True, ratio=1)
    for case in cases:
        row = [plain(case.id), moment(case.opened_at_ms).removesuffix(" UTC")]
        outcome = [plain(case.outcome, 300)] if wide else []
        table.add_row(*row, outcome_text(case.status.value), *outcome)
    return table


def _show_claim(screen: Screen, view: CaseView) -> None:
    claim = view.event.data
    amount = f"{plain(claim.amount)} {plain(claim.currency)}"
    screen.field(
        "Claim",
        Text(f"{amount} on {plain(claim.transaction_id, 80)}, for {plain(claim.customer_id, 80)}"),
        Text(f"“{plain(claim.narrative, NARRATIVE_CHARS)}”", style="italic"),
    )
    for proposal in view.proposals:
        amount = f"{format_minor(proposal.amount_minor, proposal.currency)} {proposal.currency}"
        screen.field("Proposal", *proposal_parts(proposal.as_json(), amount=amount))
        screen.show(
            indented(Text(f"{words(proposal.category)}, {plain(proposal.summary)}")),
            indented(reader_text(proposal.model.as_json())),
        )


def _show_decisions(screen: Screen, view: CaseView) -> None:
    if view.answers:
        newest = view.answers[-1]
        screen.field("Facts", *facts_parts(newest.facts.as_json()))
        if newest.score is not None:
            screen.field("Score", *score_parts(newest.score.as_json()))
    for answer in view.answers:
        screen.field("Gate", outcome_text(answer.decision.outcome))
        findings = [finding.as_json() for finding in answer.decision.findings]
        if findings:
            screen.show(findings_table(findings))
    for review in view.reviews:
        screen.field("Review", *decision_lines(review))


def decision_lines(review: Review) -> list[Text]:
    """Return what a review asked and what was answered."""
    decision = review.decision
    if decision is None:
        due = f"role {review.role.value}, due {moment(review.due_at_ms)}"
        return [Text(f"{plain(review.id)}: {review.status}, {due}")]
    color = "green" if decision.verdict.value == "approve" else "red"
    return [
        Text.assemble(
            (decision.verdict.value.upper(), f"bold {color}"),
            f" by {plain(decision.reviewer)}, {moment(decision.decided_at_ms)}, "
            f"label {decision.label.value}",
        ),
        Text(f"“{plain(decision.rationale, NARRATIVE_CHARS)}”", style="italic"),
    ]


def timeline_table(timeline: tuple[AuditEntry, ...], width: int) -> Table:
    """Return the log entries of a case; where there is room, with what each says."""
    wide = width >= WIDE_COLUMNS
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, collapse_padding=True)
    table.add_column("Seq", justify="right", no_wrap=True)
    table.add_column("Time (UTC)", no_wrap=True)
    table.add_column("Kind", no_wrap=True)
    table.add_column("Actor", overflow="fold")
    table.add_column("Entry", no_wrap=True, style="dim")
    table.add_column("Data", no_wrap=True, style="dim")
    if wide:
        table.add_column("Details", no_wrap=True, overflow="ellipsis", ratio=1)
    for entry in timeline:
        record = entry.record
        row = [
            str(entry.seq),
            moment(record.at_ms, seconds=True),
            plain(record.kind, 60),
            plain(record.actor, 80),
            short_digest(entry.hash, DIGEST_DIGITS),
            short_digest(record.data_digest, DIGEST_DIGITS),
        ]
        table.add_row(*row, *([_details(entry)] if wide else []))
    return table


def _details(entry: AuditEntry) -> str:
    said = [
        f"{name} {plain(value, 40)}"
        for name, value in entry.record.body.items()
        if isinstance(value, str | int) and not name.endswith("digest")
    ]
    return plain(", ".join(said), DETAIL_CHARS)
