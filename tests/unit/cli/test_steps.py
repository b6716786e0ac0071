import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.cli.screen import Screen
from serving.cli.steps import show_step
from sluicegate.domain.decision import Effect
from sluicegate.domain.principal import Role
from tests.builders import a_finding, a_proposal, a_score, some_facts

STEPS = (
    "read",
    "facts",
    "reading",
    "score",
    "proposal",
    "gate",
    "review",
    "awaiting_receipt",
    "receipt",
    "answer",
    "something_new",
)
HOSTILE = "\x1b[2J\x1b]0;owned\x07[bold red]pay\u202e[/] ​now"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
NAMES = st.sampled_from(
    "model evidence notes decision findings proposal clock reasons transaction risk_bp "
    "confidence_bp due_at_ms customer available".split()
)


def shown(capsys: pytest.CaptureFixture[str], step: dict[str, Any], width: int = 80) -> str:
    screen = Screen(as_json=False)
    screen.console.width = width
    show_step(screen, step)
    return capsys.readouterr().out


def a_reading(kind: str, **changes: Any) -> dict[str, Any]:
    return {
        "step": "reading",
        "category": "not_received",
        "confidence_bp": 6_500,
        "summary": "s",
        "evidence": [{"claim": "c", "source": "narrative", "locator": "l", "quote": "never came"}],
        "suspicious_instructions": False,
        "model": {"kind": kind, "name": "reader-1", "weights_digest": None},
        "notes": [],
        **changes,
    }


def test_a_reading_without_a_language_model_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    printed = " ".join(shown(capsys, a_reading("rules")).split())
    assert "No language model was used." in printed
    assert "“never came”" in printed
    assert "65.0 %" in printed


def test_a_reading_by_a_language_model_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    printed = shown(capsys, a_reading("language_model"))
    assert "language model reader-1" in printed
    assert "No language model" not in printed


def test_text_that_instructs_its_reader_is_pointed_out(capsys: pytest.CaptureFixture[str]) -> None:
    printed = shown(capsys, a_reading("rules", suspicious_instructions=True))
    assert "tries to instruct" in printed


def test_findings_show_code_effect_sentence_and_rule(capsys: pytest.CaptureFixture[str]) -> None:
    finding = a_finding(
        Effect.REVIEW, code="AMOUNT_NEEDS_REVIEW", review_role=Role.APPROVER, rule="amount_limit"
    )
    step = {
        "step": "gate",
        "outcome": "needs_review",
        "seq": 1,
        "policy_digest": "sha256:" + "ab" * 32,
        "decision": {"findings": [finding.as_json()]},
    }
    printed = shown(capsys, step)
    for said in ("NEEDS REVIEW", "AMOUNT_NEEDS_REVIEW", "review by approver", "A rule says so."):
        assert said in printed
    assert "amount_limit" in printed


def test_a_score_shows_its_reasons_with_sign(capsys: pytest.CaptureFixture[str]) -> None:
    printed = shown(capsys, {"step": "score", "available": True, **a_score().as_json()})
    assert "9.0 %" in printed
    assert "-0.42" in printed
    assert "CHIP_READ" in printed


def test_a_missing_score_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    printed = shown(capsys, {"step": "score", "available": False, "sentence": "No model."})
    assert "No model." in printed


@pytest.mark.parametrize("width", [40, 80, 120, 140])
@pytest.mark.parametrize("step", STEPS)
def test_no_line_is_wider_than_the_terminal_and_no_text_drives_it(
    step: str, width: int, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = json.loads(
        json.dumps({**a_reading("rules"), **some_facts().as_json(), **a_score().as_json()})
        .replace("never came", json.dumps(HOSTILE)[1:-1])
        .replace("not_received", json.dumps(HOSTILE)[1:-1])
    )
    content = {
        **hostile,
        "proposal": a_proposal().as_json(),
        "sentence": HOSTILE,
        "reason": HOSTILE,
        "decision": {"findings": [a_finding(Effect.DENY, sentence=HOSTILE).as_json()]},
    }
    printed = shown(capsys, {**content, "step": step}, width)
    assert all(len(line) <= width for line in printed.splitlines())
    assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(printed)


@given(step=st.sampled_from(STEPS), content=st.dictionaries(NAMES, JSON, max_size=6))
def test_a_step_of_any_shape_is_shown_without_failing(step: str, content: dict[str, Any]) -> None:
    show_step(Screen(as_json=False), {**content, "step": step})


def test_in_json_mode_a_person_is_shown_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(as_json=True)
    show_step(screen, a_reading("rules"))
    screen.line({"step": "reading", "text": HOSTILE})
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert json.loads(printed)["text"] == HOSTILE
