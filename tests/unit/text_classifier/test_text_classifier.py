import json
from pathlib import Path

import numpy as np
import pytest

from serving.bank.model import DEFAULT_SEED
from serving.models.reader.train import LABELS, labelled_texts, train_reader
from sluicegate.adapters.scoring.text_classifier import LinearTextClassifier
from sluicegate.domain.canonical import sha256_digest
from sluicegate.domain.errors import ModelUnavailable
from tests.synthetic_bank import default_reader


@pytest.fixture(scope="module")
def classifier() -> LinearTextClassifier:
    return LinearTextClassifier(default_reader().path)


def test_the_same_seed_gives_the_same_file_byte_for_byte(tmp_path: Path) -> None:
    again = train_reader(DEFAULT_SEED, tmp_path)
    assert again.path.read_bytes() == default_reader().path.read_bytes()


def test_the_file_is_plain_json_named_by_its_digest(classifier: LinearTextClassifier) -> None:
    content = default_reader().path.read_bytes()
    assert json.loads(content)["labels"] == list(LABELS)
    assert classifier.model_digest == sha256_digest(content)


def test_unseen_templates_are_told_apart_better_than_chance_and_confidence_is_honest() -> None:
    metrics = default_reader().model.metrics
    assert metrics["held_out_accuracy_bp"] > 7_000
    assert abs(metrics["held_out_accuracy_bp"] - metrics["held_out_confidence_bp"]) < 800
    assert metrics["held_out_sure_85_accuracy_bp"] > 9_000


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I never made this purchase, my card was stolen.", "fraud"),
        ("The parcel never arrived, nothing was delivered.", "not_received"),
        ("I was charged twice for the same order.", "duplicate"),
        ("I cancelled my subscription and they still charge me.", "cancelled_recurring"),
        ("I returned the shoes and the refund has not arrived.", "refund_not_processed"),
        ("The amount is wrong, the receipt shows a lower total.", "wrong_amount"),
        ("The tablet arrived broken and is not as described.", "not_as_described"),
    ],
)
def test_plain_sentences_get_their_category(
    classifier: LinearTextClassifier, text: str, label: str
) -> None:
    assert classifier.classify(text)[0].label == label


def test_all_labels_come_back_best_first_and_sum_to_one(classifier: LinearTextClassifier) -> None:
    for text in ("", "x" * 50_000, "\u0000\ud83d\ude00", "I was charged twice."):
        answer = classifier.classify(text)
        shares = [each.probability_bp for each in answer]
        assert sorted(each.label for each in answer) == sorted(LABELS)
        assert shares == sorted(shares, reverse=True)
        assert abs(sum(shares) - 10_000) <= len(LABELS)


def test_words_beyond_the_limit_are_not_read(classifier: LinearTextClassifier) -> None:
    start = "My parcel never arrived. " * 200
    assert classifier.classify(start + "charged twice") == classifier.classify(start)


def test_templates_are_held_out_whole() -> None:
    texts = labelled_texts(DEFAULT_SEED)
    assert len({(each.label, each.fold) for each in texts}) == 5 * len(LABELS)
    assert np.bincount([each.label for each in texts]).min() > 200


def test_files_that_are_no_classifier_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        LinearTextClassifier(tmp_path / "none.json")
    broken = tmp_path / "broken.json"
    broken.write_text("[]", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="no text classifier"):
        LinearTextClassifier(broken)
    content = json.loads(default_reader().path.read_bytes())
    for change in ({"weights_base64": "AAAA"}, {"weights_base64": "%"}, {"intercepts": [0.0]}):
        broken.write_text(json.dumps({**content, **change}), encoding="utf-8")
        with pytest.raises(ModelUnavailable, match="do not fit"):
            LinearTextClassifier(broken)
