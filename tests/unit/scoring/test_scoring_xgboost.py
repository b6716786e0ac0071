import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xgboost

from serving.bank.generate import demo_events
from serving.models.dispute_risk.reasons import REASONS
from serving.models.dispute_risk.train import labels, matrix, split_by_time, train
from sluicegate.adapters.scoring.reasons import reason_sentence
from sluicegate.adapters.scoring.xgboost_scorer import XgboostScorer, basis_points
from sluicegate.domain.canonical import sha256_digest
from sluicegate.domain.dispute_features import DAY_MS, DEFINITIONS, FEATURE_NAMES, MISSING
from sluicegate.domain.errors import ScoringUnavailable
from sluicegate.domain.score import FeatureVector
from tests.synthetic_bank import (
    default_bank,
    default_dataset,
    default_features,
    default_model,
    with_other_definitions,
)

SURE_ENOUGH = 200


@pytest.fixture(scope="module")
def scorer() -> XgboostScorer:
    return XgboostScorer(default_model().path)


def vectors() -> list[FeatureVector]:
    return [each.features for each in default_dataset().examples[:SURE_ENOUGH]]


def test_the_same_data_give_the_same_file_byte_for_byte(tmp_path: Path) -> None:
    again = train(default_dataset(), tmp_path)
    assert again.path.read_bytes() == default_model().path.read_bytes()
    assert again.digest == sha256_digest(default_model().path.read_bytes())


def test_changed_data_give_another_digest(tmp_path: Path) -> None:
    dataset = default_dataset()
    first, *rest = dataset.examples
    flipped = replace(dataset, examples=(replace(first, rejected=not first.rejected), *rest))
    assert train(flipped, tmp_path).manifest.data_digest != default_model().manifest.data_digest


def test_nothing_is_learned_from_a_decision_that_came_later() -> None:
    split = split_by_time(default_dataset().examples)
    assert max(each.decided_at_ms for each in split.fit) < min(
        each.opened_at_ms for each in split.valid
    )
    assert max(each.decided_at_ms for each in split.valid) < min(
        each.opened_at_ms for each in split.test
    )
    assert len(split.test) > 300


def test_the_model_is_better_than_the_rule_and_calibrated(scorer: XgboostScorer) -> None:
    metrics = default_model().manifest.metrics
    assert metrics["roc_auc_bp"] > metrics["rule_roc_auc_bp"] + 300
    assert metrics["average_precision_bp"] > 1.5 * metrics["base_rate_bp"]
    assert metrics["brier_bp"] < 0.75 * metrics["brier_base_bp"]
    assert metrics["calibration_error_bp"] < 600


def test_the_file_says_what_it_was_trained_on(scorer: XgboostScorer) -> None:
    manifest = scorer.manifest
    assert manifest.features == FEATURE_NAMES
    assert manifest.data_digest == default_dataset().digest()
    score = scorer.score(vectors()[0])
    assert (score.model, score.model_version) == (manifest.model, manifest.version)
    assert score.model_digest == default_model().digest


def test_contributions_add_up_to_the_log_odds(scorer: XgboostScorer) -> None:
    booster = xgboost.Booster()
    booster.load_model(default_model().path)
    examples = default_dataset().examples[:SURE_ENOUGH]
    shares = booster.predict(xgboost.DMatrix(
        matrix(examples), feature_names=list(FEATURE_NAMES)), pred_contribs=True)  # fmt: skip
    slope = scorer.manifest.calibration.slope
    intercept = scorer.manifest.calibration.intercept
    for example, row in zip(examples, shares, strict=True):
        score = scorer.score(example.features)
        log_odds = slope * float(np.sum(row)) + intercept
        assert abs(score.risk_bp - 10_000 / (1 + math.exp(-log_odds))) < 1
        strongest = sorted((abs(float(each)) for each in row[:-1]), reverse=True)[:4]
        told = [abs(each.contribution_millilogit) for each in score.reasons]
        assert told == sorted(told, reverse=True)
        assert told == pytest.approx([1_000 * slope * each for each in strongest], abs=1)


def test_risk_alone_is_the_risk_with_reasons(scorer: XgboostScorer) -> None:
    assert all(scorer.risk_bp(each) == scorer.score(each).risk_bp for each in vectors())


def test_threads_get_the_scores_of_one_thread(scorer: XgboostScorer) -> None:
    alone = [scorer.score(each) for each in vectors()]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(scorer.score, vectors())) == alone


