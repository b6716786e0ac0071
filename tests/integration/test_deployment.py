"""Setting a deployment up again: what an older release left is replaced, the rest is kept."""

from serving.deployment.bootstrap import prepare
from sluicegate.adapters.scoring.xgboost_scorer import XgboostScorer
from sluicegate.domain.dispute_features import definitions_digest
from tests.deployment import Deployment
from tests.synthetic_bank import with_other_definitions


def test_a_model_of_features_that_meant_something_else_is_trained_again(
    deployment: Deployment,
) -> None:
    risk, reader = deployment.settings.dispute_risk_model, deployment.settings.reader_model
    kept = reader.stat().st_mtime_ns
    risk.write_bytes(with_other_definitions(risk))
    said: list[str] = []
    prepare(deployment.settings, said.append)
    assert XgboostScorer(risk).manifest.definitions_digest == definitions_digest()
    assert [line for line in said if "Training" in line] == [
        "Training the dispute risk model (XGBoost) on the synthetic bank ..."
    ]
    assert reader.stat().st_mtime_ns == kept


def test_a_model_that_is_in_order_is_left_alone(deployment: Deployment) -> None:
    risk = deployment.settings.dispute_risk_model
    kept = risk.stat().st_mtime_ns
    said: list[str] = []
    prepare(deployment.settings, said.append)
    assert risk.stat().st_mtime_ns == kept
    assert not [line for line in said if "Training" in line]
