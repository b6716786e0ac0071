"""Routes of disputes and cases: an event in, a case out."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Header, Query, Response
from fastapi.concurrency import run_in_threadpool

from serving.api.documentation import PROBLEMS, problems_for, request_body
from serving.api.driving import Drivers
from serving.api.limits import json_body
from serving.api.masking import view_for
from serving.api.runtime import ApiRuntime
from serving.api.security import Caller, Permission
from serving.case_summary import CaseSummary, summarise
from serving.cases import CaseView
from sluicegate.domain.case import Case, CaseStatus
from sluicegate.domain.event import EVENT_BYTES_MAX, parse_dispute_event
from sluicegate.domain.principal import Role
from sluicegate.domain.value import Value
from sluicegate.events.intake import OPENERS

CASES_MAX: Final = 200
CASES_DEFAULT: Final = 50
READERS: Final = (
    Role.VIEWER,
    Role.ANALYST,
    Role.APPROVER,
    Role.AUDITOR,
    Role.SERVICE,
    Role.ADMIN,
)


class CaseList(Value):
    """Cases, the newest first."""

    cases: tuple[Case, ...]


def install_disputes(app: FastAPI, runtime: ApiRuntime, drivers: Drivers) -> None:
    """Add the routes."""
    may_open = Permission(OPENERS, runtime.authenticate)
    may_read = Permission(READERS, runtime.authenticate)

    @app.post(
        "/v1/disputes",
        tags=["disputes"],
        summary="Open a dispute and take it as far as it goes",
        status_code=HTTPStatus.CREATED,
        responses={
            200: {"model": CaseSummary, "description": "This event came before; its case stands."},
            202: {"model": CaseSummary, "description": "Stored; being worked on beside you."},
            **problems_for(400, 401, 403, 409, 413, 415, 422, 503),
        },
        openapi_extra=request_body("DisputeEvent"),
    )
    async def open_dispute(
        caller: Annotated[Caller, Depends(may_open)],
        body: Annotated[bytes, Depends(json_body(EVENT_BYTES_MAX))],
        response: Response,
        prefer: Annotated[str, Header(max_length=200)] = "",
    ) -> CaseSummary:
        """Take a CloudEvent in, once, and run its graph.

        A repeat of the same event changes nothing and answers 200 with the same body. With
        `Prefer: respond-async`, or where it takes long, the answer is 202: read the case later.
        """
        event = parse_dispute_event(body, now_ms=runtime.clock.now_ms())
        intake = await run_in_threadpool(runtime.cases.open_dispute, event, caller.principal)
        response.headers["Location"] = f"/v1/cases/{intake.case.id}"
        response.status_code = HTTPStatus.OK if intake.repeated else HTTPStatus.CREATED
        # A case that waits for a person is moved by what that person decides, not by a repeat.
        if intake.case.status is CaseStatus.RUNNING:
            if _wants_async(prefer):
                drivers.start(intake.case.id)
                response.headers["Preference-Applied"] = "respond-async"
                response.status_code = HTTPStatus.ACCEPTED
            elif not await drivers.finish(intake.case.id):
                response.status_code = HTTPStatus.ACCEPTED
        return summarise(await run_in_threadpool(runtime.cases.view, intake.case.id))

    @app.get(
        "/v1/cases",
        tags=["cases"],
        summary="List cases, the newest first",
        responses=PROBLEMS,
        dependencies=[Depends(may_read)],
    )
    def list_cases(
        limit: Annotated[int, Query(ge=1, le=CASES_MAX)] = CASES_DEFAULT,
    ) -> CaseList:
        """Return the newest cases."""
        return CaseList(cases=runtime.cases.recent(limit=limit))

    @app.get(
        "/v1/cases/{case_id}",
        tags=["cases"],
        summary="Show a case with everything that was done",
        responses=problems_for(401, 403, 404),
    )
    def show_case(caller: Annotated[Caller, Depends(may_read)], case_id: str) -> CaseView:
        """Return a case whole. A viewer sees neither the narrative nor whole account numbers."""
        return view_for(runtime.cases.view(case_id), caller.principal)


def _wants_async(prefer: str) -> bool:
    """Say whether a Prefer header (RFC 7240) asks not to wait."""
    wanted = (item.split(";")[0].strip().lower() for item in prefer.split(","))
    return "respond-async" in wanted
