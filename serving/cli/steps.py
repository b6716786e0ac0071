"""One dispute as it happens: each step of the graph, shown as it comes.

A step is JSON with its name in `step`; graphs/dispute/nodes.py says which there are. One that is
not known here is shown plainly, so that a new step needs no change in here to be seen.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from serving.cli.plain import (
    at,
    minor_text,
    moment,
    percent,
    plain,
    rows,
    short_digest,
    words,
)
from serving.cli.screen import Screen, indented

Step = Mapping[str, object]
REASONS_MAX: Final = 6
EVIDENCE_MAX: Final = 5
BAR_CELLS: Final = 12
FINDING_WIDTH: Final = 26
NO_MODEL: Final = "No language model was used."
MILLILOGIT: Final = 1_000
HIGH_RISK_BP: Final = 5_000
MIDDLE_RISK_BP: Final = 2_000
LOW_CONFIDENCE_BP: Final = 6_000
OUTCOME_STYLES: Final[Mapping[str, str]] = {
    "allowed": "bold green",
    "needs_review": "bold yellow",
    "denied": "bold red",
    "settled": "bold green",
    "rejected": "bold red",
    "waiting_for_review": "bold yellow",
    "no_action": "bold",
    "running": "bold cyan",
}
EFFECT_STYLES: Final[Mapping[str, str]] = {"deny": "red", "review": "yellow"}


def show_step(screen: Screen, step: Step) -> None:
    """Show a step to a person."""
    shown = _SHOWN.get(str(step.get("step")))
    if shown is None:
        _show_unknown(screen, step)
    else:
        shown(screen, step)


def outcome_text(outcome: object) -> Text:
    """Return an outcome in its colour, in words that need no colour."""
    return Text(words(outcome).upper(), style=OUTCOME_STYLES.get(str(outcome), "bold"))


def findings_table(findings: Sequence[Mapping[str, object]]) -> Padding:
    """Return policy's findings as a table: code and rule, effect, sentence."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("Finding (rule)", overflow="fold", max_width=FINDING_WIDTH)
    table.add_column("Effect", no_wrap=True)
    table.add_column("Why", overflow="fold", ratio=1)
    for finding in findings:
        role = plain(finding.get("review_role") or "")
        effect = plain(finding.get("effect"))
        code, rule = plain(finding.get("code"), 80), plain(finding.get("rule"), 120)
        table.add_row(
            Text.assemble((code, "bold"), "\n", (rule, "dim")),
            Text(f"{effect} by {role}" if role else effect, style=EFFECT_STYLES.get(effect, "")),
            plain(finding.get("sentence")),
        )
    return Padding(table, (0, 0, 0, 2))


def score_parts(score: Mapping[str, object]) -> list[RenderableType]:
    """Return a score with its reasons as bars; red raises the risk, green lowers it."""
    risk = score.get("risk_bp")
    style = "green"
    if isinstance(risk, int) and risk >= MIDDLE_RISK_BP:
        style = "red" if risk >= HIGH_RISK_BP else "yellow"
    model = f"{plain(score.get('model'), 60)} {plain(score.get('model_version'), 40)}"
    head = Text.assemble(
        ("risk ", ""), (percent(risk), f"bold {style}"), (f" that it would not hold · {model}", "")
    )
    reasons = rows(score, "reasons")[:REASONS_MAX]
    weights = [_weight(reason) for reason in reasons]
    largest = max((abs(weight) for weight in weights), default=0)
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=BAR_CELLS, no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold", ratio=1)
    for reason, weight in zip(reasons, weights, strict=True):
        cells = max(1, round(BAR_CELLS * abs(weight) / largest)) if weight and largest else 0
        color = "red" if weight > 0 else "green"
        grid.add_row(
            Text("█" * cells, style=color),
            Text(f"{weight / MILLILOGIT:+.2f}", style=color),
            Text.assemble(plain(reason.get("sentence")), (f"  {_code(reason)}", "dim")),
        )
    return [head, grid] if reasons else [head]


def _weight(reason: Mapping[str, object]) -> int:
    found = reason.get("contribution_millilogit")
    return found if isinstance(found, int) else 0


