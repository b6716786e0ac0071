"""Every error leaves as RFC 9457 problem details, and none with a traceback.

Three kinds come by: errors that the kernel raised on purpose, refusals of the framework (no such
path, wrong method, unfit parameters), and what nobody foresaw, which is logged under a name and
answered with that name only.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.incidents import incident_id
from sluicegate.domain.errors import InvalidInput, SluicegateError
from sluicegate.domain.problem import PROBLEM_MEDIA_TYPE, Problem, problem_of

EXPLAINED_MAX: Final = 5
"""How many misfits of a request are told; one mended request in most cases mends them all."""
RETRY_AFTER_S: Final = 2

_log = logging.getLogger("sluicegate.api")

_NEXT_STEPS: Final[Mapping[int, str]] = MappingProxyType(
    {
        HTTPStatus.NOT_FOUND: "GET /openapi.json lists the paths.",
        HTTPStatus.METHOD_NOT_ALLOWED: "The Allow header lists the methods of this path.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Shorten the narrative and send documents separately.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Send JSON with Content-Type: application/json.",
    }
)


def install_problem_handlers(app: FastAPI) -> None:
    """Make an application answer every error as problem details."""
    app.add_exception_handler(SluicegateError, _on_purpose)
    app.add_exception_handler(RequestValidationError, _unfit_request)
    app.add_exception_handler(HTTPException, _refused)
    # For what goes wrong outside the routes, in another middleware.
    app.add_exception_handler(Exception, _unforeseen)
    app.add_middleware(_UnforeseenErrors)


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return problem details as a response, with the headers that its status asks for."""
    wanted = dict(headers or {})
    if problem.status == HTTPStatus.UNAUTHORIZED:
        wanted.setdefault("WWW-Authenticate", "Bearer")
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        wanted.setdefault("Retry-After", str(RETRY_AFTER_S))
    content = problem.model_dump_json().encode()
    return Response(content, problem.status, headers=wanted, media_type=PROBLEM_MEDIA_TYPE)


def status_problem(status: int, detail: str = "") -> Problem:
    """Return problem details for a bare HTTP status."""
    phrase = HTTPStatus(status).phrase
    return Problem(
        type=f"urn:sluicegate:problem:http_{status}",
        title=phrase,
        status=status,
        detail=detail or phrase + ".",
        next_step=_NEXT_STEPS.get(status, ""),
    )


async def _on_purpose(_request: Request, error: Exception) -> Response:
    if not isinstance(error, SluicegateError):
        raise error
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s: %s", error.code, error.message)
    return problem_response(problem_of(error))


async def _unfit_request(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # Where and what, never the value: it may be personal data.
    where = "; ".join(
        f"{'.'.join(str(part)[:60] for part in item['loc'])}: {str(item['msg'])[:160]}"
        for item in list(error.errors())[:EXPLAINED_MAX]
    )
    return problem_response(
        problem_of(
            InvalidInput(
                f"The request does not fit: {where}.", next_step="Compare it with /openapi.json."
            )
        )
    )


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    detail = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
    return problem_response(status_problem(error.status_code, detail), error.headers)


async def _unforeseen(_request: Request, error: Exception) -> Response:
    return _incident(error)


def _incident(error: Exception) -> Response:
    name = incident_id()
    _log.error("incident %s", name, exc_info=error)
    return problem_response(
        Problem(
            type="urn:sluicegate:problem:internal_error",
            title="Internal error",
            status=HTTPStatus.INTERNAL_SERVER_ERROR,
            detail=f"Something went wrong here; it is logged as {name}.",
            next_step="Send it again; a repeat has no second effect. If it stays, report the name.",
            detail_data={"incident": name},
        )
    )


class _UnforeseenErrors:
    """Answers what nobody foresaw; handed on, the server would only log it a second time."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if started:
                raise  # half an answer is out; only the server can cut the connection
            await _incident(error)(scope, receive, send)
