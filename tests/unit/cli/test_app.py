import json
from collections.abc import Callable
from pathlib import Path

import pytest

from serving.cli import app as cli
from serving.cli.app import main


def test_help_lists_every_command_and_the_exit_statuses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    for name in ("triage", "review", "case", "verify", "new", "keys", "version", "Exit status"):
        assert name in printed


@pytest.mark.parametrize("group", ["review", "case", "keys"])
def test_a_group_alone_shows_its_help(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([group])
    printed = capsys.readouterr()
    assert "list" in printed.out + printed.err


def test_version_is_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"version", "python"}


def breaking(error: BaseException) -> Callable[..., object]:
    def run(*_: object, **__: object) -> object:
        raise error

    return run


def test_what_nobody_foresaw_is_named_and_its_trace_goes_to_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLUICEGATE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(cli, "app", breaking(ZeroDivisionError("a secret of the customer")))
    assert main(["verify", "--json"]) == 70
    printed = capsys.readouterr()
    problem = json.loads(printed.err)
    assert "secret" not in printed.err
    log = tmp_path / "log" / "cli.log"
    assert problem["detail_data"]["incident"] in log.read_text()
    assert "ZeroDivisionError" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_a_trace_that_cannot_be_written_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").touch()
    monkeypatch.setenv("SLUICEGATE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(cli, "app", breaking(ZeroDivisionError()))
    assert main(["verify"]) == 70
    assert "No trace could be written" in capsys.readouterr().err


def test_a_person_who_stops_a_command_sees_no_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "app", breaking(KeyboardInterrupt()))
    assert main(["verify"]) == 130
    printed = capsys.readouterr().err
    assert "Traceback" not in printed
    assert "Nothing is lost" in printed
