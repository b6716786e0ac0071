import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.dispute.evidence import find_verbatim
from agents.dispute.output import ANSWER_SCHEMA, DisputeDraft, read_draft
from agents.prompts import PROMPT_BYTES_MAX, load_prompt, parse_prompt
from sluicegate.domain.errors import InvalidInput, NotFound
from sluicegate.domain.proposal import DisputeCategory
from tests.architecture.house import ROOT

GOOD = b"for people\n\n## system\n\nSort.\n\n## user\n\nA\n\n## assistant\n\nB\n"


def test_a_prompt_is_its_sections_and_the_digest_of_its_file() -> None:
    prompt = parse_prompt("p", GOOD)
    assert prompt.system == "Sort."
    assert [(shot.user, shot.assistant) for shot in prompt.examples] == [("A", "B")]
    assert prompt.file_digest == "sha256:" + hashlib.sha256(GOOD).hexdigest()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no sections",
        b"## user\n\nA",
        b"## system\n\n",
        b"## system\n\nS\n\n## user\n\nA",
        b"## system\n\nS\n\n## assistant\n\nB\n\n## user\n\nA",
        b"## system\n\nS\n\n## system\n\nS",
        b"## system\n\n\xff",
        b"## system\n\n" + b"x" * PROMPT_BYTES_MAX,
    ],
)
def test_a_file_without_the_sections_of_a_prompt_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_prompt("p", raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_prompt_or_refused(raw: bytes) -> None:
    try:
        parse_prompt("p", raw)
    except InvalidInput:
        return


@pytest.mark.parametrize("name", ["../dispute", "Dispute", "", "a/b", "dispute\n"])
def test_a_name_that_is_a_path_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        load_prompt(name)


def test_a_prompt_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        load_prompt("nobody")


def test_the_dispute_prompt_has_six_examples_that_fit_the_form_and_quote_verbatim() -> None:
    prompt = load_prompt("dispute")
    raw = (ROOT / "agents/dispute/prompt.md").read_bytes()
    assert prompt.file_digest == "sha256:" + hashlib.sha256(raw).hexdigest()
    assert len(prompt.examples) == 6
    for shot in prompt.examples:
        assert shot.user.startswith("<record>\n- amount disputed: ")
        narrative = shot.user.split("<narrative>\n")[1].removesuffix("\n</narrative>")
        answer = json.loads(shot.assistant)
        draft = read_draft(answer)
        assert list(answer) == list(DisputeDraft.model_fields)
        for quote in draft.quotes:
            assert find_verbatim(narrative, quote) is not None, quote


def test_the_dispute_prompt_defines_every_category() -> None:
    system = load_prompt("dispute").system
    for category in DisputeCategory:
        assert f"\n- {category.value}: " in system


def test_the_form_that_is_asked_for_is_the_form_that_is_read() -> None:
    properties = ANSWER_SCHEMA["properties"]
    assert isinstance(properties, dict)
    assert list(properties) == list(DisputeDraft.model_fields)
    assert ANSWER_SCHEMA["required"] == list(DisputeDraft.model_fields)
    generated = DisputeDraft.model_json_schema()["properties"]
    for name, bounds in (
        ("quotes", ("maxItems",)),
        ("summary", ("maxLength", "minLength")),
    ):
        asked = properties[name]
        assert isinstance(asked, dict)
        assert {bound: asked[bound] for bound in bounds} == {
            bound: generated[name][bound] for bound in bounds
        }
