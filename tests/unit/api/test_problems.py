import logging
from typing import Annotated

import pytest
from fastapi import FastAPI, Query
from fastapi.testclient import TestClient

from serving.api.problems import install_problem_handlers
from sluicegate.domain.errors import Conflict, ReviewRefused, SluicegateError, Unavailable
from sluicegate.domain.problem import PROBLEM_MEDIA_TYPE, Problem, error_of

SECRET = "4111111111111111"


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/conflict")
    def conflict() -> None:
        raise Conflict("Taken.", next_step="Choose another.", detail={"findings": [{"code": "X"}]})

    @app.get("/unavailable")
    def unavailable() -> None:
        raise Unavailable("Away.")

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError(SECRET)

    @app.get("/typed")
    def typed(limit: Annotated[int, Query(ge=1)]) -> int:
        return limit

    return TestClient(app)


def problem(client: TestClient, path: str, status: int, method: str = "GET") -> Problem:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM_MEDIA_TYPE
    found = Problem.from_json(answer.content)
    assert found.status == status
    return found


def test_an_error_raised_on_purpose_keeps_code_next_step_and_detail(client: TestClient) -> None:
    found = problem(client, "/conflict", 409)
    assert isinstance(error_of(found), Conflict)
    assert (found.detail, found.next_step) == ("Taken.", "Choose another.")
    assert found.detail_data == {"findings": [{"code": "X"}]}


def test_an_unavailable_part_says_when_to_come_back(client: TestClient) -> None:
    assert client.get("/unavailable").headers["retry-after"] == "2"
    problem(client, "/unavailable", 503)


def test_what_nobody_foresaw_is_named_and_logged_and_not_shown(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="sluicegate.api"):
        found = problem(client, "/broken", 500)
    incident = found.detail_data["incident"]
    assert isinstance(incident, str)
    assert incident in found.detail
    assert SECRET not in found.model_dump_json()
    assert incident in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_an_unknown_path_is_a_problem(client: TestClient) -> None:
    assert problem(client, "/nowhere", 404).title == "Not Found"


def test_a_wrong_method_is_a_problem_that_lists_the_right_ones(client: TestClient) -> None:
    problem(client, "/conflict", 405, "DELETE")
    assert client.delete("/conflict").headers["allow"] == "GET"


def test_an_unfit_parameter_is_told_by_name_and_not_by_value(client: TestClient) -> None:
    found = problem(client, f"/typed?limit={SECRET}x", 422)
    assert "query.limit" in found.detail
    assert SECRET not in found.detail


def test_every_kind_of_error_survives_the_wire() -> None:
    refused = ReviewRefused("Not you.", next_step="Ask another.")
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/refused")
    def route() -> None:
        raise refused

    back: SluicegateError = error_of(Problem.from_json(TestClient(app).get("/refused").content))
    assert type(back) is ReviewRefused
    assert (back.message, back.next_step) == (refused.message, refused.next_step)
