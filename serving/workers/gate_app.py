"""The gate's local HTTP interface: proposals in, decisions out, reviews recorded. Nothing here
moves money.
"""

import secrets
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Header, Query
from fastapi.responses import Response
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from serving.api.problems import install_problem_handlers
from sluicegate.domain.errors import GateUnavailable, InvalidInput
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.review import Review, ReviewInput
from sluicegate.domain.value import Value
from sluicegate.gate.service import GateService
from sluicegate.integrations.http_client import PROOF_HEADER, proof

REVIEWS_MAX: Final = 500
BODY_BYTES_MAX: Final = 512 * 1024
CHALLENGE_CHARS_MAX: Final = 64

V = TypeVar("V", bound=Value)
_REVIEWS: TypeAdapter[tuple[Review, ...]] = TypeAdapter(tuple[Review, ...])


def create_gate_app(gate: GateService, token: str) -> FastAPI:
    """Return the gate's application; every route but health needs the service's token.

    Health shows in turn, to whoever asks, that this gate holds the token too.
    """

    def authorised(authorization: Annotated[str, Header()] = "") -> None:
        if not secrets.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            # Not 401: it is the service that is set up wrongly, not the person whose call it is.
            raise GateUnavailable(
                "The gate does not know this caller.",
                next_step="Use the token in the data directory that the gate was started with.",
            )

    app = FastAPI(
        title="Sluicegate gate",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    install_problem_handlers(app)
    routes = APIRouter(dependencies=[Depends(authorised)])

    @app.get("/v1/healthz")
    async def healthz(
        request: Request,
        response: Response,
        challenge: Annotated[str, Query(max_length=CHALLENGE_CHARS_MAX)] = "",
    ) -> dict[str, str]:
        # The socket's own port, not the Host header, which whoever asks may write as they like.
        _, port = request.scope["server"]
        response.headers[PROOF_HEADER] = proof(token, port, challenge)
        return {"status": "ok"}

    @routes.post("/v1/proposals")
    def submit(body: Annotated[bytes, Depends(_raw_body)]) -> Response:
        return _json(gate.submit(_parse(Proposal, body)))

    @routes.get("/v1/proposals/{proposal_id}/receipt")
    def receipt(proposal_id: str) -> Response:
        return _json(gate.receipt(proposal_id))

    @routes.get("/v1/reviews")
    def reviews(limit: Annotated[int, Query(ge=1, le=REVIEWS_MAX)] = 100) -> Response:
        found = gate.reviews(limit=limit)
        return Response(_REVIEWS.dump_json(found), media_type="application/json")

    @routes.get("/v1/reviews/{review_id}")
    def review(review_id: str) -> Response:
        return _json(gate.review(review_id))

    @routes.post("/v1/reviews/{review_id}/decisions")
    def decide(
        review_id: str,
        body: Annotated[bytes, Depends(_raw_body)],
        x_reviewer_key: Annotated[str, Header()] = "",
    ) -> Response:
        given = _parse(ReviewInput, body)
        return _json(gate.decide_review(review_id, given, reviewer_key=x_reviewer_key))

    app.include_router(routes)
    return app


async def _raw_body(request: Request) -> bytes:
    """Read the body up to its bound; it is parsed strictly by the kernel's own types."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > BODY_BYTES_MAX:
            raise InvalidInput(f"The body is larger than {BODY_BYTES_MAX} bytes.")
    return bytes(read)


def _parse(kind: type[V], body: bytes) -> V:
    try:
        return kind.from_json(body)
    except ValidationError as cause:
        where = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
            for item in cause.errors(include_input=False, include_url=False)[:5]
        )
        raise InvalidInput(f"The {kind.__name__} does not fit its schema: {where}.") from None


def _json(value: Value | None) -> Response:
    content = b"null" if value is None else value.model_dump_json().encode()
    return Response(content, media_type="application/json")
