"""Commands about the installation itself: verify, version, keys, new."""

import platform
import re
from typing import Annotated, Final

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from serving.api.checks import VERSION
from serving.cli.plain import plain, short_digest
from serving.cli.screen import Screen
from serving.cli.session import JsonOption, drop_keys, make_key, open_look, project_root
from serving.scaffold import KINDS, next_steps, scaffold
from sluicegate.domain.errors import InvalidInput
from sluicegate.domain.principal import Principal, Role
from sluicegate.ledger.verify import VerifyReport, verify_everything

EXIT_WRONG: Final = 1
PROBLEMS_SHOWN: Final = 10
_HOLDER: Final = re.compile(r"(person|service):[a-z0-9][a-z0-9.-]{0,60}", re.ASCII)

keys = typer.Typer(
    no_args_is_help=True, help="See who holds API keys, make new ones, disable old ones."
)


def verify(as_json: JsonOption = False) -> None:
    """Check the whole audit log and the journal; exit 1 where anything is wrong.

    Every link of the log is computed again, every decision of the gate is folded again from its
    recorded inputs, and every journal entry is held against its permit and its log entry.
    """
    screen = Screen(as_json=as_json)
    with open_look() as runtime:
        report = verify_everything(runtime.store, runtime.verifier)
    screen.document(report.as_json())
    _show_report(screen, report)
    if not report.ok:
        raise typer.Exit(EXIT_WRONG)


def version(as_json: JsonOption = False) -> None:
    """Say which version this is."""
    screen = Screen(as_json=as_json)
    python = platform.python_version()
    screen.document({"version": VERSION, "python": python})
    screen.show(Text(f"sluicegate {VERSION}, Python {python}"))


def new(
    kind: Annotated[str, typer.Argument(metavar="|".join(KINDS), help="What to lay.")],
    name: Annotated[str, typer.Argument(help="Its name; a policy's may be PROCESS/RULE.")],
    as_json: JsonOption = False,
) -> None:
    """Lay a new unit in its room, with a failing test in it."""
    screen = Screen(as_json=as_json)
    root = project_root()
    written = [path.relative_to(root).as_posix() for path in scaffold(kind, name, root)]
    following = next_steps(kind, name)
    screen.document({"written": written, "next": following})
    for path in written:
        screen.show(Text.assemble(("wrote ", "green"), path))
    screen.show(Text(following))


@keys.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """List who holds live keys, with their roles."""
    screen = Screen(as_json=as_json)
    with open_look() as runtime:
        with runtime.store.read() as tx:
            holders = tx.api_keys.principals()
    screen.document({"principals": [holder.as_json() for holder in holders]})
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("Holder", overflow="fold")
    table.add_column("Roles", overflow="fold")
    for holder in holders:
        table.add_row(plain(holder.id), ", ".join(role.value for role in holder.roles))
    screen.show(table if holders else Text("Nobody holds a key."))


@keys.command("add")
def add(
    principal: Annotated[str, typer.Argument(help="person:NAME or service:NAME.")],
    role: Annotated[list[Role], typer.Option(help="What they may do; may be given again.")],
    as_json: JsonOption = False,
) -> None:
    """Make a key and show it this once. Takes the rights of whoever set the database up."""
    if not _HOLDER.fullmatch(principal):
        raise InvalidInput(
            f"{principal!r} is no name for a holder.",
            next_step="Write person:NAME or service:NAME: small letters, digits, dots, dashes.",
        )
    screen = Screen(as_json=as_json)
    holder = Principal(id=principal, roles=tuple(dict.fromkeys(role)))
    key = make_key(holder)
    screen.document({"principal": holder.as_json(), "key": key})
    screen.show(Text(f"Key of {holder.id}, shown this once:"))
    screen.command(key)


@keys.command("disable")
def disable(
    principal: Annotated[str, typer.Argument(help="Whose keys.")], as_json: JsonOption = False
) -> None:
    """Disable all keys of a holder, from the next call on."""
    screen = Screen(as_json=as_json)
    disabled = drop_keys(principal)
    screen.document({"principal": principal, "disabled": disabled})
    screen.show(Text(f"Disabled {disabled} of {plain(principal)}."))


def _show_report(screen: Screen, report: VerifyReport) -> None:
    audit = report.audit
    good, bad = ("in order", "bold green"), ("WRONG", "bold red")
    screen.field(
        "Audit log",
        Text.assemble(
            good if audit.ok else bad,
            f", {audit.entries} entries, head {short_digest(audit.head_hash, 16)}",
        ),
    )
    if audit.first_bad_seq is not None:
        screen.field("", Text(f"first bad entry: {audit.first_bad_seq}", style="red"))
    in_balance = all(total == 0 for total in report.trial_balance.values())
    sums = ", ".join(
        f"{plain(currency, 3)} {total}" for currency, total in sorted(report.trial_balance.items())
    )
    journal_right = in_balance and not any(item.startswith("journal") for item in report.problems)
    screen.field(
        "Journal",
        Text.assemble(
            good if journal_right else bad,
            f", {report.journal_entries} entries" + (f", sums to {sums}" if sums else ""),
        ),
    )
    gate_right = not any(item.startswith("gate") for item in report.problems)
    screen.field(
        "Decisions",
        Text.assemble(good if gate_right else bad, f", {report.decisions_replayed} folded again"),
    )
    for problem in report.problems[:PROBLEMS_SHOWN]:
        screen.field("Problem", Text(plain(problem), style="red"))
    screen.show(Text("Everything verifies." if report.ok else "It does not verify.", style="bold"))
