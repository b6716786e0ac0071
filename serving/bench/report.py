"""The table of a run, and its place in docs/benchmarks.md."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from serving.bench.measure import Row

BEGIN: Final = "<!-- measured: begin -->"
END: Final = "<!-- measured: end -->"


def table(rows: list[Row]) -> str:
    """Return rows as a Markdown table."""
    lines = [
        "| what | calls | p50 ms | p95 ms | p99 ms | |",
        "| --- | --: | --: | --: | --: | --- |",
    ]
    lines += [
        f"| {each.name} | {each.calls} | {each.p50_ms:.3f} | {each.p95_ms:.3f} "
        f"| {each.p99_ms:.3f} | {each.note} |"
        for each in rows
    ]
    return "\n".join(lines)


def machine(now_ms: int) -> str:
    """Return when and on what it was measured, without naming whose machine it is."""
    day = datetime.fromtimestamp(now_ms / 1_000, tz=UTC).date().isoformat()
    load_1_min = os.getloadavg()[0]
    return (
        f"Measured on {day}: {_processor()}, {os.cpu_count()} cores, {_memory_gib()} GiB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}; "
        f"load {load_1_min:.1f} at the end of the run."
    )


def write_into(page: Path, text: str) -> None:
    """Replace what stands between the two marks of a page; raise ValueError without them."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page.name} has no place for the table")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "an unnamed processor"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "an unnamed processor"


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
