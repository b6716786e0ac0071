"""What the architecture tests look at: the files of the house, without what tools leave behind."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("sluicegate", "agents", "tools", "graphs", "evals", "serving")
"""Our importable top-level names."""
NOT_OURS = frozenset(
    {
        ".git",
        ".venv",
        ".cache",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".hypothesis",
        ".import_linter_cache",
        "__pycache__",
        "node_modules",
        "secrets",
        "var",
        "weights",
    }
)


def files(*suffixes: str, under: Path = ROOT) -> Iterator[Path]:
    """Yield our files in a fixed order, those with one of the suffixes where any is given."""
    for folder, names, found in os.walk(under):
        names[:] = sorted(name for name in names if name not in NOT_OURS)
        for name in sorted(found):
            if not suffixes or name.endswith(suffixes):
                yield Path(folder) / name


def inside(path: Path) -> str:
    """Return a path as seen from the root."""
    return path.relative_to(ROOT).as_posix()


def folders(path: Path) -> list[Path]:
    """Return the folders in a folder that hold something, in order; none where it is not there."""
    if not path.is_dir():
        return []
    return sorted(
        entry
        for entry in path.iterdir()
        if entry.is_dir() and entry.name not in NOT_OURS and any(files(under=entry))
    )


def function_lengths(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function's name and how many lines it spans, its decorators left out."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            yield node.name, node.end_lineno - node.lineno + 1