def _code(reason: Mapping[str, object]) -> str:
    return plain(reason.get("code"), 80)


def reading_parts(reading: Mapping[str, object]) -> list[RenderableType]:
    """Return what a reader made of the text, and who the reader was."""
    confidence = reading.get("confidence_bp")
    low = isinstance(confidence, int) and confidence < LOW_CONFIDENCE_BP
    parts: list[RenderableType] = [
        Text.assemble(
            (words(reading.get("category")), "bold"),
            ", confidence ",
            (percent(confidence), "yellow" if low else "green"),
        ),
        reader_text(at(reading, "model")),
    ]
    if reading.get("suspicious_instructions") is True:
        parts.append(Text("The text tries to instruct its reader.", style="bold red"))
    for item in rows(reading, "evidence")[:EVIDENCE_MAX]:
        quote, claim = plain(item.get("quote"), 200), plain(item.get("claim"), 200)
        where = plain(item.get("locator"), 60)
        parts.append(
            Text.assemble((f"“{quote}”" if quote else claim, "italic"), (f"  {where}", "dim"))
        )
    notes = reading.get("notes")
    if isinstance(notes, list | tuple):
        said = (plain(note, 300) for note in notes)
        parts.extend(Text(note, style="dim") for note in said if note != NO_MODEL)
    return parts


def reader_text(model: object) -> Text:
    """Say which reader it was, and plainly so where it was no language model."""
    name = plain(at(model, "name"), 80)
    if at(model, "kind") == "language_model":
        digest = short_digest(at(model, "weights_digest"))
        return Text(f"read by the language model {name}" + (f" ({digest})" if digest else ""))
    return Text.assemble(
        f"read by {name}: rules and a linear classifier. ",
        (NO_MODEL, "bold yellow"),
    )


def _show_read(screen: Screen, step: Step) -> None:
    screen.field(
        "Read",
        Text(
            f"{plain(step.get('claimed'), 60)} on {plain(step.get('transaction_id'), 80)}, "
            f"claimed for {plain(step.get('customer_id'), 80)}"
        ),
        Text(
            f"opened by {plain(step.get('opened_by'), 80)}; said to be of "
            f"{plain(step.get('occurred_at'), 40)}; {plain(step.get('narrative_chars'))} characters"
        ),
    )


def _show_facts(screen: Screen, step: Step) -> None:
    screen.field("Facts", *facts_parts(step))


def facts_parts(facts: object) -> list[RenderableType]:
    """Return what the record holds, a line each; what it does not hold is said too."""
    transaction = at(facts, "transaction")
    if not isinstance(transaction, Mapping):
        return [Text("The record holds no such transaction.", style="bold red")]
    lines = [
        f"transaction {plain(transaction.get('status'), 20)}, {_amount(transaction)}, "
        f"{moment(transaction.get('authorised_at_ms'))}, "
        f"merchant {plain(transaction.get('merchant_id'), 80)}",
        _standing("account", at(facts, "account"), "status", "currency"),
        _standing("card", at(facts, "card"), "status"),
        _standing("customer", at(facts, "customer"), "status", "kyc_status"),
    ]
    parts: list[RenderableType] = [Text(line) for line in lines]
    if at(facts, "customer", "sanctions_hit") is True:
        parts.append(Text("The customer is on a sanctions list.", style="bold red"))
    for name, meaning in (("credited_minor", "credited"), ("reserved_minor", "reserved")):
        found = at(facts, name)
        if isinstance(found, int) and found > 0:
            parts.append(Text(f"already {meaning} for it: {_amount(transaction, found)}"))
    return parts


def _standing(what: str, row: object, *names: str) -> str:
    if not isinstance(row, Mapping):
        return f"{what}: the record holds none"
    said = ", ".join(
        ("KYC " if name == "kyc_status" else "") + words(row.get(name)) for name in names
    )
    return f"{what} {plain(row.get('id'), 80)}: {said}"


def _amount(row: Mapping[str, object], amount_minor: object = None) -> str:
    from_row = row.get("amount_minor") if amount_minor is None else amount_minor
    return minor_text(from_row, row.get("currency"))


