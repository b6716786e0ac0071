"""Training the reader on generated narratives; measured on templates that it was not trained on.

A narrative's template says its category, so a split by narrative would only measure memory. Each of
`FOLDS` models is measured on templates that it never saw; the probabilities of the shipped model,
which sees all templates, are tempered by what those models got wrong.
"""

import base64
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from serving.bank.merchants import TRADES
from serving.bank.narrative_texts import TEMPLATES
from serving.bank.narratives import Subject, narrative
from serving.bank.stream import Stream
from sluicegate.domain.canonical import digest_of, sha256_digest
from sluicegate.domain.proposal import DisputeCategory
from sluicegate.domain.text_model import LinearTextModel, NgramHashing

READER_NAME: Final = "dispute_reader"
READER_VERSION: Final = "1.0.0"
READER_FILE: Final = "dispute_reader.json"
READER_CARD_FILE: Final = "dispute_reader.md"
FOLDS: Final = 5
CHARACTERS_MAX: Final = 4_000
"""A cardholder says what happened early on; the rest costs time and can be stuffed with words."""

_EACH_TEMPLATE: Final = 12
_INVERSE_PENALTY: Final = 5.0
_TEMPERATURES: Final = tuple(step / 20 for step in range(10, 101))
_SURE_BP: Final = MappingProxyType({"sure_60": 0.6, "sure_85": 0.85})
LABELS: Final = tuple(category.value for category in DisputeCategory)
BLOCKS: Final = (
    NgramHashing(analyzer="word", shortest=1, longest=2, buckets=1 << 13),
    NgramHashing(analyzer="char_wb", shortest=3, longest=4, buckets=1 << 13),
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A narrative, the place of its label, and the fold that its template belongs to."""

    text: str
    label: int
    fold: int


@dataclass(frozen=True, slots=True)
class TrainedReader:
    """Where the classifier lies and what it says of itself."""

    path: Path
    digest: str
    model: LinearTextModel


def labelled_texts(seed: int) -> tuple[LabelledText, ...]:
    """Return the training texts of a seed, as many of each template."""
    stream = Stream(seed, "reader")
    texts: list[LabelledText] = []
    for label, category in enumerate(DisputeCategory):
        for place, template in enumerate(TEMPLATES[category]):
            for _ in range(_EACH_TEMPLATE):
                text = narrative(stream, category, _subject(stream), (template,))
                texts.append(LabelledText(text, label, place % FOLDS))
    return tuple(texts)


def train_reader(seed: int, out_dir: Path) -> TrainedReader:
    """Train on the narratives of a seed, write classifier and card into a folder."""
    # One thread adds in one order; more would also fight each other for the cores.
    with threadpool_limits(limits=1):
        model = _train(seed)
    content = model.canonical()
    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / READER_FILE
    path.write_bytes(content)
    digest = sha256_digest(content)
    (out_dir / READER_CARD_FILE).write_text(_card(model, digest), encoding="utf-8")
    return TrainedReader(path, digest, model)


def _train(seed: int) -> LinearTextModel:
    texts = labelled_texts(seed)
    columns = vectorize([each.text for each in texts])
    truth = np.array([each.label for each in texts])
    folds = np.array([each.fold for each in texts])
    held_out = np.zeros((len(texts), len(LABELS)))
    for fold in range(FOLDS):
        unseen = folds == fold
        weights, intercepts = _fit(columns[~unseen], truth[~unseen])
        held_out[unseen] = columns[unseen] @ weights.T + intercepts
    temperature = min(_TEMPERATURES, key=lambda each: _log_loss(held_out / each, truth))
    weights, intercepts = _fit(columns, truth)
    return LinearTextModel(
        format="sluicegate.linear_text.v1",
        name=READER_NAME,
        version=READER_VERSION,
        labels=LABELS,
        blocks=BLOCKS,
        characters_max=CHARACTERS_MAX,
        intercepts=tuple(float(each) for each in intercepts / temperature),
        weights_base64=base64.b64encode((weights / temperature).astype("<f4").tobytes()).decode(),
        data_digest=digest_of([[each.text, each.label, each.fold] for each in texts]),
        metrics=_metrics(_softmax(held_out / temperature), truth, temperature),
    )


def vectorize(texts: list[str]) -> csr_matrix:
    """Return hashed n-grams, a row a text, the blocks side by side."""
    return csr_matrix(
        hstack(
            [
                HashingVectorizer(
                    analyzer=block.analyzer,
                    ngram_range=(block.shortest, block.longest),
                    n_features=block.buckets,
                    strip_accents="unicode",
                ).transform([text[:CHARACTERS_MAX] for text in texts])
                for block in BLOCKS
            ]
        )
    )


def _subject(stream: Stream) -> Subject:
    trade = stream.pick(TRADES)
    amount = f"{stream.integer(3, 900)}.{stream.integer(0, 99):02d}"
    return Subject(
        merchant=f"{stream.pick(('Harbor', 'Cedar', 'Raven', 'Quarry', 'Velvet'))} {trade.kind}",
        item=stream.pick(trade.items),
        amount=amount if stream.chance(0.3) else f"{amount} {stream.pick(('USD', 'EUR', 'GBP'))}",
        date=f"{stream.integer(1, 28)} {stream.pick(('March', 'June', 'October', 'December'))}",
        days=stream.integer(2, 90),
    )


def _fit(columns: csr_matrix, truth: NDArray[np.int64]) -> tuple[Floats, Floats]:
    model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=400, class_weight="balanced")
    model.fit(columns, truth)
    return np.asarray(model.coef_), np.asarray(model.intercept_)


def _softmax(log_odds: Floats) -> Floats:
    odds = np.exp(log_odds - log_odds.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)


def _log_loss(log_odds: Floats, truth: NDArray[np.int64]) -> float:
    shares = _softmax(log_odds)[np.arange(len(truth)), truth]
    return float(-np.mean(np.log(np.maximum(shares, 1e-12))))


def _metrics(shares: Floats, truth: NDArray[np.int64], temperature: float) -> dict[str, int]:
    said, sure = shares.argmax(axis=1), shares.max(axis=1)
    right = said == truth
    metrics = {
        "rows": len(truth),
        "templates": sum(len(templates) for templates in TEMPLATES.values()),
        "held_out_accuracy_bp": round(10_000 * float(np.mean(right))),
        "held_out_confidence_bp": round(10_000 * float(np.mean(sure))),
        "temperature_percent": round(100 * temperature),
    }
    for name, least in _SURE_BP.items():
        chosen = sure >= least
        metrics[f"held_out_{name}_share_bp"] = round(10_000 * float(np.mean(chosen)))
        if chosen.any():
            metrics[f"held_out_{name}_accuracy_bp"] = round(10_000 * float(np.mean(right[chosen])))
    for place, label in enumerate(LABELS):
        recall = float(np.mean(right[truth == place]))
        metrics[f"held_out_recall_{label}_bp"] = round(10_000 * recall)
    return metrics


def _card(model: LinearTextModel, digest: str) -> str:
    lines = [
        f"# {model.name} {model.version}",
        "",
        "Says which category of dispute a narrative is about. It is no language model: hashed word",
        "and letter n-grams with one weight each, trained on generated narratives only. Held-out",
        "figures are for templates that the measured model had not seen; real people write in more",
        "ways than templates do, so expect less.",
        "",
        f"- model: `{digest}`",
        f"- data: `{model.data_digest}`",
        *(f"- {name}: {value}" for name, value in sorted(model.metrics.items())),
        "",
    ]
    return "\n".join(lines)
