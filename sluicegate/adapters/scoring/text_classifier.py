"""The text classifier port over hashed n-grams and one weight a label and bucket."""

import base64
import binascii
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.sparse import hstack
from sklearn.feature_extraction.text import HashingVectorizer

from sluicegate.domain.canonical import sha256_digest
from sluicegate.domain.errors import ModelUnavailable
from sluicegate.domain.text_model import LinearTextModel
from sluicegate.ports.text_classifier import LabelProbability

_TRAIN_FIRST: Final = "Train it anew."


class LinearTextClassifier:
    """Classifies in process, without a language model; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        try:
            content = path.read_bytes()
            model = LinearTextModel.from_json(content)
        except OSError as cause:
            raise ModelUnavailable(
                f"The text classifier {path.name} cannot be read.", next_step=_TRAIN_FIRST
            ) from cause
        except ValidationError as cause:
            raise ModelUnavailable(
                f"{path.name} is no text classifier.", next_step=_TRAIN_FIRST
            ) from cause
        self._model = model
        self._digest = sha256_digest(content)
        self._weights = _weights(model, path)
        self._intercepts = np.array(model.intercepts)
        self._vectorizers = [
            HashingVectorizer(
                analyzer=block.analyzer,
                ngram_range=(block.shortest, block.longest),
                n_features=block.buckets,
                strip_accents="unicode",
            )
            for block in model.blocks
        ]

    @property
    def model_digest(self) -> str:
        """Return the digest of the trained file."""
        return self._digest

    def classify(self, text: str) -> tuple[LabelProbability, ...]:
        """Return every label with its probability, best first."""
        # A lone surrogate has no UTF-8 bytes to hash.
        read = [text[: self._model.characters_max].encode("utf-8", "replace").decode()]
        columns = hstack([vectorizer.transform(read) for vectorizer in self._vectorizers])
        log_odds = np.asarray(columns @ self._weights.T)[0] + self._intercepts
        odds = np.exp(log_odds - log_odds.max())
        shares = odds / odds.sum()
        places = sorted(range(len(shares)), key=lambda place: (-shares[place], place))
        return tuple(
            LabelProbability(
                label=self._model.labels[place],
                probability_bp=int(np.floor(shares[place] * 10_000 + 0.5)),
            )
            for place in places
        )


def _weights(model: LinearTextModel, path: Path) -> NDArray[np.float64]:
    columns = sum(block.buckets for block in model.blocks)
    try:
        raw = base64.b64decode(model.weights_base64, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != 4 * columns * len(model.labels) or len(model.intercepts) != len(model.labels):
        raise ModelUnavailable(
            f"The weights of {path.name} do not fit its labels.", next_step=_TRAIN_FIRST
        )
    weights = np.frombuffer(raw, dtype="<f4").reshape(len(model.labels), columns)
    if not np.isfinite(weights).all():
        raise ModelUnavailable(
            f"The weights of {path.name} are no numbers.", next_step=_TRAIN_FIRST
        )
    return weights.astype(np.float64)
