"""Commands of reviews: what waits for a person, what exactly is asked, and the decision."""

import sys
from typing import Annotated, Final

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from serving.case_summary import summarise
from serving.cli.case import decision_lines
from serving.cli.plain import minor_text, moment, plain, until, words
from serving.cli.program import program
from serving.cli.screen import Screen
from serving.cli.session import JsonOption, KeyOption, open_look, open_session
from serving.cli.steps import (
    facts_parts,
    findings_table,
    proposal_parts,
    reader_text,
    score_parts,
)
from serving.cli.triage import run_case, show_outcome
from sluicegate.domain.errors import InvalidInput, StaleReview, Unauthenticated
from sluicegate.domain.review import RATIONALE_CHARS_MAX, Review, ReviewInput, ReviewLabel, Verdict

REVIEWS_DEFAULT: Final = 20
REVIEWS_MAX: Final = 200

app = typer.Typer(no_args_is_help=True, help="See what waits for a person, and decide it.")

ReviewArgument = Annotated[str, typer.Argument(metavar="REVIEW", help="A review's name, rev_….")]
LimitOption = Annotated[
    int, typer.Option(min=1, max=REVIEWS_MAX, help="How many, earliest due first.")
]


@app.command("list")
def list_reviews(limit: LimitOption = REVIEWS_DEFAULT, as_json: JsonOption = False) -> None:
    """List what waits for a person, the earliest due first."""
    screen = Screen(as_json=as_json)
    with open_look() as runtime:
        now_ms = runtime.clock.now_ms()
        with runtime.store.read() as tx:
            reviews = tx.reviews.pending(limit=limit)
    screen.document({"reviews": [review.as_json() for review in reviews]})
    if not reviews:
        screen.show(Text("Nothing waits for a person."))
        return
    screen.show(_table(reviews, now_ms))
    screen.command(f"{program()} review show {reviews[0].id}")


@app.command("show")
def show_review(review_id: ReviewArgument, as_json: JsonOption = False) -> None:
    """Show exactly what a review asks, and its digest, to which a decision is bound."""
    screen = Screen(as_json=as_json)
    with open_look() as runtime:
        now_ms = runtime.clock.now_ms()
        with runtime.store.read() as tx:
            review = tx.reviews.get(review_id)
            narrative = tx.events.incoming(review.subject.proposal.event_id).data.narrative
    screen.document(review.as_json())
    _show_review(screen, review, narrative, now_ms)
    if review.status == "pending":
        screen.show(Text(), Text("To decide exactly this:"))
        screen.command(
            f'SLUICEGATE_KEY=… {program()} review decide {review.id} --approve --rationale "…" '
            f"--label claim_valid --digest {review.subject_digest}"
        )


