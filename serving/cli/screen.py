"""What is written where: a person's output or JSON on stdout, everything else on stderr."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import typer
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.status import Status
from rich.table import Table
from rich.text import Text

LABEL_WIDTH: Final = 10
WIDTH_MAX: Final = 140
"""Lines longer than this are hard to read, however wide the terminal is."""


class Screen:
    """Writes a command's output. Text is never read as markup, so that no text can style itself."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json: Final = as_json
        self.console: Final = _console(stderr=False)
        self._notes: Final = _console(stderr=True)
        self._status: Status | None = None

    def show(self, *parts: RenderableType) -> None:
        """Show something to a person; nothing in JSON mode."""
        if not self.as_json:
            for part in parts:
                self.console.print(part)

    def field(self, label: str, *parts: RenderableType, style: str = "bold") -> None:
        """Show a labelled block whose lines stay right of the label."""
        self.show(labelled(label, *parts, style=style))

    def command(self, line: str) -> None:
        """Show a command to copy; it is never broken into two lines."""
        if not self.as_json:
            self.console.print(Text("  " + line, style="cyan"), soft_wrap=True)

    def note(self, text: str) -> None:
        """Say something beside the output, on stderr."""
        self._notes.print(Text(text, style="dim"), soft_wrap=True)

    @contextmanager
    def working(self, doing: str) -> Iterator[Callable[[str], None]]:
        """Show on a terminal what is under way, until the block ends; yield how to change it."""
        if self.as_json or not self.console.is_terminal:
            yield lambda _doing: None
            return
        with self.console.status(Text(doing, style="dim"), spinner="line") as status:
            self._status = status
            try:
                yield lambda doing: status.update(Text(doing, style="dim"))
            finally:
                self._status = None

    def confirm(self, question: str) -> None:
        """Ask a person for a yes; raise typer.Abort for anything else."""
        if self._status is not None:
            self._status.stop()  # it would write over the answer
        typer.confirm(question, abort=True)
        if self._status is not None:
            self._status.start()

    def document(self, content: Mapping[str, object]) -> None:
        """Write the one JSON document of a command."""
        if self.as_json:
            self._write(json.dumps(content, indent=2))

    def line(self, content: Mapping[str, object]) -> None:
        """Write one JSON line of a stream, at once."""
        if self.as_json:
            self._write(json.dumps(content, separators=(",", ":")))

    def _write(self, text: str) -> None:
        # Escaped ASCII: what came from outside cannot reach the terminal from here either.
        self.console.file.write(text + "\n")
        self.console.file.flush()


def labelled(label: str, *parts: RenderableType, style: str = "bold") -> Table:
    """Return a label with its content right of it."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=LABEL_WIDTH, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for number, part in enumerate(parts):
        grid.add_row(Text(label if number == 0 else "", style=style), part)
    return grid


def indented(part: RenderableType) -> Padding:
    """Return something moved right to where labelled content stands."""
    return Padding(part, (0, 0, 0, LABEL_WIDTH + 2))


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if console.width > WIDTH_MAX:
        console.width = WIDTH_MAX
    return console
