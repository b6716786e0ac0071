"""Errors on the wire: RFC 9457 problem details, and back again to the error they came from."""

from typing import Final

from pydantic import Field, JsonValue

from sluicegate.domain import errors
from sluicegate.domain.value import Value

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
_TYPE_PREFIX: Final = "urn:sluicegate:problem:"


class Problem(Value):
    """RFC 9457 problem details. `next_step` tells a person what to do; `detail_data` holds findings
    and the like.
    """

    type: str
    title: str
    status: int
    detail: str
    next_step: str = ""
    detail_data: dict[str, JsonValue] = Field(default_factory=dict)


def problem_of(error: errors.SluicegateError) -> Problem:
    """Return an error as problem details."""
    return Problem.model_validate(
        {
            "type": _TYPE_PREFIX + error.code,
            "title": error.code.replace("_", " ").capitalize(),
            "status": error.http_status,
            "detail": error.message,
            "next_step": error.next_step,
            "detail_data": dict(error.detail),
        }
    )


def error_of(problem: Problem) -> errors.SluicegateError:
    """Return problem details as the error they were made of; an unknown code becomes the base
    error.
    """
    code = problem.type.removeprefix(_TYPE_PREFIX)
    kind = _BY_CODE.get(code, errors.SluicegateError)
    return kind(problem.detail, next_step=problem.next_step, detail=dict(problem.detail_data))


def _all_kinds(base: type[errors.SluicegateError]) -> list[type[errors.SluicegateError]]:
    return [base, *(kind for child in base.__subclasses__() for kind in _all_kinds(child))]


# Of the domain alone: adapters' own errors stay in their process, and take other arguments.
_BY_CODE: Final = {
    kind.code: kind
    for kind in _all_kinds(errors.SluicegateError)
    if kind.__module__ == errors.__name__
}
