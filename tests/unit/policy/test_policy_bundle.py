import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from sluicegate.adapters.policy.archive import archive_bytes
from sluicegate.adapters.policy.bundle import declared_package, load_bundle
from sluicegate.domain.errors import PolicyUnavailable
from sluicegate.domain.money import CURRENCY_EXPONENTS, format_minor
from tests.policy_questions import BUNDLE, POLICIES_DIR


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "policies"
    shutil.copytree(POLICIES_DIR, copy)
    return copy


def test_every_rule_folder_holds_rule_test_and_page() -> None:
    for rule in BUNDLE.rules:
        names = {path.name for path in (POLICIES_DIR / "dispute" / rule).iterdir()}
        assert {"rule.rego", "rule_test.rego", "README.md"} == names, rule


def test_every_code_of_a_rule_is_declared_and_explained_on_its_page() -> None:
    for rule in BUNDLE.rules:
        source = (POLICIES_DIR / "dispute" / rule / "rule.rego").read_text()
        page = (POLICIES_DIR / "dispute" / rule / "README.md").read_text()
        declared = source.partition("codes: [")[2].partition("]")[0].split(", ")
        for code in declared:
            assert f'"{code}"' in source, (rule, code)
            assert f"`{code}`" in page, (rule, code)


def test_digest_is_of_contents_and_not_of_tests_or_pages(folder: Path) -> None:
    assert load_bundle(folder).digest == BUNDLE.digest
    (folder / "dispute" / "risk" / "rule_test.rego").write_text("package dispute.risk_test\n")
    (folder / "dispute" / "risk" / "README.md").write_text("x")
    (folder / "schemas" / "input.json").write_text("{}")
    assert load_bundle(folder).digest == BUNDLE.digest


@pytest.mark.parametrize("name", ["dispute/risk/rule.rego", "parameters/dispute/data.json"])
def test_digest_changes_with_a_space(folder: Path, name: str) -> None:
    path = folder / name
    path.write_text(path.read_text() + " ")
    assert load_bundle(folder).digest != BUNDLE.digest


def test_digest_changes_with_a_path(folder: Path) -> None:
    module = folder / "lib" / "money" / "money.rego"
    module.rename(module.with_name("text.rego"))
    assert load_bundle(folder).digest != BUNDLE.digest


def test_empty_and_absent_folders_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(PolicyUnavailable):
            load_bundle(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dispute/risk/rule.rego", "package dispute.other\n"),
        ("dispute/risk/rule.rego", 'package dispute["risk"]\n'),
        ("top.rego", "package top\n"),
        ("parameters/dispute/data.json", "[]"),
        ("parameters/dispute/data.json", "{"),
        ("parameters/dispute/data.json", '{"limits": {"USD": 1.5}}'),
        ("parameters/dispute/data.json", '{"limits": {"USD": NaN}}'),
        ("parameters/dispute/data.json", '{"limits": {}, "limits": {}}'),
        ("parameters/dispute/data.json", '{"limits": 1}'),
        ("parameters/data.json", '{"dispute": {"limits": {}}}'),
        ("data.json", '{"parameters": {}}'),
        ("parameters/dispute/more.json", "{}"),
        ("parameters/dispute/data.yaml", "limits: {}"),
        ("sluicegate_bundle/data.json", '{"digest": {}}'),
    ],
)
def test_what_engines_would_read_differently_is_refused(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    with pytest.raises(PolicyUnavailable):
        load_bundle(folder)


def test_text_that_is_not_utf8_is_refused(folder: Path) -> None:
    (folder / "dispute" / "risk" / "rule.rego").write_bytes(b"package dispute.risk\n# \xff")
    with pytest.raises(PolicyUnavailable, match="UTF-8"):
        load_bundle(folder)


def test_symbolic_links_are_refused(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "rule.rego"
    elsewhere.write_text("package dispute.extra\n")
    (folder / "dispute" / "extra").mkdir()
    (folder / "dispute" / "extra" / "rule.rego").symlink_to(elsewhere)
    with pytest.raises(PolicyUnavailable, match="symbolic link"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("source", "package"),
    [
        ("# page\n\npackage a.b # note\nx := 1", "a.b"),
        ('package a["b"]', None),
        ("# c\u2028package harmless\npackage dispute.risk", "dispute.risk"),
        ('  package a["b"]\nx := `\npackage c\n`', None),
        ("", None),
    ],
)
def test_package_is_read_from_the_first_statement_alone(source: str, package: str | None) -> None:
    assert declared_package(source) == package


def test_archive_is_reproducible_and_holds_the_bundle() -> None:
    raw = archive_bytes(BUNDLE)
    assert raw == archive_bytes(load_bundle(POLICIES_DIR))
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:gz") as archive:
        texts = {name: archive.extractfile(name) for name in archive.getnames()}
        contents = {name: file.read().decode() for name, file in texts.items() if file}
    assert json.loads(contents["/.manifest"])["revision"] == BUNDLE.digest
    assert json.loads(contents["/data.json"])["sluicegate_bundle"]["digest"] == BUNDLE.digest
    for module in BUNDLE.modules:
        assert contents[f"/{module.path}"] == module.source


def test_limits_cover_every_currency_and_rise_with_the_role() -> None:
    limits = json.loads(BUNDLE.documents["parameters/dispute/limits"])
    assert set(limits) == set(CURRENCY_EXPONENTS)
    for limit in limits.values():
        values = [
            limit[f"{role}_minor"] for role in ("agent_unsure", "agent", "analyst", "approver")
        ]
        assert values == sorted(set(values))
        assert all(type(value) is int and value > 0 for value in values)


def test_limits_in_dollars_are_as_agreed() -> None:
    usd = json.loads(BUNDLE.documents["parameters/dispute/limits"])["USD"]
    assert {name: format_minor(value, "USD") for name, value in usd.items()} == {
        "agent_unsure_minor": "25.00",
        "agent_minor": "100.00",
        "analyst_minor": "1000.00",
        "approver_minor": "10000.00",
    }


def test_exponents_are_the_kernels() -> None:
    exponents = json.loads(BUNDLE.documents["parameters/money/exponents"])
    assert exponents == dict(CURRENCY_EXPONENTS)


def test_thresholds_are_integers_in_order() -> None:
    thresholds = json.loads(BUNDLE.documents["parameters/dispute/thresholds"])
    assert all(type(value) is int for value in thresholds.values())
    assert 0 < thresholds["risk_analyst_bp"] < thresholds["risk_approver_bp"] <= 10_000
    sure, unsure = thresholds["confidence_agent_bp"], thresholds["confidence_agent_unsure_bp"]
    assert 0 < unsure < sure <= 10_000
    assert thresholds["filing_window_days"] > 0
