"""The scoring port over an XGBoost model file that carries its own manifest."""

import math
from pathlib import Path
from typing import Final

import numpy as np
import xgboost
from pydantic import ValidationError

from sluicegate.adapters.scoring.reasons import reason_sentence
from sluicegate.domain.canonical import digest_of, sha256_digest
from sluicegate.domain.dispute_features import definitions_digest
from sluicegate.domain.errors import ScoringUnavailable
from sluicegate.domain.score import FeatureVector, ReasonCode, Score
from sluicegate.domain.scoring_model import MANIFEST_ATTRIBUTE, ModelManifest

REASONS_MAX: Final = 4
_TRAIN_AGAIN: Final = "Run `make run`; it trains the model again."
_TRAIN_FIRST: Final = "Train it anew."


class XgboostScorer:
    """Scores in process. Safe to share between threads: XGBoost predicts with trees without locks.

    `risk_bp` is 10,000 times the calibrated probability, rounded half up. Contributions are exact
    SHAP values (Lundberg 2018) times the calibration's slope: with the bias they add up to the
    log-odds. `features_digest` covers names and values and not the moment: equal evidence has an
    equal digest.
    """

    def __init__(self, path: Path) -> None:
        try:
            content = path.read_bytes()
        except OSError as cause:
            raise ScoringUnavailable(
                f"The scoring model {path.name} cannot be read.", next_step=_TRAIN_FIRST
            ) from cause
        booster = xgboost.Booster({"nthread": 1})
        try:
            booster.load_model(bytearray(content))
        except xgboost.core.XGBoostError as cause:
            raise ScoringUnavailable(
                f"{path.name} is no XGBoost model.", next_step=_TRAIN_FIRST
            ) from cause
        self._manifest = _manifest(booster, path)
        if self._manifest.definitions_digest != definitions_digest():
            raise ScoringUnavailable(
                f"{path.name} was trained on features that were defined otherwise.",
                next_step=_TRAIN_AGAIN,
            )
        self._booster = booster
        self._digest = sha256_digest(content)
        self._texts = {text.feature: text for text in self._manifest.reasons}

    @property
    def manifest(self) -> ModelManifest:
        """Return what the model says of itself."""
        return self._manifest

    @property
    def model_digest(self) -> str:
        """Return the digest of the model file."""
        return self._digest

    def score(self, features: FeatureVector) -> Score:
        """Return the score with its strongest reasons; raise ScoringUnavailable."""
        self._check(features)
        row = np.array([features.values], dtype=np.float32)
        reasons = self._reasons(features, row)
        return Score(
            risk_bp=self._risk_bp(row),
            reasons=reasons,
            model=self._manifest.model,
            model_version=self._manifest.version,
            model_digest=self._digest,
            data_digest=self._manifest.data_digest,
            features_digest=digest_of(
                {"names": list(features.names), "values": list(features.values)}
            ),
        )

    def risk_bp(self, features: FeatureVector) -> int:
        """Return the risk alone, without reasons; raise ScoringUnavailable."""
        self._check(features)
        return self._risk_bp(np.array([features.values], dtype=np.float32))

    def _check(self, features: FeatureVector) -> None:
        if features.names != self._manifest.features or len(features.values) != len(features.names):
            raise ScoringUnavailable(
                "The features are not those that the model was trained on, in its order.",
                next_step="Deploy the model and the feature definitions of one version.",
            )

    def _risk_bp(self, row: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> int:
        margin = float(
            self._booster.inplace_predict(row, predict_type="margin", validate_features=False)[0]
        )
        calibration = self._manifest.calibration
        return basis_points(_probability(calibration.slope * margin + calibration.intercept))

    def _reasons(
        self, features: FeatureVector, row: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    ) -> tuple[ReasonCode, ...]:
        rows = xgboost.DMatrix(row, feature_names=list(features.names), nthread=1)
        shares = self._booster.predict(rows, pred_contribs=True)[0][:-1]
        slope = self._manifest.calibration.slope
        millilogits = [round(1_000 * slope * float(share)) for share in shares]
        places = sorted(range(len(millilogits)), key=lambda at: (-abs(millilogits[at]), at))
        return tuple(
            ReasonCode(
                code=self._texts[features.names[place]].code,
                sentence=reason_sentence(
                    self._texts[features.names[place]], int(features.values[place])
                ),
                feature=features.names[place],
                value=features.values[place],
                contribution_millilogit=millilogits[place],
            )
            for place in places[:REASONS_MAX]
            if millilogits[place] != 0
        )


def basis_points(probability: float) -> int:
    """Return a probability in basis points, rounded half up, 0 to 10,000."""
    return min(max(math.floor(probability * 10_000 + 0.5), 0), 10_000)


def _probability(log_odds: float) -> float:
    # Both forms are the same number; each is exact where the other overflows.
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1.0 + odds)


def _manifest(booster: xgboost.Booster, path: Path) -> ModelManifest:
    text = booster.attr(MANIFEST_ATTRIBUTE)
    if text is None:
        raise ScoringUnavailable(
            f"{path.name} does not say what it was trained on.", next_step=_TRAIN_FIRST
        )
    try:
        manifest = ModelManifest.from_json(text)
    except ValidationError as cause:
        raise ScoringUnavailable(
            f"What {path.name} says of itself cannot be read.", next_step=_TRAIN_FIRST
        ) from cause
    explained = {reason.feature for reason in manifest.reasons}
    if explained != set(manifest.features) or booster.num_features() != len(manifest.features):
        raise ScoringUnavailable(
            f"{path.name} does not fit its own list of features.", next_step=_TRAIN_FIRST
        )
    return manifest