@app.command("decide")
def decide(
    review_id: ReviewArgument,
    rationale: Annotated[
        str, typer.Option(help="Why, in your words; may not be empty.", show_default=False)
    ],
    label: Annotated[
        ReviewLabel,
        typer.Option(help="What you believe to be true of the claim.", show_default=False),
    ],
    approve: Annotated[bool, typer.Option("--approve", help="Let it happen.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Do not let it happen.")] = False,
    digest: Annotated[
        str,
        typer.Option(
            help="The digest of what you saw; needed unless you are asked at a terminal.",
            show_default=False,
            metavar="sha256:…",
        ),
    ] = "",
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Decide a review with your own key, then let the case go on.

    The decision is bound to what you saw: give the digest that `review show` printed, or look now
    and say yes. If it has changed since, nothing is recorded. The same decision again has no second
    effect.
    """
    screen = Screen(as_json=as_json)
    verdict = _verdict(approve=approve, reject=reject)
    _check(rationale, key)
    asks = _asks(digest, as_json=as_json)
    with screen.working("opening the service") as say, open_session() as runtime:
        runtime.authenticate(key)
        review = runtime.gate.review(review_id)
        given = ReviewInput(
            verdict=verdict,
            rationale=rationale,
            label=label,
            subject_digest=_bound_digest(review, digest),
        )
        with runtime.store.read() as tx:
            narrative = tx.events.incoming(review.subject.proposal.event_id).data.narrative
        _show_review(screen, review, narrative, runtime.clock.now_ms())
        if asks:
            screen.confirm(f"{verdict.value.capitalize()} exactly this?")
        answer = runtime.gate.decide_review(review_id, given, reviewer_key=key)
        _show_recorded(screen, review, answer.decision.verdict, repeated=answer.repeated)
        say("working on the case")
        run_case(screen, runtime, answer.case_id)
        say("closing")
        summary = summarise(runtime.cases.view(answer.case_id))
        screen.document(
            {
                "decision": answer.decision.as_json(),
                "repeated": answer.repeated,
                "case": summary.as_json(),
            }
        )
        show_outcome(screen, summary, runtime.clock.now_ms())


def _verdict(*, approve: bool, reject: bool) -> Verdict:
    if approve == reject:
        raise InvalidInput(
            "Say whether you approve or reject.", next_step="Give one of --approve and --reject."
        )
    return Verdict.APPROVE if approve else Verdict.REJECT


def _check(rationale: str, key: str) -> None:
    """Refuse what cannot be recorded before anything is started."""
    if not rationale.strip():
        raise InvalidInput("A rationale may not be empty.", next_step='Say why: --rationale "…".')
    if len(rationale) > RATIONALE_CHARS_MAX:
        raise InvalidInput(
            f"The rationale has {len(rationale)} characters; {RATIONALE_CHARS_MAX} are kept.",
            next_step="Shorten it.",
        )
    if not key:
        raise Unauthenticated(
            "A review is decided by a person with their own key; none was given.",
            next_step="Set SLUICEGATE_KEY to your key, or give it with --key.",
        )


def _asks(digest: str, *, as_json: bool) -> bool:
    """Say whether to ask a person at a terminal for a yes to what it shows them.

    Without a terminal nobody can have seen it now, so the digest has to be there.
    """
    if digest:
        return False
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InvalidInput(
            "What you decide on has to be named, so that it is what you saw.",
            next_step=f"Give --digest as `{program()} review show` prints it.",
        )
    return True


def _bound_digest(review: Review, digest: str) -> str:
    if digest and digest != review.subject_digest:
        raise StaleReview(
            "What this review asks is not what you saw.",
            next_step=f"Look again: {program()} review show {review.id}",
        )
    return review.subject_digest


def _table(reviews: tuple[Review, ...], now_ms: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("Review", no_wrap=True)
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("Category", overflow="fold")
    table.add_column("Role", no_wrap=True)
    table.add_column("Due", no_wrap=True)
    for review in reviews:
        proposal = review.subject.proposal
        late = review.due_at_ms < now_ms
        table.add_row(
            plain(review.id),
            minor_text(proposal.amount_minor, proposal.currency),
            words(proposal.category.value),
            review.role.value,
            Text(until(review.due_at_ms, now_ms), style="bold red" if late else ""),
        )
    return table


def _show_review(screen: Screen, review: Review, narrative: str, now_ms: int) -> None:
    subject = review.subject
    proposal = subject.proposal
    due = f"{moment(review.due_at_ms)}, {until(review.due_at_ms, now_ms)}"
    screen.show(
        Text.assemble(("Review ", "bold"), (plain(review.id), "bold cyan"), f"  {review.status}"),
        Text(f"for a person with the role {review.role.value} or more senior, due {due}"),
        Text(f"case {plain(review.case_id)}", style="dim"),
        Text(f"digest {review.subject_digest}", style="dim"),
        Text(),
    )
    amount = minor_text(proposal.amount_minor, proposal.currency)
    screen.field("Proposal", *proposal_parts(proposal.as_json(), amount=amount))
    screen.field(
        "Claim",
        Text(f"“{plain(narrative)}”", style="italic"),
        Text("The customer's own words; nothing in them is an instruction.", style="dim"),
    )
    confidence = f"confidence {proposal.confidence_bp / 100:.1f} %"
    screen.field(
        "Reading",
        Text(f"{words(proposal.category.value)}, {confidence}"),
        reader_text(proposal.model.as_json()),
        Text(plain(proposal.summary)),
    )
    screen.field("Facts", *facts_parts(subject.facts.as_json()))
    if subject.score is not None:
        screen.field("Score", *score_parts(subject.score.as_json()))
    else:
        screen.field("Score", Text("none could be had", style="yellow"))
    findings = [finding.as_json() for finding in subject.findings]
    screen.field("Findings", Text("what policy says of it:"))
    screen.show(findings_table(findings))
    if review.decision is not None:
        screen.field("Decided", *decision_lines(review))


def _show_recorded(screen: Screen, review: Review, verdict: Verdict, *, repeated: bool) -> None:
    color = "green" if verdict is Verdict.APPROVE else "red"
    again = " before; nothing is done twice" if repeated else ""
    screen.field(
        "Recorded",
        Text.assemble((verdict.value.upper(), f"bold {color}"), again),
        Text(f"bound to {review.subject_digest}", style="dim"),
    )
