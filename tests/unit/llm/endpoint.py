"""A real HTTP server on loopback that answers as a model endpoint would, from a script."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """What to answer: a status and a body; `drip_s` waits that long before each byte of it."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drip_s: float = 0.0
    hang_up: bool = False


@dataclass
class Endpoint:
    url: str
    replies: list[Reply]
    seen: list[dict[str, Any]] = field(default_factory=list)
    authorisations: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


def completion(content: str | None, finish_reason: str = "stop", **message: Any) -> Reply:
    """An answer in the shape of OpenAI's chat completions."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "served",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": content, **message},
            }
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }
    return Reply(body=json.dumps(body).encode())


@contextmanager
def serving(*replies: Reply) -> Iterator[Endpoint]:
    """Serve the replies in order; after the last, HTTP 500."""
    endpoint = Endpoint(url="", replies=list(replies))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            endpoint.seen.append(json.loads(self.rfile.read(length)))
            endpoint.authorisations.append(self.headers.get("Authorization", ""))
            endpoint.paths.append(self.path)
            reply = endpoint.replies.pop(0) if endpoint.replies else Reply(status=500)
            if reply.hang_up:
                self.close_connection = True
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self._write(reply)
            except OSError:
                self.close_connection = True

        def _write(self, reply: Reply) -> None:
            if not reply.drip_s:
                self.wfile.write(reply.body)
                return
            for byte in reply.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(reply.drip_s)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
