"""What a scoring model says about itself, carried inside its file: written by the trainer, read by
the scorer.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from sluicegate.domain.value import Digest, Name, SafeInt, Value

MANIFEST_ATTRIBUTE: Final = "sluicegate_manifest"
"""The booster attribute that holds the manifest as canonical JSON."""

Finite = Annotated[float, Field(allow_inf_nan=False)]
Template = Annotated[str, Field(max_length=300)]


class ReasonText(Value):
    """How one feature is told to a person.

    `many` holds ``{value}``, shown as `shown_as` says. The others replace it for the values 1, 0
    and "no history".
    """

    feature: Name
    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{2,60}$")]
    shown_as: Literal["integer", "times", "percent", "usd"]
    many: Annotated[Template, Field(min_length=1)]
    one: Template = ""
    zero: Template = ""
    missing: Template = ""


class Calibration(Value):
    """Log-odds = `slope` x margin + `intercept` (Platt 1999). Slope 1 and intercept 0 where it did
    not help.
    """

    method: Literal["none", "platt"]
    slope: Finite
    intercept: Finite


class ModelManifest(Value):
    """Name, version, what it was trained on and how, what it measured, and how its reasons read.

    `metrics` are basis points or counts; `parameters` the trainer's, as text.
    """

    model: Name
    version: Name
    target: Name
    features: tuple[Name, ...]
    definitions_digest: Digest
    bank_digest: Digest
    data_digest: Digest
    parameters: dict[str, str]
    metrics: dict[str, SafeInt]
    calibration: Calibration
    reasons: tuple[ReasonText, ...]