def test_more_rejected_claims_never_lower_the_risk(scorer: XgboostScorer) -> None:
    place = FEATURE_NAMES.index("customer_rejected_before")
    for vector in vectors():
        risks = [
            scorer.risk_bp(
                vector.model_copy(
                    update={
                        "values": (*vector.values[:place], float(n), *vector.values[place + 1 :])
                    }
                )
            )
            for n in range(6)
        ]
        assert risks == sorted(risks)


def test_equal_evidence_has_an_equal_digest_whenever_it_is_looked_at(
    scorer: XgboostScorer,
) -> None:
    vector = vectors()[0]
    later = vector.model_copy(update={"as_of_ms": vector.as_of_ms + 1})
    assert scorer.score(vector) == scorer.score(later)


@pytest.mark.parametrize("change", ["order", "missing", "length"])
def test_a_vector_of_other_features_is_refused(scorer: XgboostScorer, change: str) -> None:
    vector = vectors()[0]
    changes: dict[str, dict[str, object]] = {
        "order": {"names": (vector.names[1], vector.names[0], *vector.names[2:])},
        "missing": {"names": vector.names[1:], "values": vector.values[1:]},
        "length": {"values": vector.values[1:]},
    }
    with pytest.raises(ScoringUnavailable):
        scorer.score(vector.model_copy(update=changes[change]))


def test_files_that_are_no_model_of_ours_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScoringUnavailable, match="cannot be read"):
        XgboostScorer(tmp_path / "none.ubj")
    broken = tmp_path / "broken.ubj"
    broken.write_bytes(b"{}")
    with pytest.raises(ScoringUnavailable):
        XgboostScorer(broken)
    examples = default_dataset().examples[:300]
    plain = xgboost.train(
        {"nthread": 1}, xgboost.DMatrix(matrix(examples), label=labels(examples)), 2
    )
    path = tmp_path / "plain.ubj"
    path.write_bytes(bytes(plain.save_raw("ubj")))
    with pytest.raises(ScoringUnavailable, match="does not say"):
        XgboostScorer(path)
    plain.set_attr(sluicegate_manifest="{}")
    path.write_bytes(bytes(plain.save_raw("ubj")))
    with pytest.raises(ScoringUnavailable, match="says of itself"):
        XgboostScorer(path)


def test_a_model_of_features_that_meant_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stale.ubj"
    path.write_bytes(with_other_definitions(default_model().path))
    with pytest.raises(ScoringUnavailable, match="defined otherwise") as refused:
        XgboostScorer(path)
    assert "make run" in refused.value.next_step


def test_every_feature_has_a_reason_and_every_reason_a_sentence() -> None:
    assert [text.feature for text in REASONS] == list(FEATURE_NAMES)
    assert len({text.code for text in REASONS}) == len(REASONS)
    for text, definition in zip(REASONS, DEFINITIONS, strict=True):
        assert bool(text.missing) == definition.may_be_missing
        for value in (0, 1, 12_345):
            sentence = reason_sentence(text, value)
            assert sentence.endswith(".")
            assert "{" not in sentence


def test_reasons_show_their_value() -> None:
    texts = {text.feature: text for text in REASONS}
    ratio = texts["amount_to_median_bp"]
    assert reason_sentence(ratio, 24_999).startswith("The amount is 2.4 times")
    assert "no earlier transactions" in reason_sentence(ratio, MISSING)
    assert "128.05" in reason_sentence(texts["amount_usd_minor"], 12_805)
    assert reason_sentence(texts["chip_read"], 1) == "The card was there, and its chip was read."


@pytest.mark.parametrize(
    ("probability", "wanted"), [(0.0, 0), (1.0, 10_000), (0.12345, 1_235), (0.00004, 0)]
)
def test_probabilities_are_rounded_half_up(probability: float, wanted: int) -> None:
    assert basis_points(probability) == wanted


@pytest.mark.parametrize("days", [0, 7, 30])
def test_demonstrations_score_as_their_names_say(scorer: XgboostScorer, days: int) -> None:
    def risk_bp(name: str) -> int:
        event = demo_events(default_bank())[name]
        as_of_ms = event.occurred_at_ms() + days * DAY_MS
        return scorer.risk_bp(
            default_features().dispute_features(event.data.transaction_id, as_of_ms)
        )

    assert risk_bp("allowed") < 3_000
    assert risk_bp("review_approve") < 2_000
    assert risk_bp("review_reject") > 8_000


def test_too_few_disputes_are_not_trained_on(tmp_path: Path) -> None:
    few = replace(default_dataset(), examples=default_dataset().examples[:50])
    with pytest.raises(ValueError, match="too few"):
        train(few, tmp_path)
