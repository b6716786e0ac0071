"""Training `dispute_risk`: the same disputes give the same file on the same machine.

The split is by time with a label delay, as it would have been on the day of training: a dispute is
learned from only if it had been decided by then. XGBoost runs on one thread, where its histogram
method adds in a fixed order.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import xgboost
from numpy.typing import NDArray

from serving.bank.model import Bank
from serving.features.dispute import DisputeDataset, DisputeExample, dispute_dataset
from serving.models.dispute_risk.card import model_card
from serving.models.dispute_risk.measure import Measured, measure, platt
from serving.models.dispute_risk.reasons import REASONS
from sluicegate.domain.canonical import canonical_bytes, sha256_digest
from sluicegate.domain.dispute_features import FEATURE_NAMES, definitions_digest
from sluicegate.domain.scoring_model import MANIFEST_ATTRIBUTE, Calibration, ModelManifest

MODEL_NAME: Final = "dispute_risk"
MODEL_VERSION: Final = "1.0.0"
MODEL_FILE: Final = "dispute_risk.ubj"
METRICS_FILE: Final = "dispute_risk.metrics.json"
CARD_FILE: Final = "dispute_risk.md"
EXAMPLES_MIN: Final = 200
ROUNDS: Final = 120

MONOTONE: Final = MappingProxyType(
    {
        "claim_age_days": 1,
        "chip_read": 1,
        "merchant_visits_before": 1,
        "customer_rejected_before": 1,
        "same_amount_72h": -1,
    }
)
"""What nobody could accept the other way round."""

PARAMETERS: Final = MappingProxyType(
    {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "max_depth": 3,
        "eta": 0.05,
        "subsample": 0.8,
        "colsample_bytree": 0.7,
        "min_child_weight": 5,
        "seed": 20261031,
        "nthread": 1,
    }
)

_TRAIN_SHARE: Final = 0.60
_VALID_SHARE: Final = 0.15


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """Where the model lies and what it says of itself."""

    path: Path
    digest: str
    manifest: ModelManifest


@dataclass(frozen=True, slots=True)
class Split:
    """Examples to fit, to calibrate on, and to measure with, each later than the one before."""

    fit: tuple[DisputeExample, ...]
    valid: tuple[DisputeExample, ...]
    test: tuple[DisputeExample, ...]


def train(data: Bank | DisputeDataset, out_dir: Path) -> TrainedModel:
    """Train, write model, metrics and card into a folder, and return the model.

    Raise ValueError for fewer than `EXAMPLES_MIN` decided disputes.
    """
    dataset = dispute_dataset(data) if isinstance(data, Bank) else data
    if len(dataset.examples) < EXAMPLES_MIN:
        raise ValueError(f"{len(dataset.examples)} decided disputes are too few to train on")
    split = split_by_time(dataset.examples)
    booster = _fit(split.fit)
    calibration = _calibrate(booster, split.valid)
    measured = _measure(booster, calibration, split)
    manifest = ModelManifest(
        model=MODEL_NAME,
        version=MODEL_VERSION,
        target="the claim is rejected",
        features=FEATURE_NAMES,
        definitions_digest=definitions_digest(),
        bank_digest=dataset.bank_digest,
        data_digest=dataset.digest(),
        parameters={**{name: str(value) for name, value in PARAMETERS.items()},
                    "rounds": str(ROUNDS), "monotone": _monotone()},
        metrics=measured.as_integers(),
        calibration=calibration,
        reasons=REASONS,
    )  # fmt: skip
    booster.set_attr(**{MANIFEST_ATTRIBUTE: manifest.canonical().decode()})
    content = bytes(booster.save_raw("ubj"))
    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / MODEL_FILE
    path.write_bytes(content)
    digest = sha256_digest(content)
    report = {"model_digest": digest, **json.loads(manifest.model_dump_json(exclude={"reasons"}))}
    (out_dir / METRICS_FILE).write_bytes(canonical_bytes(report) + b"\n")
    (out_dir / CARD_FILE).write_text(model_card(manifest, digest, measured), encoding="utf-8")
    return TrainedModel(path, digest, manifest)


def split_by_time(examples: tuple[DisputeExample, ...]) -> Split:
    """Return the split; what was undecided when the next part begins is left out."""
    ordered = sorted(examples, key=lambda each: (each.opened_at_ms, each.dispute_id))
    valid_at = ordered[int(len(ordered) * _TRAIN_SHARE)].opened_at_ms
    test_at = ordered[int(len(ordered) * (_TRAIN_SHARE + _VALID_SHARE))].opened_at_ms
    return Split(
        fit=tuple(each for each in ordered if each.decided_at_ms < valid_at),
        valid=tuple(
            each
            for each in ordered
            if each.opened_at_ms >= valid_at and each.decided_at_ms < test_at
        ),
        test=tuple(each for each in ordered if each.opened_at_ms >= test_at),
    )


def matrix(examples: tuple[DisputeExample, ...]) -> NDArray[np.float32]:
    """Return features as XGBoost takes them: a row an example, 32-bit floats."""
    return np.array([each.features.values for each in examples], dtype=np.float32)


def labels(examples: tuple[DisputeExample, ...]) -> NDArray[np.float64]:
    """Return 1 for rejected claims."""
    return np.array([float(each.rejected) for each in examples])


def _fit(examples: tuple[DisputeExample, ...]) -> xgboost.Booster:
    rows = xgboost.DMatrix(
        matrix(examples), label=labels(examples), feature_names=list(FEATURE_NAMES), nthread=1
    )
    parameters: dict[str, object] = {**PARAMETERS, "monotone_constraints": _monotone()}
    return xgboost.train(parameters, rows, num_boost_round=ROUNDS)


def _monotone() -> str:
    return "(" + ",".join(str(MONOTONE.get(name, 0)) for name in FEATURE_NAMES) + ")"


def _margins(booster: xgboost.Booster, examples: tuple[DisputeExample, ...]) -> NDArray[np.float64]:
    rows = booster.inplace_predict(matrix(examples), predict_type="margin", validate_features=False)
    return np.asarray(rows, dtype=np.float64)


def _calibrate(booster: xgboost.Booster, valid: tuple[DisputeExample, ...]) -> Calibration:
    """Fit Platt's numbers on half the validation period; keep them if the later half agrees."""
    margins, truth = _margins(booster, valid), labels(valid)
    half = len(valid) // 2
    slope, intercept = platt(margins[:half], truth[:half])
    raw = _log_loss(margins[half:], truth[half:])
    if _log_loss(slope * margins[half:] + intercept, truth[half:]) >= raw:
        return Calibration(method="none", slope=1.0, intercept=0.0)
    slope, intercept = platt(margins, truth)
    return Calibration(method="platt", slope=slope, intercept=intercept)


def _log_loss(log_odds: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    return float(np.mean(np.logaddexp(0.0, log_odds) - truth * log_odds))


def _measure(booster: xgboost.Booster, calibration: Calibration, split: Split) -> Measured:
    log_odds = calibration.slope * _margins(booster, split.test) + calibration.intercept
    return measure(
        1.0 / (1.0 + np.exp(-log_odds)),
        fit=(matrix(split.fit), labels(split.fit)),
        test=(matrix(split.test), labels(split.test)),
        valid_rows=len(split.valid),
    )
