"""The HTTP client that model endpoints are asked through: bounded in time and size, and silent."""

import time
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import httpx

from sluicegate.domain.errors import InvalidInput

ANSWER_BYTES_MAX: Final = 4 << 20
"""An answer of 1,024 tokens is a few kilobytes; an endpoint that streams without end is cut off."""
CONNECT_TIMEOUT_S: Final = 5.0
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_STARTED: Final = "sluicegate_started_s"


def check_endpoint(url: str) -> str:
    """Return the URL without a trailing slash; raise InvalidInput where it is not plain http(s).

    A URL with a password or a query is refused: it would stand in logs of every proxy on the way.
    """
    try:
        parts = urlsplit(url)
        plain = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
            and not (parts.username or parts.password or parts.query or parts.fragment)
        )
    except ValueError:
        plain = False
    if not plain:
        raise InvalidInput(
            "The language model's URL is not a plain http:// or https:// address.",
            next_step="Set SLUICEGATE_LLM_URL to such as http://127.0.0.1:8080/v1, and a key, if "
            "one is needed, as SLUICEGATE_LLM_API_KEY.",
        )
    return url.rstrip("/")


def bounded_client(url: str, *, timeout_s: float) -> httpx.Client:
    """Return a client that follows no redirects and gives up on late or oversized answers.

    A loopback address is never sent through a proxy that the environment names.
    """
    loopback = urlsplit(url).hostname in _LOOPBACK

    def note_start(request: httpx.Request) -> None:
        request.extensions[_STARTED] = time.perf_counter()

    def bound_answer(response: httpx.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            # A compressed answer can unfold to any size after the bytes were counted.
            raise httpx.RemoteProtocolError("The answer is compressed though none was asked for.")
        started_s = float(response.request.extensions.get(_STARTED, time.perf_counter()))
        stream = response.stream
        if isinstance(stream, httpx.SyncByteStream):
            response.stream = _BoundedStream(stream, until_s=started_s + timeout_s)

    return httpx.Client(
        timeout=httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s)),
        follow_redirects=False,
        trust_env=not loopback,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"request": [note_start], "response": [bound_answer]},
    )


class _BoundedStream(httpx.SyncByteStream):
    """Reads at most ANSWER_BYTES_MAX bytes, and none after a moment of the performance counter."""

    def __init__(self, inner: httpx.SyncByteStream, *, until_s: float) -> None:
        self._inner = inner
        self._until_s = until_s

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for chunk in self._inner:
            read += len(chunk)
            if read > ANSWER_BYTES_MAX:
                raise httpx.RemoteProtocolError(f"The answer exceeds {ANSWER_BYTES_MAX} bytes.")
            if time.perf_counter() > self._until_s:
                # httpx bounds each read on its own; an answer that trickles would never end.
                raise httpx.ReadTimeout("The answer did not end in time.")
            yield chunk

    def close(self) -> None:
        self._inner.close()
