"""A policy bundle: the Rego modules and data documents under one folder, and their digest."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sluicegate.domain.canonical import JsonValue, sha256_digest
from sluicegate.domain.errors import PolicyUnavailable

DIGEST_PACKAGE: Final = "sluicegate_bundle"
"""Where the digest stands in the data document: ``data.sluicegate_bundle.digest``."""
BUNDLE_FILES_MAX: Final = 2_000
BUNDLE_FILE_BYTES_MAX: Final = 1_000_000

_RULE_FOLDER = "dispute"
_RULE_FILE = "rule.rego"
_DECISION_FILE = f"{_RULE_FOLDER}/decision.rego"
_TEST_SUFFIX = "_test.rego"
_DATA_FILE = "data.json"
_SCHEMAS_FOLDER = "schemas"
_PACKAGE = re.compile(r"package[ \t]+(?P<name>[a-z0-9_]+(?:\.[a-z0-9_]+)*)[ \t]*(?:#.*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PolicyModule:
    """One Rego file: its path inside the bundle, with forward slashes, its package and its text."""

    path: str
    package: str
    source: str


@dataclass(frozen=True, slots=True)
class PolicyBundle:
    """Modules sorted by path, data documents by path, the rules' names, the digest of it all.

    `documents` maps a path under ``data``, such as ``dispute/limits``, to its JSON text. `digest`
    is the SHA-256 over every module's and data file's path and bytes, in order of path, each with
    its length before it; tests, pages and schemas are not part of it.
    """

    modules: tuple[PolicyModule, ...]
    documents: Mapping[str, str]
    rules: tuple[str, ...]
    digest: str

    def data_with_digest(self) -> str:
        """Return the data document as JSON, with the digest put where answers quote it from."""
        data: dict[str, JsonValue] = {DIGEST_PACKAGE: {"digest": self.digest}}
        for path, text in self.documents.items():
            *folders, name = path.split("/")
            _folder(data, folders, path)[name] = json.loads(text)
        return json.dumps(data, sort_keys=True)

    def roots(self) -> frozenset[str]:
        """Return the first names of all packages and documents, the digest's among them."""
        paths = (*(module.path for module in self.modules), *self.documents, DIGEST_PACKAGE)
        return frozenset(path.split("/")[0] for path in paths)


def load_bundle(folder: Path) -> PolicyBundle:
    """Read a policies folder; raise PolicyUnavailable where it is empty or not a valid bundle."""
    contents = {path: _read(folder, path) for path in _bundle_paths(folder)}
    modules = tuple(
        _module(path, text) for path, text in contents.items() if path.endswith(".rego")
    )
    rules = tuple(
        sorted(
            module.path.split("/")[1]
            for module in modules
            if re.fullmatch(f"{_RULE_FOLDER}/[a-z0-9_]+/{_RULE_FILE}", module.path)
        )
    )
    if not rules or _DECISION_FILE not in contents:
        raise _invalid(
            f"The policies folder {folder} holds no {_DECISION_FILE} with rules beside it."
        )
    documents = _documents(contents)
    bundle = PolicyBundle(
        modules=modules,
        documents=MappingProxyType(documents),
        rules=rules,
        digest=_digest(contents),
    )
    bundle.data_with_digest()
    return bundle


def declared_package(source: str) -> str | None:
    """Return the package that a module's first statement declares; None where it is not plain."""
    # Not splitlines(): Rego ends a comment at a line feed only.
    for line in source.split("\n"):
        text = line.strip()
        if text and not text.startswith("#"):
            found = _PACKAGE.fullmatch(text)
            return found["name"] if found else None
    return None


def _bundle_paths(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        raise _invalid(f"There is no policies folder at {folder}.")
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in {".rego", ".json", ".yaml", ".yml"}
        and path.relative_to(folder).parts[0] != _SCHEMAS_FOLDER
    )
    if len(paths) > BUNDLE_FILES_MAX:
        raise _invalid(f"The policies folder holds more than {BUNDLE_FILES_MAX} files.")
    names: list[str] = []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] == DIGEST_PACKAGE:
            raise _invalid(f"The folder {DIGEST_PACKAGE} is kept for the bundle's digest.")
        # A server would load data.yaml and skip other .json files: refuse what it reads otherwise.
        if path.suffix != ".rego" and path.name != _DATA_FILE:
            raise _invalid(f"{name} is neither a Rego module nor a {_DATA_FILE}.")
        if any(
            part.is_symlink()
            for part in (path, *path.parents)
            if part.is_relative_to(folder) and part != folder
        ):
            raise _invalid(f"{name} is reached by a symbolic link.")
        if not name.endswith(_TEST_SUFFIX):
            names.append(name)
    return iter(sorted(names))


def _read(folder: Path, name: str) -> str:
    try:
        raw = (folder / name).read_bytes()
        if len(raw) > BUNDLE_FILE_BYTES_MAX:
            raise _invalid(f"{name} is larger than {BUNDLE_FILE_BYTES_MAX} bytes.")
        return raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise _invalid(f"{name} cannot be read as UTF-8 text.") from cause


def _module(path: str, source: str) -> PolicyModule:
    wanted = path.rpartition("/")[0].replace("/", ".")
    if not wanted or declared_package(source) != wanted:
        raise _invalid(f"{path} does not declare the package {wanted or '(a folder)'}.")
    return PolicyModule(path=path, package=wanted, source=source)


def _documents(contents: Mapping[str, str]) -> dict[str, str]:
    documents: dict[str, str] = {}
    for path, text in contents.items():
        if not path.endswith(".json"):
            continue
        folder = path.rpartition("/")[0]
        for name, value in _parse(path, text).items():
            if not folder or not isinstance(value, dict) or "/" in name:
                raise _invalid(f"{path}: {name} has to be an object, in a folder, without a slash.")
            documents[f"{folder}/{name}"] = json.dumps(value, sort_keys=True)
    for path in documents:
        if any(other.startswith(f"{path}/") for other in documents):
            raise _invalid(f"The data at {path} is given in two files.")
    return documents


def _folder(data: dict[str, JsonValue], folders: list[str], path: str) -> dict[str, JsonValue]:
    node = data
    for name in folders:
        child = node.setdefault(name, {})
        if not isinstance(child, dict):
            raise _invalid(f"data at {path} stands where another file has a value.")
        node = child
    return node


def _parse(path: str, text: str) -> dict[str, JsonValue]:
    try:
        document = json.loads(
            text,
            object_pairs_hook=_no_repeats,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except (ValueError, RecursionError) as cause:
        raise _invalid(f"{path} is not JSON of integers and unrepeated names: {cause}.") from cause
    if not isinstance(document, dict):
        raise _invalid(f"{path} is not a JSON object.")
    return document


def _no_repeats(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name is repeated")
    return dict(pairs)


def _no_float(text: str) -> JsonValue:
    # Floats differ between engines.
    raise ValueError(f"{text} is not an integer")


def _digest(contents: Mapping[str, str]) -> str:
    framed = bytearray()
    for path in sorted(contents):
        for part in (path.encode(), contents[path].encode()):
            framed += len(part).to_bytes(8, "big") + part
    return sha256_digest(bytes(framed))


def _invalid(message: str) -> PolicyUnavailable:
    return PolicyUnavailable(
        message, next_step="Point SLUICEGATE_POLICIES_DIR at a folder of valid policies."
    )
