"""Bounds: how large a body is, how long a request takes, what an answer lets a browser do."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.problems import problem_response, status_problem

JSON_TYPES: Final = ("application/json", "application/cloudevents+json")
DEADLINE_S: Final = 40.0
"""Longer than the longest wait of any route, which answers 202 by then."""

PAGE_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code,pre{font:14px/1.4 ui-monospace,monospace}pre{overflow:auto}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem;"
    "border-bottom:1px solid #8886;vertical-align:top}"
)
"""The one style of the pages that we serve; the policy below names it by its digest."""
_STYLE_DIGEST: Final = base64.b64encode(hashlib.sha256(PAGE_STYLE.encode()).digest()).decode()
HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'".encode(),
    ),
)


def json_body(bytes_max: int) -> Callable[[Request], Awaitable[bytes]]:
    """Return a dependency that reads a JSON body raw, and stops reading where it is too large."""

    async def read(request: Request) -> bytes:
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind not in JSON_TYPES:
            raise HTTPException(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "The body has to be JSON; its Content-Type says otherwise.",
            )
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > bytes_max:
            raise _too_large(bytes_max)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > bytes_max:
                raise _too_large(bytes_max)
        return bytes(body)

    return read


def _too_large(bytes_max: int) -> HTTPException:
    # The rest of the body is not read, so the connection cannot be used again.
    return HTTPException(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body is larger than {bytes_max} bytes; it was not read to its end.",
        headers={"Connection": "close"},
    )


class SecurityHeaders:
    """Adds the headers to every answer, errors too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class Deadline:
    """Answers 503 where a request takes too long. What it started goes on to its own end."""

    def __init__(self, app: ASGIApp, deadline_s: float = DEADLINE_S) -> None:
        self._app = app
        self._deadline_s = deadline_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on and wait no longer than the deadline."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = late = False

        async def while_in_time(message: Message) -> None:
            nonlocal started
            if not late:
                started = True
                await send(message)

        # A task of its own: cancelling alone would wait for the thread that a route runs in.
        task = asyncio.ensure_future(self._app(scope, receive, while_in_time))
        try:
            done, _ = await asyncio.wait({task}, timeout=self._deadline_s)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if done:
            task.result()
            return
        late = True
        task.add_done_callback(_retrieve)
        task.cancel()
        if not started:
            problem = status_problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"The request took longer than {self._deadline_s:g} s and was given up.",
            )
            await problem_response(problem)(scope, receive, send)


def _retrieve(task: "asyncio.Future[None]") -> None:
    if not task.cancelled():
        task.exception()  # looked at, so that the loop does not report it as forgotten
