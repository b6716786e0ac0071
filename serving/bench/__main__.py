"""``make bench``: measure, print the table, and write it into docs/benchmarks.md with the machine
named.

PostgreSQL is measured where --postgres names an empty database whose login may create in it; its
rows are left out, and said to be, where it is not given. ``make bench`` starts one out of the
development wheel.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console

from serving.bench.bootstrap import (
    checkpointer_in,
    made_bank,
    measure_core,
    measure_gate,
    now_ms,
)
from serving.bench.graph import measure_graph
from serving.bench.measure import Row
from serving.bench.report import machine, table, write_into

PAGE: Final = Path("docs/benchmarks.md")
MEMORY_DISK: Final = Path("/dev/shm")


def main() -> None:
    """Measure everything and write the table."""
    parser = argparse.ArgumentParser(prog="sluicegate-bench", description=__doc__)
    parser.add_argument("--times", type=int, default=700, help="decisions a database")
    parser.add_argument("--postgres", default="", help="URL of an empty database")
    parser.add_argument("--postgres-relaxed", default="", help="one with synchronous_commit=off")
    parser.add_argument("--page", type=Path, default=PAGE)
    given = parser.parse_args()
    console = Console(highlight=False)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as disk:
        made = made_bank(Path(disk))
        rows += measure_core(made, f"sqlite:///{disk}/core.db", given.times)
        rows += measure_gate("SQLite, durable", f"sqlite:///{disk}/gate.db", made, given.times)
        if MEMORY_DISK.is_dir():
            with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as memory:
                url = f"sqlite:///{memory}/gate.db"
                rows += measure_gate("SQLite, no durable commit", url, made, given.times)
        for name, url in (
            ("PostgreSQL, durable", given.postgres),
            ("PostgreSQL, no durable commit", given.postgres_relaxed),
        ):
            rows += measure_gate(name, url, made, given.times) if url else []
        rows += measure_graph(None, "no checkpointer")
        with checkpointer_in(Path(disk)) as saver:
            rows += measure_graph(saver, "SQLite checkpointer")
    said = table(rows)
    if not given.postgres:
        said += "\n\nPostgreSQL was not measured in this run."
    console.print(said, markup=False, soft_wrap=True)
    write_into(given.page, f"{machine(now_ms())}\n\n{said}")


if __name__ == "__main__":
    main()