def _show_reading(screen: Screen, step: Step) -> None:
    screen.field("Reading", *reading_parts(step))


def _show_score(screen: Screen, step: Step) -> None:
    if step.get("available") is False:
        missing = Text(f"none: {plain(step.get('sentence'))}", style="yellow")
        screen.field("Score", missing)
        return
    screen.field("Score", *score_parts(step))


def _show_proposal(screen: Screen, step: Step) -> None:
    proposal = at(step, "proposal")
    screen.field("Proposal", *proposal_parts(proposal, amount=plain(step.get("amount"), 60)))
    credit, end = at(step, "clock", "provisional_credit"), at(step, "clock", "resolution")
    if credit is not None and end is not None:
        screen.show(
            indented(
                Text(
                    f"credit due {plain(at(credit, 'due_on'))} ({plain(at(credit, 'rule'))}), "
                    f"answer due {plain(at(end, 'due_on'))} ({plain(at(end, 'rule'))})",
                    style="dim",
                )
            )
        )


def proposal_parts(proposal: object, *, amount: str) -> list[RenderableType]:
    """Return what is proposed, and where its amount and payee come from."""
    return [
        Text.assemble(
            f"{words(at(proposal, 'kind'))} of ",
            (amount, "bold"),
            f" to {plain(at(proposal, 'payee_account_id'), 80)}",
        ),
        Text(
            f"amount from {plain(at(proposal, 'amount_provenance'))}, payee from "
            f"{plain(at(proposal, 'payee_provenance'))}; network reason "
            f"{plain(at(proposal, 'network_reason_code'), 60)}",
            style="dim",
        ),
    ]


def _show_gate(screen: Screen, step: Step) -> None:
    findings = rows(step, "decision", "findings")
    policy = Text(
        f"policy {short_digest(step.get('policy_digest'))}, decision {plain(step.get('seq'))}",
        style="dim",
    )
    head = Text.assemble(outcome_text(step.get("outcome")), "  ", policy)
    if not findings:
        screen.field("Gate", head, Text("Policy found nothing against it."))
        return
    screen.field("Gate", head)
    screen.show(findings_table(findings))


def _show_review(screen: Screen, step: Step) -> None:
    role = plain(step.get("role"), 40)
    screen.field(
        "Review",
        Text.assemble(
            (f"A person with the role {role} has to decide", "bold yellow"),
            f" by {moment(step.get('due_at_ms'))}.",
        ),
    )


def _show_awaiting(screen: Screen, step: Step) -> None:
    screen.field(
        "Waiting",
        Text("Allowed; the executor has not answered yet. It goes on by itself.", style="yellow"),
        Text(f"permit {plain(step.get('permit_id'), 80)}", style="dim"),
    )


def _show_receipt(screen: Screen, step: Step) -> None:
    status = plain(step.get("status"), 20)
    reason = plain(step.get("reason") or "", 300)
    screen.field(
        "Receipt",
        Text.assemble(
            (status, "bold green" if status == "settled" else "bold red"),
            f" on the {plain(step.get('rail'), 40)} rail, {plain(step.get('reference'), 120)}",
            f": {reason}" if reason else "",
        ),
    )


def _show_answer(_screen: Screen, _step: Step) -> None:
    """Show nothing: the command ends with the same outcome."""


def _show_unknown(screen: Screen, step: Step) -> None:
    said = ", ".join(
        f"{plain(name, 40)} {plain(value, 80)}"
        for name, value in step.items()
        if name != "step" and isinstance(value, str | int | bool)
    )
    screen.field(words(step.get("step") or "step")[:10].capitalize(), Text(said or "done"))


_SHOWN: Final[Mapping[str, Callable[[Screen, Step], None]]] = {
    "read": _show_read,
    "facts": _show_facts,
    "reading": _show_reading,
    "score": _show_score,
    "proposal": _show_proposal,
    "gate": _show_gate,
    "review": _show_review,
    "awaiting_receipt": _show_awaiting,
    "receipt": _show_receipt,
    "answer": _show_answer,
}
