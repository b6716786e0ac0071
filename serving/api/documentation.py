"""The API's description: OpenAPI, and a page made of it that loads nothing from anywhere."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from serving.api.limits import JSON_TYPES, PAGE_STYLE
from sluicegate.domain.event import DISPUTE_OPENED, EVENT_BYTES_MAX, DisputeEvent
from sluicegate.domain.problem import PROBLEM_MEDIA_TYPE, Problem
from sluicegate.domain.review import ReviewInput, ReviewLabel, Verdict

_REF: Final = "#/components/schemas/{model}"
_EXAMPLES: Final[Mapping[str, dict[str, object]]] = {
    "DisputeEvent": {
        "specversion": "1.0",
        "id": "d-2026-000017",
        "source": "cards-app",
        "type": DISPUTE_OPENED,
        "time": "2026-11-02T09:30:00Z",
        "data": {
            "transaction_id": "txn_000001",
            "customer_id": "cus_0001",
            "amount": "20.00",
            "currency": "USD",
            "narrative": "I ordered shoes and they never came.",
        },
    },
    "ReviewInput": {
        "verdict": Verdict.APPROVE.value,
        "rationale": "The carrier's page says that the parcel was lost.",
        "label": ReviewLabel.CLAIM_VALID.value,
        "subject_digest": "sha256:" + "0" * 64,
    },
}
_TEXTS: Final[Mapping[int, str]] = {
    400: "The request cannot be read.",
    401: "No valid key was given.",
    403: "Your roles, or policy, do not let you do this.",
    404: "There is no such thing.",
    409: "The name was used for something else, or what you were shown has changed.",
    413: "The body is too large; it was not read to its end.",
    415: "The body is not JSON.",
    422: "The body or a parameter does not fit; nothing was stored.",
    500: "Something went wrong here; the answer names it as it is logged.",
    503: "A part does not answer; nothing was decided.",
}

Responses = dict[int | str, dict[str, Any]]


def problems_for(*statuses: int) -> Responses:
    """Return the problem responses of a route, for its description."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
    return {
        status: {"description": _TEXTS[status], "content": content} for status in (*statuses, 500)
    }


PROBLEMS: Final = problems_for(401, 403, 404, 422, 503)


def request_body(model: str) -> dict[str, Any]:
    """Return the description of a body that we read raw and parse ourselves."""
    described = {
        "schema": {"$ref": _REF.format(model=model)},
        "examples": {"example": {"value": _EXAMPLES[model]}},
    }
    return {"requestBody": {"required": True, "content": dict.fromkeys(JSON_TYPES, described)}}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        _, defined = models_json_schema(
            [(DisputeEvent, "validation"), (ReviewInput, "validation"), (Problem, "validation")],
            ref_template=_REF,
        )
        made["components"]["schemas"].update(defined["$defs"])
        _drop_unused(made)
        app.openapi_schema = made
    return app.openapi_schema


def _drop_unused(made: dict[str, Any]) -> None:
    """Leave out what the framework adds to a route with parameters; we answer problems instead."""
    for path in made["paths"].values():
        for operation in path.values():
            unfit = operation["responses"].get("422", {})
            if "application/json" in unfit.get("content", {}):
                unfit["content"].pop("application/json")
                if not unfit["content"]:
                    operation["responses"].pop("422")
    for name in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(name, None)


def page(described: Mapping[str, Any]) -> str:
    """Return a page that lists the operations. It holds no script and loads nothing."""
    rows = [
        f"<tr><td><code>{method.upper()} {escape(path)}</code></td>"
        f"<td>{escape(operation['summary'])}<br>{escape(operation.get('description', ''))}</td>"
        f"<td>{', '.join(sorted(operation['responses']))}</td></tr>"
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(described['info']['title'])}</title>"
        f"<style>{PAGE_STYLE}</style></head><body>"
        f"<h1>{escape(described['info']['title'])}</h1>"
        f"<p>{escape(described['info']['description'])}</p>"
        '<p>The whole description, for your tools: <a href="/openapi.json">/openapi.json</a>. '
        "Errors are problem details (RFC 9457). Send your key as "
        "<code>Authorization: Bearer sg_…</code>.</p>"
        "<table><thead><tr><th>Operation</th><th>What it does</th><th>Answers</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
        f"<h2>An event</h2><p>At most {EVENT_BYTES_MAX} bytes.</p>"
        f"<pre>{escape(_example('DisputeEvent'))}</pre>"
        f"<h2>A decision</h2><pre>{escape(_example('ReviewInput'))}</pre></body></html>"
    )


def _example(model: str) -> str:
    return json.dumps(_EXAMPLES[model], indent=2)
