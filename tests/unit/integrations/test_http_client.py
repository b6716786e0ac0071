"""The gate's client shows its token to nobody who has not proven to hold it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from sluicegate.domain.errors import GateUnavailable
from sluicegate.domain.review import ReviewInput, ReviewLabel, Verdict
from sluicegate.integrations.http_client import PROOF_HEADER, HttpGateClient, proof

TOKEN = "token-of-the-service"
APPROVAL = ReviewInput(
    verdict=Verdict.APPROVE,
    rationale="The merchant confirmed it.",
    label=ReviewLabel.CLAIM_VALID,
    subject_digest="sha256:" + "0" * 64,
)
Shown = Callable[[int, str], str]


class Listener(HTTPServer):
    """Answers `null` to everything, with the proof that it is told to show; notes what it got."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.shown: Shown = lambda port, challenge: proof(TOKEN, port, challenge)
        self.got: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        challenge = parse_qs(url.query).get("challenge", [""])[0]
        self.server.got.append(f"{url.path} {self.headers}")
        self.send_response(200)
        self.send_header(PROOF_HEADER, self.server.shown(self.server.server_port, challenge))
        self.end_headers()
        self.wfile.write(b"null")

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@contextmanager
def listening() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_a_gate_that_holds_the_token_is_asked(listener: Listener) -> None:
    with HttpGateClient(listener.url, TOKEN) as client:
        assert client.healthy()
        assert client.receipt("prop_1") is None
    assert TOKEN in listener.got[-1]


IMPOSTORS: dict[str, Shown] = {
    "knows-nothing": lambda _port, _challenge: "",
    "makes-something-up": lambda port, challenge: proof("another", port, challenge),
    "repeats-an-old-proof": lambda port, _challenge: proof(TOKEN, port, "0" * 32),
    "asks-the-real-gate-on-its-port": lambda port, challenge: proof(TOKEN, port + 1, challenge),
}


@pytest.mark.parametrize("name", IMPOSTORS)
def test_whoever_took_the_address_over_gets_neither_token_nor_key(
    listener: Listener, name: str
) -> None:
    listener.shown = IMPOSTORS[name]
    with HttpGateClient(listener.url, TOKEN) as client:
        assert not client.healthy()
        with pytest.raises(GateUnavailable):
            client.receipt("prop_1")
        with pytest.raises(GateUnavailable):
            client.decide_review("rev_1", APPROVAL, reviewer_key="sg_a-reviewers-key")
    assert all(request.startswith("/v1/healthz ") for request in listener.got)
    assert TOKEN not in "".join(listener.got)
    assert "sg_a-reviewers-key" not in "".join(listener.got)


def test_an_address_that_is_taken_over_between_two_calls_is_noticed(listener: Listener) -> None:
    with HttpGateClient(listener.url, TOKEN) as client:
        assert client.receipt("prop_1") is None
        listener.got.clear()
        listener.shown = IMPOSTORS["makes-something-up"]
        with pytest.raises(GateUnavailable, match="not ours"):
            client.receipt("prop_1")
    assert TOKEN not in "".join(listener.got)


def test_a_gate_that_moved_is_found_where_it_is_now(listener: Listener) -> None:
    listener.shown = IMPOSTORS["knows-nothing"]
    with listening() as moved:
        with HttpGateClient(listener.url, TOKEN, locate=lambda: moved.url) as client:
            assert client.receipt("prop_1") is None
        assert TOKEN in moved.got[-1]
    assert TOKEN not in "".join(listener.got)
