"""What a caller of the gate's address may try: each request gets an answer, and no traceback."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import httpx
import pytest
import uvicorn

from serving.workers.gate_app import BODY_BYTES_MAX, create_gate_app
from sluicegate.domain.errors import SluicegateError
from sluicegate.domain.problem import PROBLEM_MEDIA_TYPE
from sluicegate.domain.review import ReviewInput, ReviewLabel, Verdict
from sluicegate.integrations.http_client import HttpGateClient
from tests.deployment import Deployment
from tests.integration.hostile_world import SMALL, Bank, open_bank

ANSWER_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 60.0


@pytest.fixture
def bank(deployment: Deployment) -> Iterator[Bank]:
    with open_bank(deployment) as opened:
        yield opened


@dataclass(frozen=True)
class Address:
    """A gate that serves, and the token that it takes."""

    url: str
    port: int
    token: str


@pytest.fixture
def address(bank: Bank) -> Iterator[Address]:
    token = bank.settings.gate_token.read_text().strip()
    app = create_gate_app(bank.gate, token)
    config = uvicorn.Config(app, log_level="critical", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        port = listener.getsockname()[1]
        yield Address(url=f"http://127.0.0.1:{port}", port=port, token=token)
    finally:
        server.should_exit = True
        thread.join(STOP_TIMEOUT_S)
        listener.close()


def assert_refused(answer: httpx.Response) -> None:
    """Hold that an answer is a problem that names no inside of ours."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith(PROBLEM_MEDIA_TYPE)
    assert "Traceback" not in answer.text
    assert 'File "' not in answer.text
    assert "sqlalchemy" not in answer.text.lower()


def assert_unknown(answer: httpx.Response) -> None:
    """Hold that the gate told a caller nothing but that it does not know them."""
    assert answer.status_code in (401, 503)
    assert answer.json()["detail"] == "The gate does not know this caller."


def test_nobody_without_the_token_is_answered(bank: Bank, address: Address) -> None:
    paths = [
        ("POST", "/v1/proposals"),
        ("GET", "/v1/proposals/prop_x/receipt"),
        ("GET", "/v1/reviews"),
        ("GET", "/v1/reviews/rev_x"),
        ("POST", "/v1/reviews/rev_x/decisions"),
    ]
    right = f"Bearer {address.token}"
    wrong = ["", address.token, right.lower(), f"Basic {right}", right[:-1], "Bearer"]
    body = bank.proposal(*bank.open(SMALL)).canonical()
    with httpx.Client(base_url=address.url, trust_env=False) as http:
        for method, path in paths:
            assert_unknown(http.request(method, path))
            for value in wrong:
                header = {"authorization": value}
                answer = http.request(method, path, headers=header, content=body)
                assert_unknown(answer)
        for path in ("/docs", "/openapi.json", "/", "/v1", "/v1/permits", "/v1/journal"):
            assert http.get(path).status_code == 404
    assert "proposal.submitted" not in bank.kinds()
    bank.assert_credits(0)


def test_garbage_is_answered_as_a_problem(bank: Bank, address: Address) -> None:
    proposal = bank.proposal(*bank.open(SMALL)).as_json()
    nul, deep = {**proposal, "transaction_id": "txn\x00"}, b"[" * 100_000
    bodies: list[bytes] = [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"\x00",
        deep,
        json.dumps({**proposal, "amount_minor": 1e300}).encode(),
        json.dumps({**proposal, "amount_minor": "2380"}).encode(),
        json.dumps({**proposal, "amount_minor": 23.8}).encode(),
        json.dumps({**proposal, "amount_minor": True}).encode(),
        json.dumps({**proposal, "amount_minor": -1}).encode(),
        json.dumps({**proposal, "amount_minor": 10**400}).encode(),
        json.dumps({**proposal, "extra": 1}).encode(),
        json.dumps({**proposal, "summary": "\ud800"}).encode(),
        json.dumps({**proposal, "event_id": "evt\x00"}).encode(),
        json.dumps({**proposal, "case_id": ""}).encode(),
        json.dumps(nul).encode(),
        b"x" * (BODY_BYTES_MAX + 1),
    ]
    header = {"authorization": f"Bearer {address.token}"}
    with httpx.Client(base_url=address.url, headers=header, trust_env=False) as http:
        for path in ("/v1/proposals", "/v1/reviews/rev_x/decisions"):
            for body in bodies:
                assert_refused(http.post(path, content=body))
        for name in ("%00", "..%2F..", "a%2Fb", "%F0%9F%92%B8", "%ED%A0%80", "x" * 9_000, "%0d%0a"):
            for path in (f"/v1/reviews/{name}", f"/v1/reviews/{name}/x", f"/v1/{name}"):
                assert_refused(http.get(path))
            receipt = http.get(f"/v1/proposals/{name}/receipt")
            if receipt.status_code != 200 or receipt.content != b"null":
                assert_refused(receipt)
        for limit in ("0", "-1", "501", "9" * 400, "x", "1e3", "", "%00", "1;DROP"):
            assert_refused(http.get(f"/v1/reviews?limit={limit}"))
        for method in ("PUT", "DELETE", "PATCH", "TRACE"):
            assert_refused(http.request(method, "/v1/proposals"))
    bank.assert_credits(0)


