"""Routes that look at the service itself: is it well, and is what was done all in order."""

import threading
from http import HTTPStatus
from typing import Final, Literal

from fastapi import Depends, FastAPI, Response
from fastapi.responses import HTMLResponse, JSONResponse

from serving.api.documentation import page, problems_for
from serving.api.problems import problem_response
from serving.api.runtime import ApiRuntime
from serving.api.security import Permission, public
from sluicegate.domain.errors import SluicegateError, Unavailable
from sluicegate.domain.principal import Role
from sluicegate.domain.problem import Problem
from sluicegate.domain.value import Value
from sluicegate.ledger.verify import VerifyReport, verify_everything

VERSION: Final = "0.1.0"
Health = Literal["ok", "unavailable"]


class HealthReport(Value):
    """How each part is. `reader` says whether a language model reads, and which."""

    status: Health
    database: Health
    gate: Health
    reader: str
    version: str


def install_checks(app: FastAPI, runtime: ApiRuntime) -> None:
    """Add the routes."""
    may_verify = Permission((Role.AUDITOR, Role.ADMIN), runtime.authenticate)
    verifying = threading.Lock()

    @app.get(
        "/v1/healthz",
        tags=["service"],
        summary="Say how each part is",
        response_model=HealthReport,
        responses=problems_for(503),
        dependencies=[Depends(public)],
    )
    def healthz() -> Response:
        """Ask the database and the gate; needs no key and tells no secret."""
        report = _health(runtime)
        if report.status == "ok":
            return JSONResponse(report.model_dump(mode="json"))
        return problem_response(
            Problem(
                type="urn:sluicegate:problem:unavailable",
                title="Unavailable",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                detail="A part does not answer.",
                next_step="Start everything with `make run`; the logs are in var/log.",
                detail_data=report.model_dump(mode="json"),
            )
        )

    @app.get(
        "/v1/verify",
        tags=["service"],
        summary="Check the whole audit log and the journal",
        responses=problems_for(401, 403, 503),
        dependencies=[Depends(may_verify)],
    )
    def verify() -> VerifyReport:
        """Recompute every link, replay every decision, and check the journal against both."""
        if not verifying.acquire(blocking=False):
            raise Unavailable("A check is under way.", next_step="Ask again when it is done.")
        try:
            return verify_everything(runtime.store, runtime.verifier)
        finally:
            verifying.release()

    @app.get("/openapi.json", include_in_schema=False, dependencies=[Depends(public)])
    def openapi() -> JSONResponse:
        return JSONResponse(app.openapi())

    @app.get("/docs", include_in_schema=False, dependencies=[Depends(public)])
    @app.get("/", include_in_schema=False, dependencies=[Depends(public)])
    def docs() -> HTMLResponse:
        return HTMLResponse(page(app.openapi()))


def _health(runtime: ApiRuntime) -> HealthReport:
    database, gate = _database(runtime), _gate(runtime)
    return HealthReport(
        status="ok" if database == gate == "ok" else "unavailable",
        database=database,
        gate=gate,
        reader=runtime.reader_line,
        version=VERSION,
    )


def _database(runtime: ApiRuntime) -> Health:
    try:
        runtime.cases.recent(limit=1)
    except SluicegateError:
        return "unavailable"
    return "ok"


def _gate(runtime: ApiRuntime) -> Health:
    try:
        runtime.gate.reviews(limit=1)
    except SluicegateError:
        return "unavailable"
    return "ok"
