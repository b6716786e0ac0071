"""The prompt library: prompts are Markdown files beside their agents, by name and digest."""

import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from sluicegate.domain.canonical import sha256_digest
from sluicegate.domain.errors import InvalidInput, NotFound
from sluicegate.domain.value import Digest, Name, Value

PROMPT_BYTES_MAX: Final = 64 * 1024
_AGENTS_DIR: Final = Path(__file__).resolve().parent
_NAME: Final = re.compile(r"[a-z][a-z_]{0,40}", re.ASCII)
_SECTION: Final = re.compile(r"^## (system|user|assistant)[ \t]*$", re.MULTILINE)


class Example(Value):
    """One shot: what a user turn looks like, and the answer wanted."""

    user: Annotated[str, Field(min_length=1)]
    assistant: Annotated[str, Field(min_length=1)]


class Prompt(Value):
    """A prompt. `file_digest` is the SHA-256 of the file's bytes, as ``sha256sum`` gives it."""

    name: Name
    system: Annotated[str, Field(min_length=1)]
    examples: tuple[Example, ...]
    file_digest: Digest


def load_prompt(name: str) -> Prompt:
    """Return ``agents/<name>/prompt.md``; raise NotFound or InvalidInput."""
    if _NAME.fullmatch(name) is None:
        raise InvalidInput(f"{name[:60]!r} cannot be the name of an agent.")
    path = _AGENTS_DIR / name / "prompt.md"
    try:
        raw = path.read_bytes()
    except OSError:
        raise NotFound(f"There is no prompt called {name!r}.") from None
    return parse_prompt(name, raw)


def parse_prompt(name: str, raw: bytes) -> Prompt:
    """Read a prompt file: a heading ``## system``, then pairs of ``## user`` and ``## assistant``.

    What stands before the first of these headings is for people. Raise InvalidInput otherwise.
    """
    if len(raw) > PROMPT_BYTES_MAX:
        raise InvalidInput(f"The prompt {name!r} is larger than {PROMPT_BYTES_MAX} bytes.")
    try:
        pieces = _SECTION.split(raw.decode("utf-8"))[1:]
    except UnicodeDecodeError:
        raise InvalidInput(f"The prompt {name!r} is not UTF-8.") from None
    roles, texts = pieces[0::2], [text.strip() for text in pieces[1::2]]
    pairs = (len(roles) - 1) // 2
    if roles != ["system"] + ["user", "assistant"] * pairs or not all(texts):
        raise InvalidInput(
            f"The prompt {name!r} does not have the sections of a prompt, or one is empty.",
            next_step="Write ## system, then any number of pairs ## user and ## assistant.",
        )
    examples = tuple(
        Example(user=user, assistant=assistant)
        for user, assistant in zip(texts[1::2], texts[2::2], strict=True)
    )
    return Prompt(name=name, system=texts[0], examples=examples, file_digest=sha256_digest(raw))
