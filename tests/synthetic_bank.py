"""The bank that `make run` seeds, and what is trained on it, made once a test process."""

import tempfile
from functools import cache
from pathlib import Path

import xgboost

from serving.bank.generate import generate_bank
from serving.bank.model import DEFAULT_SEED, Bank
from serving.features.dispute import BankFeatureSource, DisputeDataset, dispute_dataset
from serving.models.dispute_risk.train import TrainedModel, train
from serving.models.reader.train import TrainedReader, train_reader
from sluicegate.domain.canonical import sha256_digest
from sluicegate.domain.scoring_model import MANIFEST_ATTRIBUTE, ModelManifest

_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []


def _folder() -> Path:
    # Kept until the process ends, when the list lets go of it.
    _FOLDERS.append(tempfile.TemporaryDirectory())
    return Path(_FOLDERS[-1].name)


@cache
def default_bank() -> Bank:
    """Return the bank of the default seed."""
    return generate_bank(DEFAULT_SEED)


@cache
def small_bank() -> Bank:
    """Return a smaller bank of another seed."""
    return generate_bank(7, customers=80)


@cache
def default_dataset() -> DisputeDataset:
    """Return the decided disputes of the default bank."""
    return dispute_dataset(default_bank())


@cache
def default_features() -> BankFeatureSource:
    """Return features over the default bank."""
    return BankFeatureSource(default_bank())


@cache
def default_model() -> TrainedModel:
    """Return the scoring model of the default bank."""
    return train(default_dataset(), _folder())


def with_other_definitions(path: Path) -> bytes:
    """Return a model file as an older release left it: same names, another meaning."""
    booster = xgboost.Booster()
    booster.load_model(path)
    manifest = ModelManifest.from_json(booster.attr(MANIFEST_ATTRIBUTE) or "")
    older = manifest.model_copy(update={"definitions_digest": sha256_digest(b"an older release")})
    booster.set_attr(**{MANIFEST_ATTRIBUTE: older.canonical().decode()})
    return bytes(booster.save_raw("ubj"))


@cache
def default_reader() -> TrainedReader:
    """Return the text classifier of the default seed."""
    return train_reader(DEFAULT_SEED, _folder())
