"""Pages: links lead somewhere, decisions are dated and whole, named commands exist."""

import re
from pathlib import Path

import pytest

from tests.architecture.documents import Step, anchors, links, pages, runnable, shows
from tests.architecture.house import ROOT, files, inside

PAGES = [
    *pages(ROOT),
    *files("README.md", under=ROOT / "graphs"),
    *files("README.md", under=ROOT / "policies"),
]
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
DECISION_PARTS = ("Context", "Decision", "Consequences", "Weighed against")
DECISION_LINES_MAX = 90
REQUIRED = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs/glossary.md",
    "docs/threat_model.md",
)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_page_that_the_next_person_looks_for_is_there(name: str) -> None:
    assert (ROOT / name).read_text("utf-8").startswith("# ")


@pytest.mark.parametrize("page", PAGES, ids=inside)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in links(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if anchor and linked.suffix == ".md":
            assert anchor in anchors(linked.read_text("utf-8")), target


@pytest.mark.parametrize("page", PAGES, ids=inside)
def test_every_path_that_a_page_names_in_code_exists(page: Path) -> None:
    rooms = "sluicegate|policies|agents|tools|graphs|evals|serving|tests|docs|bin|requirements"
    named = re.findall(rf"`((?:{rooms})/[\w./-]*\w/?)`", page.read_text("utf-8"))
    missing = [path for path in named if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=inside)
def test_every_make_command_that_a_page_names_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", page.read_text("utf-8")))
    assert named <= targets


def test_every_make_command_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^([a-z-]+):(.*)$", makefile, re.MULTILINE)
    silent = [name for name, rest in targets if "## " not in rest and not name.startswith("setup")]
    assert silent == []


@pytest.mark.parametrize("page", DECISIONS, ids=inside)
def test_a_decision_is_one_dated_page_with_all_its_parts(page: Path) -> None:
    text = page.read_text("utf-8")
    number = page.name[:4]
    assert re.match(rf"# {number}\. \S", text)
    assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert re.search(r"^Status: (accepted|superseded by \d{4})$", text, re.MULTILINE)
    for part in DECISION_PARTS:
        assert f"\n## {part}\n" in text, part
    assert len(text.splitlines()) <= DECISION_LINES_MAX


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_readme_has_something_to_run() -> None:
    assert runnable((ROOT / "README.md").read_text("utf-8"))


def test_a_transcript_is_read_as_commands_and_what_they_print() -> None:
    page = (
        "```console run\n$ first --flag\none …\n\n$ second\n```\n\n"
        "```sh\nleft out\n```\n\n```sh run\n# why\nthird\n```\n"
    )
    assert runnable(page) == [
        Step("first --flag", ("one …",)),
        Step("second", ()),
        Step("third", ()),
    ]


def test_what_a_transcript_shows_has_to_be_printed_in_order() -> None:
    assert shows(("a …", "b"), "start\na 17\nb\n") == []
    assert shows(("b", "a …"), "start\na 17\nb\n") == ["a …"]
    assert shows(("absent",), "present\n") == ["absent"]
