"""Our top-level names are plain words that others could claim; here they are ours."""

import importlib.metadata
import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.house import ROOMS, ROOT

NAMES = (*ROOMS, "policies", "tests")


@pytest.mark.parametrize("name", ROOMS)
def test_a_name_resolves_here(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)


def test_a_process_started_elsewhere_with_the_root_on_its_path_finds_ours(tmp_path: Path) -> None:
    # What a worker on another machine does: another folder, the root by PYTHONPATH.
    paths = ", ".join(f"{name}.__file__" for name in ROOMS)
    code = f"import {', '.join(ROOMS)}; print({paths}, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert all(Path(line).is_relative_to(ROOT) for line in done.stdout.splitlines())
    assert len(done.stdout.splitlines()) == len(ROOMS)


def test_no_installed_distribution_claims_one_of_our_names() -> None:
    claimed = importlib.metadata.packages_distributions()
    assert {name: claimed[name] for name in NAMES if name in claimed} == {}


def test_distributions_that_claim_our_names_are_refused_when_locking() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    refused = set(project["tool"]["uv"]["constraint-dependencies"])
    expected = {
        f"{name}<0"
        for name in ("openai-agents", "agents", "tools", "policies", "graphs", "evals", "serving")
    }
    assert expected <= refused


def test_only_the_kernel_can_become_a_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["tool"]["setuptools"]["packages"]["find"] == {"include": ["sluicegate*"]}
