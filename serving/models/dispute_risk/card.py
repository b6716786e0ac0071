"""The page that is written beside each trained model."""

from serving.models.dispute_risk.measure import Measured
from sluicegate.domain.dispute_features import DEFINITIONS
from sluicegate.domain.scoring_model import ModelManifest


def model_card(manifest: ModelManifest, model_digest: str, measured: Measured) -> str:
    """Return the model card in Markdown."""
    lines = [
        f"# {manifest.model} {manifest.version}",
        "",
        "Probability that a card dispute will **not** be sustained. The data are of a synthetic",
        "bank: the figures show that the machinery works, and nothing about real disputes.",
        "",
        f"- model: `{model_digest}`",
        f"- data: `{manifest.data_digest}`, of bank `{manifest.bank_digest}`",
        f"- features: {len(manifest.features)}, defined by `{manifest.definitions_digest}`",
        f"- calibration: {manifest.calibration.method},"
        f" slope {manifest.calibration.slope:.3f}, intercept {manifest.calibration.intercept:.3f}",
        "",
        "## On later disputes",
        "",
        f"Fitted on {measured.rows_fit} disputes, calibrated on {measured.rows_valid}, measured on"
        f" {measured.rows_test} later ones, of which {measured.base_rate:.1%} were rejected.",
        "",
        "| | ROC AUC | average precision |",
        "|---|---|---|",
        f"| this model | {measured.roc_auc:.3f} | {measured.average_precision:.3f} |",
        f"| logistic regression, same features | {measured.logistic_roc_auc:.3f}"
        f" | {measured.logistic_average_precision:.3f} |",
        f"| rule of four points | {measured.rule_roc_auc:.3f}"
        f" | {measured.rule_average_precision:.3f} |",
        f"| chance | 0.500 | {measured.base_rate:.3f} |",
        "",
        f"Brier score {measured.brier:.4f} (the base rate alone: {measured.brier_base:.4f});"
        f" mean calibration error {measured.calibration_error:.3f}.",
        "",
        "| disputes, least risky fifth first | predicted | rejected |",
        "|---|---|---|",
        *(
            f"| {each.rows} | {each.predicted:.3f} | {each.observed:.3f} |"
            for each in measured.bins
        ),
        "",
        "## Parameters",
        "",
        *(f"- {name}: `{value}`" for name, value in sorted(manifest.parameters.items())),
        "",
        "## Features",
        "",
        "| name | meaning | unit | window |",
        "|---|---|---|---|",
        *(
            f"| {each.name} | {each.meaning} | {each.unit} | {each.window} |"
            for each in DEFINITIONS
        ),
        "",
    ]
    return "\n".join(lines)
