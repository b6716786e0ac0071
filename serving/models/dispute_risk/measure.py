"""What the model is worth on later disputes, beside simpler ways to tell."""

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.preprocessing import StandardScaler

from sluicegate.domain.dispute_features import FEATURE_NAMES

Floats = NDArray[np.float64]
_BINS: Final = 5
_NEWTON_STEPS: Final = 50
_NEWTON_ENOUGH: Final = 1e-10
_RIDGE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Bin:
    """A fifth of the test disputes by predicted risk: how many, what was predicted, what came."""

    rows: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures on the test period, as shares of one."""

    rows_fit: int
    rows_valid: int
    rows_test: int
    base_rate: float
    roc_auc: float
    average_precision: float
    brier: float
    brier_base: float
    calibration_error: float
    rule_roc_auc: float
    rule_average_precision: float
    logistic_roc_auc: float
    logistic_average_precision: float
    bins: tuple[Bin, ...]

    def as_integers(self) -> dict[str, int]:
        """Return every figure but the bins: counts as they are, shares in basis points."""
        figures = asdict(self)
        del figures["bins"]
        return {
            name if name.startswith("rows") else f"{name}_bp": (
                value if name.startswith("rows") else round(10_000 * value)
            )
            for name, value in figures.items()
        }


def measure(
    risk: Floats,
    *,
    fit: tuple[NDArray[np.float32], Floats],
    test: tuple[NDArray[np.float32], Floats],
    valid_rows: int,
) -> Measured:
    """Return the figures of predicted risks on the test rows."""
    rows, truth = test
    logistic = _logistic(*fit, rows)
    rule = _rule(rows)
    base = float(np.mean(fit[1]))
    bins = _reliability(risk, truth)
    return Measured(
        rows_fit=len(fit[1]),
        rows_valid=valid_rows,
        rows_test=len(truth),
        base_rate=float(np.mean(truth)),
        roc_auc=float(roc_auc_score(truth, risk)),
        average_precision=float(average_precision_score(truth, risk)),
        brier=float(np.mean((risk - truth) ** 2)),
        brier_base=float(np.mean((base - truth) ** 2)),
        calibration_error=sum(each.rows * abs(each.predicted - each.observed) for each in bins)
        / len(truth),
        rule_roc_auc=float(roc_auc_score(truth, rule)),
        rule_average_precision=float(average_precision_score(truth, rule)),
        logistic_roc_auc=float(roc_auc_score(truth, logistic)),
        logistic_average_precision=float(average_precision_score(truth, logistic)),
        bins=bins,
    )


def platt(margins: Floats, truth: Floats) -> tuple[float, float]:
    """Return slope and intercept of a logistic fit on margins (Platt 1999), by Newton's method."""
    design = np.column_stack([margins, np.ones_like(margins)])
    weights = np.array([1.0, 0.0])
    for _ in range(_NEWTON_STEPS):
        risk = 1.0 / (1.0 + np.exp(-design @ weights))
        gradient = design.T @ (risk - truth)
        hessian = design.T @ (design * (risk * (1.0 - risk))[:, None]) + _RIDGE * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        weights = weights - step
        if float(np.max(np.abs(step))) < _NEWTON_ENOUGH:
            break
    return float(weights[0]), float(weights[1])


def _rule(rows: NDArray[np.float32]) -> Floats:
    """A point each for chip, three visits, a rejected claim, a month's delay."""
    column = {name: rows[:, place] for place, name in enumerate(FEATURE_NAMES)}
    points = (
        (column["chip_read"] > 0).astype(np.float64)
        + (column["merchant_visits_before"] >= 3)
        + (column["customer_rejected_before"] >= 1)
        + (column["claim_age_days"] >= 30)
    )
    return np.asarray(points, dtype=np.float64)


def _logistic(fit_rows: NDArray[np.float32], truth: Floats, rows: NDArray[np.float32]) -> Floats:
    scaler = StandardScaler().fit(fit_rows)
    model = LogisticRegression(C=0.3, max_iter=1_000).fit(scaler.transform(fit_rows), truth)
    return np.asarray(model.decision_function(scaler.transform(rows)), dtype=np.float64)


def _reliability(risk: Floats, truth: Floats) -> tuple[Bin, ...]:
    order = np.argsort(risk, kind="stable")
    return tuple(
        Bin(len(part), float(np.mean(risk[part])), float(np.mean(truth[part])))
        for part in np.array_split(order, _BINS)
        if len(part)
    )
