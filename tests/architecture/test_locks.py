"""The locks are complete, agree with each other and with what is declared, and name no registry."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?P<marker> ;[^\\]*)?")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: Path) -> dict[str, str]:
    found = {}
    for line in path.read_text("utf-8").splitlines():
        match = PIN.match(line)
        if match is not None:
            found[canonical(match["name"]) + (match["marker"] or "").strip()] = match["version"]
    return found


def declared() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pairs = [requirement.split("==") for requirement in project["dependencies"]]
    return {canonical(name.split("[")[0]): version for name, version in pairs}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_pin_is_locked_by_hash(path: Path) -> None:
    # A logical line: continuation lines are joined, comments dropped.
    text = re.sub(r"\\\n\s*", "", path.read_text("utf-8"))
    lines = [
        line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")
    ]
    assert lines
    for line in lines:
        assert PIN.match(line), line[:80]
        assert "--hash=sha256:" in line, line[:80]


def test_the_development_lock_holds_every_pin_of_the_application_lock() -> None:
    app, dev = pins(ROOT / "requirements/app.txt"), pins(ROOT / "requirements/dev.txt")
    assert {name: version for name, version in app.items() if dev.get(name) != version} == {}


def test_what_is_declared_is_what_is_locked() -> None:
    app = pins(ROOT / "requirements/app.txt")
    assert {name: version for name, version in declared().items() if app.get(name) != version} == {}


def test_no_extra_needs_another_version_than_the_application() -> None:
    app = pins(ROOT / "requirements/app.txt")
    model = pins(ROOT / "requirements/model.txt")
    assert {name for name in model if name in app and model[name] != app[name]} == set()


def test_each_lock_that_is_compiled_by_make_has_its_source() -> None:
    for name in ("dev", "model", "bootstrap", "opa"):
        assert (ROOT / f"requirements/{name}.in").is_file()
