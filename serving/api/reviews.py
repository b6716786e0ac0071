"""Routes of reviews: what is asked of people, and their decisions."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from serving.api.documentation import PROBLEMS, problems_for, request_body
from serving.api.driving import Drivers
from serving.api.limits import json_body
from serving.api.runtime import ApiRuntime
from serving.api.security import Caller, Permission
from serving.case_summary import CaseSummary, summarise
from sluicegate.domain.errors import InvalidInput
from sluicegate.domain.principal import Role
from sluicegate.domain.review import Review, ReviewDecision, ReviewInput
from sluicegate.domain.value import Value

REVIEWS_MAX: Final = 200
REVIEWS_DEFAULT: Final = 50
DECISION_BYTES_MAX: Final = 32 * 1024
EXPLAINED_MAX: Final = 5


class ReviewList(Value):
    """Pending reviews, the earliest due first."""

    reviews: tuple[Review, ...]


class DecisionAnswer(Value):
    """The recorded decision and where it leaves the case. `repeated`: it was recorded before."""

    decision: ReviewDecision
    repeated: bool
    case: CaseSummary


def install_reviews(app: FastAPI, runtime: ApiRuntime, drivers: Drivers) -> None:
    """Add the routes."""
    may_look = Permission(
        (Role.ANALYST, Role.APPROVER, Role.AUDITOR, Role.ADMIN), runtime.authenticate
    )
    may_decide = Permission((Role.ANALYST, Role.APPROVER), runtime.authenticate)

    @app.get(
        "/v1/reviews",
        tags=["reviews"],
        summary="List pending reviews, the earliest due first",
        responses=problems_for(401, 403, 422, 503),
        dependencies=[Depends(may_look)],
    )
    def list_reviews(
        limit: Annotated[int, Query(ge=1, le=REVIEWS_MAX)] = REVIEWS_DEFAULT,
    ) -> ReviewList:
        """Return what waits for a person."""
        return ReviewList(reviews=runtime.gate.reviews(limit=limit))

    @app.get(
        "/v1/reviews/{review_id}",
        tags=["reviews"],
        summary="Show a review",
        responses=PROBLEMS,
        dependencies=[Depends(may_look)],
    )
    def show_review(review_id: str) -> Review:
        """Return a review with everything that a decision on it is bound to."""
        return runtime.gate.review(review_id)

    @app.post(
        "/v1/reviews/{review_id}/decisions",
        tags=["reviews"],
        summary="Decide a review",
        status_code=HTTPStatus.CREATED,
        responses={
            200: {"model": DecisionAnswer, "description": "The same was decided before."},
            **problems_for(401, 403, 404, 409, 413, 415, 422, 503),
        },
        openapi_extra=request_body("ReviewInput"),
    )
    async def decide(
        caller: Annotated[Caller, Depends(may_decide)],
        review_id: str,
        body: Annotated[bytes, Depends(json_body(DECISION_BYTES_MAX))],
        response: Response,
    ) -> DecisionAnswer:
        """Record your decision on exactly what `subject_digest` names, and let the case go on.

        The gate authenticates your key again by itself. The same decision sent twice has one
        effect; another one after it is refused.
        """
        given = _parse(body)
        answer = await run_in_threadpool(
            runtime.gate.decide_review, review_id, given, reviewer_key=caller.key
        )
        await drivers.finish(answer.case_id, anew=True)
        if answer.repeated:
            response.status_code = HTTPStatus.OK
        response.headers["Location"] = f"/v1/cases/{answer.case_id}"
        return DecisionAnswer(
            decision=answer.decision,
            repeated=answer.repeated,
            case=summarise(await run_in_threadpool(runtime.cases.view, answer.case_id)),
        )


def _parse(body: bytes) -> ReviewInput:
    try:
        return ReviewInput.from_json(body)
    except ValidationError as cause:
        listed = cause.errors(include_input=False, include_url=False, include_context=False)
        where = "; ".join(
            f"{'.'.join(str(part)[:60] for part in item['loc']) or 'body'}: {item['msg'][:160]}"
            for item in listed[:EXPLAINED_MAX]
        )
        raise InvalidInput(
            f"The decision does not fit the schema: {where}.",
            next_step="Compare it with POST /v1/reviews/{id}/decisions in /docs.",
        ) from None