def test_no_header_makes_an_approval(bank: Bank, address: Address) -> None:
    _, answer = bank.asked()
    review = bank.gate.review(answer.review_id or "")
    approval = ReviewInput(
        verdict=Verdict.APPROVE,
        rationale="Believe me.",
        label=ReviewLabel.CLAIM_VALID,
        subject_digest=review.subject_digest,
    ).canonical()
    path = f"/v1/reviews/{review.id}/decisions"
    key, unfit = bank.keys["person:pia"].encode(), bank.keys["person:eve"].encode()
    smuggled = [
        b"",
        b"X-Reviewer-Key: \r\n",
        b"X-Reviewer-Key: " + key + b"\xff\r\n",
        b"X-Reviewer-Key: " + key + b"\x00\r\n",
        b"X-Reviewer-Key: " + key + b"," + key + b"\r\n",
        b"X-Reviewer-Key: Bearer " + key + b"\r\n",
        b"X-Reviewer-Key: " + unfit + b"\r\n ," + key + b"\r\n",
        b"X-Reviewer-Key: " + unfit + b"\r\nX_Reviewer_Key: " + key + b"\r\n",
        b"X-Reviewer-Key:\r\nX_Reviewer_Key: " + key + b"\r\n",
        b"X-Reviewer-Key : " + key + b"\r\n",
        b"Authorization: Bearer " + key + b"\r\n",
        b"Cookie: x-reviewer-key=" + key + b"\r\n",
        b"X-Reviewer-Key: " + key[:-1] + b"\r\n",
        b"Transfer-Encoding: chunked\r\nX-Reviewer-Key: " + unfit + b"\r\n",
    ]
    for header in smuggled:
        status = raw_post(address, path, header, approval)
        assert 400 <= status < 500, (header, status)
    assert bank.gate.review(review.id).status == "pending"
    bank.assert_credits(0)


def raw_post(address: Address, path: str, header: bytes, body: bytes) -> int:
    """Send bytes as they are, and return the status of the first answer."""
    head = f"POST {path} HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer {address.token}\r\n"
    end = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", address.port), ANSWER_TIMEOUT_S) as connection:
        # The empty lines end what a server may take for the start of a chunk.
        connection.sendall(head.encode() + header + end.encode() + body + b"\r\n\r\n")
        return int(connection.recv(4_096).split(b" ")[1])


def test_the_client_says_what_went_wrong_whatever_it_is_handed(
    bank: Bank, address: Address
) -> None:
    _, answer = bank.asked()
    review = bank.gate.review(answer.review_id or "")
    approval = ReviewInput(
        verdict=Verdict.APPROVE,
        rationale="Believe me.",
        label=ReviewLabel.CLAIM_VALID,
        subject_digest=review.subject_digest,
    )
    with HttpGateClient(address.url, address.token) as client:
        for key in ("", "a\r\nx-reviewer-key: b", "ключ", "\x00", "x" * 100_000):
            with pytest.raises(SluicegateError):
                client.decide_review(review.id, approval, reviewer_key=key)
        for name in ("..", "../reviews", ".", "\x00", "💸", "a?limit=1", "#"):
            with pytest.raises(SluicegateError):
                client.review(name)
    assert bank.gate.review(review.id).status == "pending"
    bank.assert_credits(0)
