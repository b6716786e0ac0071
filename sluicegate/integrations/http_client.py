"""The gate's client over its local address: what nodes, tools and anyone's agent hold.

There is no call in it that moves money. A repeat of any call gets the same answer, so an attempt
that was cut off is sent again, a bounded number of times.
"""

import hmac
import secrets
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from sluicegate.domain.errors import GateUnavailable, Unauthenticated
from sluicegate.domain.problem import PROBLEM_MEDIA_TYPE, Problem, error_of
from sluicegate.domain.proposal import Proposal
from sluicegate.domain.receipt import Receipt
from sluicegate.domain.review import Review, ReviewInput
from sluicegate.ports.gate import GateAnswer, ReviewAnswer

TIMEOUT_S: Final = 15.0
ATTEMPTS_MAX: Final = 3
REVIEWER_KEY_HEADER: Final = "x-reviewer-key"
PROOF_HEADER: Final = "x-gate-proof"
PROOF_CONTEXT: Final = "sluicegate.gate.v1:"
PROOF_TIMEOUT_S: Final = 2.0
CHALLENGE_BYTES: Final = 16
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

T = TypeVar("T")
_RECEIPT: TypeAdapter[Receipt | None] = TypeAdapter(Receipt | None)
_REVIEWS: TypeAdapter[tuple[Review, ...]] = TypeAdapter(tuple[Review, ...])
_REVIEW: TypeAdapter[Review] = TypeAdapter(Review)
_ANSWER: TypeAdapter[GateAnswer] = TypeAdapter(GateAnswer)
_REVIEW_ANSWER: TypeAdapter[ReviewAnswer] = TypeAdapter(ReviewAnswer)


class HttpGateClient:
    """Implements the port `GateClient` over HTTP. Close it, or use it as a context manager."""

    def __init__(
        self, url: str, token: str, *, locate: Callable[[], str | None] | None = None
    ) -> None:
        """Take the gate's address and what finds it again after a connection failed."""
        self._url = url
        self._token = token
        self._locate = locate
        self._http = httpx.Client(timeout=TIMEOUT_S, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def submit(self, proposal: Proposal) -> GateAnswer:
        """Hand in a proposal and get the decision that stands."""
        return self._call("POST", "/v1/proposals", _ANSWER, content=proposal.canonical())

    def receipt(self, proposal_id: str) -> Receipt | None:
        """Return what came of the proposal's permit; None while there is nothing."""
        return self._call("GET", f"/v1/proposals/{quote(proposal_id, safe='')}/receipt", _RECEIPT)

    def reviews(self, *, limit: int) -> tuple[Review, ...]:
        """Return pending reviews, the earliest due first."""
        return self._call("GET", f"/v1/reviews?limit={limit}", _REVIEWS)

    def review(self, review_id: str) -> Review:
        """Return a review; raise NotFound."""
        return self._call("GET", f"/v1/reviews/{quote(review_id, safe='')}", _REVIEW)

    def decide_review(
        self, review_id: str, decision: ReviewInput, *, reviewer_key: str
    ) -> ReviewAnswer:
        """Record a person's decision; the gate checks the key itself."""
        if not (reviewer_key.isascii() and reviewer_key.isprintable()):
            # A header cannot carry it, and no key of ours looks so.
            raise Unauthenticated(
                "The key holds characters that no key has.", next_step="Give your own API key."
            )
        return self._call(
            "POST",
            f"/v1/reviews/{quote(review_id, safe='')}/decisions",
            _REVIEW_ANSWER,
            content=decision.canonical(),
            headers={REVIEWER_KEY_HEADER: reviewer_key},
        )

    def healthy(self) -> bool:
        """Say whether a gate that holds our token answers; the token itself is not sent."""
        self._url = (self._locate() if self._locate else None) or self._url
        try:
            return self._prove()
        except httpx.HTTPError:
            return False

    def _prove(self) -> bool:
        """Have whoever listens show that it holds the token, before it is shown to them.

        An address can be taken over: a gate that was killed leaves its run file and its port
        behind. So each call asks anew: 3 ms on two busy cores.
        """
        challenge = secrets.token_hex(CHALLENGE_BYTES)
        url = httpx.URL(f"{self._url}/v1/healthz", params={"challenge": challenge})
        answer = self._http.get(url, timeout=PROOF_TIMEOUT_S)
        port = url.port or _DEFAULT_PORTS.get(url.scheme, 0)
        shown, wanted = answer.headers.get(PROOF_HEADER, ""), proof(self._token, port, challenge)
        return secrets.compare_digest(shown.encode(), wanted.encode())

    def _call(
        self,
        method: str,
        path: str,
        shape: TypeAdapter[T],
        *,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> T:
        answer = self._send(method, path, content, headers)
        try:
            if answer.headers.get("content-type", "").startswith(PROBLEM_MEDIA_TYPE):
                problem = Problem.from_json(answer.content)
                if problem.status != httpx.codes.INTERNAL_SERVER_ERROR:
                    raise error_of(problem)
            answer.raise_for_status()
            return shape.validate_json(answer.content)
        except (httpx.HTTPStatusError, ValidationError) as cause:
            raise GateUnavailable(
                f"The gate answered {answer.status_code} and nothing that can be used.",
                next_step="Look into the gate's log; run the same version of service and gate.",
            ) from cause

    def _send(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str] | None
    ) -> httpx.Response:
        failure: httpx.HTTPError | None = None
        for _ in range(ATTEMPTS_MAX):
            try:
                if self._prove():
                    return self._http.request(
                        method,
                        self._url + path,
                        content=content,
                        headers={"authorization": f"Bearer {self._token}", **(headers or {})},
                    )
            except httpx.HTTPError as cause:
                failure = cause
            # A gate that was started again may listen elsewhere, and someone else may listen here.
            self._url = (self._locate() if self._locate else None) or self._url
        why = type(failure).__name__ if failure is not None else "who listens there is not ours"
        raise GateUnavailable(
            f"The gate cannot be reached ({why}); nothing was decided.",
            next_step="Start it with `make run`, or set SLUICEGATE_GATE_URL.",
        ) from failure


def proof(token: str, port: int, challenge: str) -> str:
    """Return what only a holder of the token can answer to a challenge: HMAC-SHA256, in hex.

    The port that the gate itself listens on is in it, so that nobody on another port can have the
    real gate answer for them.
    """
    message = f"{PROOF_CONTEXT}{port}:{challenge}"
    return hmac.new(token.encode(), message.encode(), "sha256").hexdigest()
