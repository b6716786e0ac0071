"""The JSON schema of policy's `input`, generated from the kernel's types."""

import json
from pathlib import Path
from typing import Final

from sluicegate.domain.canonical import JsonValue
from sluicegate.ports.policy import PolicyInput

SCHEMA_PATH: Final = "schemas/input.json"
"""Inside the policies folder."""


def input_schema_text() -> str:
    """Return the schema as indented JSON with sorted names and a final newline."""
    schema = _unwrapped(PolicyInput.model_json_schema(mode="serialization"))
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _unwrapped(node: JsonValue) -> JsonValue:
    # Descriptions are docstrings: how their lines are wrapped is no part of the schema.
    match node:
        case str():
            return " ".join(node.split())
        case dict():
            return {name: _unwrapped(child) for name, child in node.items()}
        case list():
            return [_unwrapped(child) for child in node]
        case _:
            return node


def write_input_schema(policies_dir: Path) -> Path:
    """Write the schema into a policies folder and return its path."""
    path = policies_dir / SCHEMA_PATH
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(input_schema_text(), encoding="utf-8")
    return path
