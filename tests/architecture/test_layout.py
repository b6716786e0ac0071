import re
from pathlib import Path

import pytest

from tests.architecture.house import ROOMS, ROOT, files, folders, function_lengths, inside

TOP_LEVEL_FOLDERS = {*ROOMS, "policies", "tests", "docs", "bin", "requirements", ".ci"}
TOP_LEVEL_FILES = {
    ".dockerignore",
    ".editorconfig",
    ".gitattributes",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "docker-compose.yml",
    "pyproject.toml",
}
TEST_FOLDERS = {
    "architecture",
    "conformance",
    "e2e",
    "fault",
    "integration",
    "property",
    "typing",
    "unit",
}

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
# What is over a bound today, and how far it may be. Entries only shrink and go; none is added.
FILES_OVER: dict[str, int] = {}
FUNCTIONS_OVER: dict[str, int] = {}
# A migration is history: it is read in one go and never taken apart afterwards.
MIGRATIONS = ROOT / "sluicegate/adapters/sql/migrations/versions"

BANNED_NAMES = re.compile(r"^_?(utils?|helpers?|common|misc|stuff|shared|base|core)\.py$")

# Parts of a backend that answer to no port: how a database is reached, what its tables are.
ADAPTER_PARTS = {
    "sql": {
        "engine",
        "failures",
        "grants",
        "schema",
        "columns",
        "record_tables",
        "statements",
        "tables",
        "transaction",
        "urls",
    },
}


def test_the_top_level_holds_the_rooms_and_nothing_else() -> None:
    present = {path.name for path in folders(ROOT)}
    assert present <= TOP_LEVEL_FOLDERS
    assert {*ROOMS, "policies", "tests", "docs"} <= present


def test_the_top_level_files_are_the_known_ones() -> None:
    assert {path.name for path in ROOT.iterdir() if path.is_file()} <= TOP_LEVEL_FILES


def test_the_kinds_of_tests_are_the_known_ones() -> None:
    assert {path.name for path in folders(ROOT / "tests")} <= TEST_FOLDERS


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_is_a_package_that_says_what_it_is_for(room: str) -> None:
    for path in folders(ROOT / room):
        if any(path.glob("*.py")):
            assert (path / "__init__.py").is_file(), inside(path)
    first = (ROOT / room / "__init__.py").read_text("utf-8").lstrip()
    assert first.startswith('"""')


@pytest.mark.parametrize("agent", folders(ROOT / "agents"), ids=inside)
def test_each_agent_has_the_same_three_files(agent: Path) -> None:
    assert {"agent.py", "prompt.md", "output.py"} <= {path.name for path in agent.iterdir()}


@pytest.mark.parametrize("graph", folders(ROOT / "graphs"), ids=inside)
def test_each_graph_has_the_same_four_files(graph: Path) -> None:
    assert {"state.py", "nodes.py", "graph.py", "README.md"} <= {
        path.name for path in graph.iterdir()
    }


def test_each_policy_rule_is_a_folder_with_its_tests_and_its_page() -> None:
    rules = [path.parent for path in files("rule.rego", under=ROOT / "policies")]
    assert rules
    for rule in rules:
        assert {"rule.rego", "rule_test.rego", "README.md"} <= {
            path.name for path in rule.iterdir()
        }, inside(rule)


@pytest.mark.parametrize("path", list(files(".rego", under=ROOT / "policies")), ids=inside)
def test_a_policy_package_is_its_folder(path: Path) -> None:
    declared = re.search(r"^package (\S+)$", path.read_text("utf-8"), re.MULTILINE)
    assert declared is not None
    expected = ".".join(path.parent.relative_to(ROOT / "policies").parts)
    assert declared.group(1).removesuffix("_test").endswith(expected)


def test_adapters_are_named_after_ports() -> None:
    ports = {path.stem for path in (ROOT / "sluicegate/ports").glob("*.py")}
    for backend in folders(ROOT / "sluicegate/adapters"):
        if backend.name in ports:
            continue  # a folder named after a port holds that port's variants
        allowed = ports | ADAPTER_PARTS.get(backend.name, set())
        found = {path.stem for path in backend.glob("*.py")}
        assert found <= allowed, (
            f"{inside(backend)}: {sorted(found - allowed)} mirror no port; "
            "name them after one, or list them in ADAPTER_PARTS"
        )


def test_each_port_is_one_file_with_a_protocol() -> None:
    for path in (ROOT / "sluicegate/ports").glob("*.py"):
        if path.name != "__init__.py":
            assert "(Protocol)" in path.read_text("utf-8"), inside(path)


def test_unit_tests_mirror_the_source() -> None:
    # A folder of unit tests is named after a room, a folder in one, or a kernel folder.
    known = set(ROOMS) | {"policies"}
    for room in ROOMS:
        known |= {path.stem for path in (ROOT / room).rglob("*")}
    assert {path.name for path in folders(ROOT / "tests/unit")} <= known


def test_no_file_is_named_for_what_is_left_over() -> None:
    assert [inside(path) for path in files(".py") if BANNED_NAMES.match(path.name)] == []


def test_files_stay_within_their_bound() -> None:
    over = {}
    for path in files(".py", ".rego"):
        if MIGRATIONS in path.parents:
            continue
        lines = len(path.read_text("utf-8").splitlines())
        if lines > FILE_LINES_MAX:
            over[inside(path)] = lines
    assert_only_shrinks(over, FILES_OVER)


def test_functions_stay_within_their_bound() -> None:
    over = {}
    for path in files(".py"):
        if MIGRATIONS in path.parents:
            continue
        for name, lines in function_lengths(path):
            if lines > FUNCTION_LINES_MAX:
                over[f"{inside(path)}::{name}"] = lines
    assert_only_shrinks(over, FUNCTIONS_OVER)


def assert_only_shrinks(over: dict[str, int], allowed: dict[str, int]) -> None:
    grown = {name: lines for name, lines in over.items() if lines > allowed.get(name, 0)}
    assert grown == {}, "over the bound; usually it is two things"
    stale = {name for name in allowed if over.get(name, 0) < allowed[name]}
    assert stale == set(), "these got shorter: lower or remove their entry"
