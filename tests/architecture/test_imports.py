"""The import contracts hold, and each of them notices when it is broken."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.house import ROOMS, ROOT

LINT_TIMEOUT_SECONDS = 120

# A mistake, the contract that has to notice it, the file, and what is imported there.
BREACHES = {
    "a-tool-looks-up-at-a-graph": ("rooms", "tools/__init__.py", "graphs"),
    "a-value-looks-up-at-a-process": ("rooms", "sluicegate/domain/ids.py", "serving"),
    "a-port-knows-the-gate": ("kernel", "sluicegate/ports/clock.py", "sluicegate.gate.fold"),
    "the-gate-knows-the-ledger": (
        "kernel",
        "sluicegate/gate/fold.py",
        "sluicegate.ledger.executor",
    ),
    "a-client-decides": (
        "integrations",
        "sluicegate/integrations/__init__.py",
        "sluicegate.gate.fold",
    ),
    "a-framework-in-the-fold": (
        "kernel-without-frameworks",
        "sluicegate/gate/fold.py",
        "langgraph.graph",
    ),
    "a-database-in-the-fold": (
        "kernel-without-frameworks",
        "sluicegate/gate/fold.py",
        "sqlalchemy",
    ),
    "an-agent-reaches-the-network": ("agents-without-frameworks", "agents/__init__.py", "httpx"),
    "a-graph-reaches-the-executor": (
        "agents-cannot-spend",
        "graphs/__init__.py",
        "sluicegate.ledger.executor",
    ),
    "an-agent-reaches-a-database": (
        "agents-cannot-spend",
        "agents/__init__.py",
        "sluicegate.adapters",
    ),
    "the-api-reaches-the-executor": (
        "executor",
        "serving/api/__init__.py",
        "sluicegate.ledger.executor",
    ),
    "a-second-reader-of-settings": (
        "settings",
        "serving/api/__init__.py",
        "sluicegate.settings",
    ),
    "a-second-composition-root": (
        "composition-root",
        "serving/cases.py",
        "sluicegate.adapters.system.clock",
    ),
    "an-agent-knows-another": ("agents-apart", "agents/dispute/agent.py", "agents.other"),
    "a-cycle": ("no-cycles", "sluicegate/domain/ids.py", "sluicegate.domain.proposal"),
}


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=LINT_TIMEOUT_SECONDS,
        check=False,
    )


@pytest.fixture
def copied_house(tmp_path: Path) -> Path:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    other = tmp_path / "agents/other"
    other.mkdir()
    (other / "__init__.py").write_text('"""Another agent."""\n', "utf-8")
    return tmp_path


def test_the_import_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("contract", "file", "imported"), BREACHES.values(), ids=BREACHES.keys())
def test_a_contract_notices(copied_house: Path, contract: str, file: str, imported: str) -> None:
    broken = copied_house / file
    broken.write_text(f"import {imported}\n{broken.read_text('utf-8')}", "utf-8")
    done = lint(copied_house, "--contract", contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_every_contract_has_a_breach_that_proves_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = {contract["id"] for contract in project["tool"]["importlinter"]["contracts"]}
    assert {contract for contract, _, _ in BREACHES.values()} == contracts
