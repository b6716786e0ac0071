"""The command line's commands, and the one place where its errors end."""

import sys
from collections.abc import Sequence
from typing import Final

import typer

from serving.cli import case, review
from serving.cli.checks import keys, new, verify, version
from serving.cli.failures import (
    EXIT_BROKEN_PIPE,
    EXIT_INTERRUPTED,
    report_error,
    report_interrupted,
    report_unexpected,
    report_usage,
)
from serving.cli.program import NAME
from serving.cli.session import log_dir
from serving.cli.triage import triage
from sluicegate.domain.errors import InvalidInput, SluicegateError

EPILOG: Final = (
    "Exit status: 0 done, 1 verify found something wrong, 2 bad input, 3 not found, 4 conflict, "
    "5 not allowed, 6 a part is not available, 70 unexpected, 130 interrupted. With --json errors "
    "are problem details (RFC 9457) on stderr, and stdout holds the result only."
)

app = typer.Typer(
    name=NAME,
    help="Card disputes, end to end: agents propose, a gate decides, people review.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(triage)
app.add_typer(review.app, name="review")
app.add_typer(case.app, name="case")
app.command()(verify)
app.command()(new)
app.add_typer(keys, name="keys")
app.command()(version)


def main(arguments: Sequence[str]) -> int:
    """Run a command; return its exit status. Nothing that a command raises gets past here."""
    # Looked for by hand: it has to be known also where the arguments do not parse.
    as_json = "--json" in arguments
    try:
        status = app(list(arguments), prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()
    except SluicegateError as error:
        return report_error(error, as_json=as_json)
    except typer.TyperException as error:
        if not error.format_message():
            return InvalidInput.exit_code  # a command group without a command has shown its help
        return report_usage(error.format_message(), as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return report_interrupted(as_json=as_json)
    except BrokenPipeError:
        sys.stdout = None
        return EXIT_BROKEN_PIPE
    except Exception as error:
        return report_unexpected(error, log_dir(), as_json=as_json)
    if status == EXIT_INTERRUPTED:  # Typer turns the interrupt of a command into this status
        return report_interrupted(as_json=as_json)
    return status if isinstance(status, int) else 0
