"""Whatever is wrong with an event is told in a line or two, before anything is started."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from serving.cli import event_file
from serving.cli.app import main
from sluicegate.domain.event import EVENT_BYTES_MAX
from tests.builders import an_event

DECIDE = ["review", "decide", "rev_x", "--label", "other", "--rationale", "r"]
EVENT = an_event().as_json()
DATA = an_event().data.as_json()


def written(tmp_path: Path, content: bytes | object) -> str:
    path = tmp_path / "event.json"
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(raw)
    return str(path)


def with_data(**changes: object) -> dict[str, object]:
    return {**EVENT, "data": {**DATA, **changes}}


BAD = {
    "malformed": b'{"specversion": ',
    "not-an-object": b"[1, 2]",
    "empty": b"",
    "deeply-nested": b"[" * 30_000,
    "invalid-utf-8": b'{"id": "\xff\xfe"}',
    "utf-16": json.dumps(EVENT).encode("utf-16"),
    "nan": json.dumps(with_data(amount=float("nan"))).encode(),
    "lone-surrogate": json.dumps(with_data(narrative="\ud800")).encode(),
    "unknown-field": {**EVENT, "approve": True},
    "unknown-data-field": with_data(payee_account_id="acc_6666"),
    "missing-field": {name: value for name, value in EVENT.items() if name != "data"},
    "negative-amount": with_data(amount="-20.00"),
    "zero-amount": with_data(amount="0.00"),
    "over-precise-amount": with_data(amount="20.001"),
    "number-as-amount": with_data(amount=20.0),
    "exponent-amount": with_data(amount="2e1"),
    "unknown-currency": with_data(currency="XXQ"),
    "time-without-offset": {**EVENT, "time": "2026-11-01T09:00:00"},
    "no-time": {**EVENT, "time": "yesterday"},
    "another-type": {**EVENT, "type": "sluicegate.dispute.closed.v1"},
    "huge-narrative": with_data(narrative="x" * 10_000_000),
    "long-narrative": with_data(narrative="x" * 20_001),
    "empty-narrative": with_data(narrative=""),
}


@pytest.fixture(autouse=True)
def no_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is set up here: opening a service would be another error."""
    monkeypatch.setenv("SLUICEGATE_DATA_DIR", str(tmp_path / "nothing-here"))
    monkeypatch.delenv("SLUICEGATE_KEY", raising=False)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_event_is_refused_with_a_next_step(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["triage", written(tmp_path, BAD[name])]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert "Traceback" not in printed.err
    assert len(printed.err) < 1_500
    assert not (tmp_path / "nothing-here").exists()


@pytest.mark.parametrize("name", BAD)
def test_with_json_the_same_is_one_problem_on_stderr(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["triage", written(tmp_path, BAD[name]), "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert json.loads(printed.err)["status"] == 422


def test_a_missing_file_a_directory_and_an_unreadable_name_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, why in (
        (str(tmp_path / "none.json"), "there is no such file"),
        (str(tmp_path), "it is a directory"),
        ("a\x00b", "bad name"),
        ("x" * 5_000, "name too long"),
    ):
        assert main(["triage", name]) == 2
        assert why in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "secret.json"
    path.touch(mode=0)
    assert main(["triage", str(path)]) == 2
    assert "permission denied" in capsys.readouterr().err


def test_reading_stops_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = _Endless()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(endless)))
    assert main(["triage", "-"]) == 2
    assert endless.given <= EVENT_BYTES_MAX + io.DEFAULT_BUFFER_SIZE


class _Endless(io.RawIOBase):
    given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        buffer[:] = b"x" * len(buffer)
        self.given += len(buffer)
        return len(buffer)


def test_a_good_event_gets_through_from_a_file_and_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    raw = json.dumps(EVENT).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert event_file.read_event_bytes("-") == raw
    assert event_file.read_event_bytes(written(tmp_path, raw)) == raw


def test_a_good_event_before_set_up_is_told_to_set_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["triage", written(tmp_path, EVENT)]) == 6
    assert "make run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["review", "decide", "rev_x", "--label", "other", "--rationale", "r"],
            "approve or reject",
        ),
        (
            [*DECIDE, "--approve", "--reject"],
            "approve or reject",
        ),
        (
            ["review", "decide", "rev_x", "--approve", "--label", "other", "--rationale", " "],
            "may not be empty",
        ),
        (["review", "decide", "rev_x", "--approve", "--label", "other"], "--rationale"),
        (
            ["review", "decide", "rev_x", "--approve", "--label", "sure", "--rationale", "r"],
            "sure",
        ),
        (["review", "list", "--limit", "0"], "limit"),
        (["triage"], "FILE"),
        (["bogus"], "bogus"),
        (["new", "bogus", "thing"], "kind"),
        (["new", "agent", "../evil"], "cannot be the name"),
    ],
)
def test_a_wrong_command_line_is_told(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
    assert main([*arguments, "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert json.loads(printed.err)["type"].startswith("urn:sluicegate:problem:")


def test_a_decision_without_a_key_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["review", "decide", "rev_x", "--approve", "--label", "other", "--rationale", "r"]
    assert main(arguments) == 5
    assert "SLUICEGATE_KEY" in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_decision_on_what_nobody_can_have_seen_is_refused(
    more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*DECIDE, "--approve", "--key", "sg_some-key", *more]) == 2
    assert "--digest" in capsys.readouterr().err


def test_a_key_for_nobody_in_particular_or_for_a_process_of_ours_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for holder in ("ana", "person:", "process:gate", "operator:root", "person:a b", "person:\x1b"):
        assert main(["keys", "add", holder, "--role", "analyst"]) == 2
        assert "no name for a holder" in capsys.readouterr().err
    assert main(["keys", "add", "person:ana", "--role", "king"]) == 2
    assert main(["keys", "add", "person:ana"]) == 2


def test_keys_before_set_up_are_told_to_set_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["add", "person:ana", "--role", "analyst"], ["disable", "person:ana"]):
        assert main(["keys", *arguments]) == 6
        assert "make run" in capsys.readouterr().err
    assert not (tmp_path / "nothing-here").exists()


def test_wrong_settings_are_told_by_the_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLUICEGATE_PORT", "many")
    assert main(["case", "list"]) == 2
    assert "SLUICEGATE_PORT" in capsys.readouterr().err
