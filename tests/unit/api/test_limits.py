import threading
from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from serving.api.limits import PAGE_STYLE, Deadline, SecurityHeaders, json_body
from serving.api.problems import install_problem_handlers

BYTES_MAX = 100


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    install_problem_handlers(app)
    app.add_middleware(SecurityHeaders)

    @app.post("/body")
    def length(body: Annotated[bytes, Depends(json_body(BYTES_MAX))]) -> int:
        return len(body)

    return TestClient(app)


def send(
    client: TestClient, content: bytes | Iterator[bytes], kind: str = "application/json"
) -> int:
    return client.post("/body", content=content, headers={"content-type": kind}).status_code


def test_a_body_of_just_the_bound_is_read(client: TestClient) -> None:
    assert send(client, b"x" * BYTES_MAX) == 200


def test_a_body_that_says_it_is_too_large_is_refused(client: TestClient) -> None:
    answer = client.post(
        "/body", content=b"x" * (BYTES_MAX + 1), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


def test_a_body_of_unknown_length_is_read_no_further_than_the_bound(client: TestClient) -> None:
    assert send(client, (b"x" * 60 for _ in range(1_000))) == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
def test_a_body_that_is_not_json_is_refused(client: TestClient, kind: str) -> None:
    assert send(client, b"{}", kind) == 415


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/cloudevents+json"]
)
def test_json_and_cloud_events_are_taken(client: TestClient, kind: str) -> None:
    assert send(client, b"{}", kind) == 200


def test_errors_carry_the_security_headers_too(client: TestClient) -> None:
    for answer in (client.get("/nowhere"), client.post("/body")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "http" not in answer.headers["content-security-policy"]


def test_the_page_style_loads_nothing() -> None:
    assert "url(" not in PAGE_STYLE
    assert "@import" not in PAGE_STYLE


def test_a_request_past_its_deadline_is_answered_while_its_thread_still_runs() -> None:
    go_on = threading.Event()
    app = FastAPI()
    install_problem_handlers(app)
    app.add_middleware(Deadline, deadline_s=0.05)

    @app.get("/slow")
    def slow() -> str:
        go_on.wait(30)
        return "late"

    with TestClient(app) as client:
        answer = client.get("/slow")
        assert not go_on.is_set()
        go_on.set()
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
