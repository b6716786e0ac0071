"""Real OPA as the policy tests' oracle, in process and behind an HTTP layer on loopback.

The engine is OPA's Go library out of the wheel ``opa-golib-python-bindings``. It is installed into
``.cache/opa`` by ``make opa``, because its metadata asks for a newer Python than it needs.
"""

import importlib.util
import json
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

OPA_DIR = Path(__file__).resolve().parent.parent / ".cache" / "opa"
OPA_ABSENT = "" if (OPA_DIR / "opa_bindings").is_dir() else "real OPA is absent: run `make opa`"


def _bindings() -> ModuleType:
    name = "opa_bindings"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, OPA_DIR / name / "__init__.py", submodule_search_locations=[str(OPA_DIR / name)]
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


class Undefined(Exception):
    """OPA has no such document."""


class OpaEngine:
    """Modules by path and one data document; a change needs a new engine."""

    def __init__(self, modules: Mapping[str, str], data: Any) -> None:
        self._bindings = _bindings()
        self._engine = self._bindings.OpaEngine()
        for path, source in modules.items():
            self._engine.add_policy(path, source)
        self._engine.add_data(data)

    def evaluate(self, path: str, document: Any) -> Any:
        """Return the document at ``data.<path>``; raise Undefined where there is none."""
        try:
            return self._engine.eval_document(path, document)
        except self._bindings.OpaUndefinedError as cause:
            raise Undefined(path) from cause


@dataclass
class Faults:
    """What the server does wrong. `released` ends a hang."""

    status: int = 0
    answer: dict[str, Any] | None = None
    hang: bool = False
    drip: bool = False
    redirect: str = ""
    released: threading.Event = field(default_factory=threading.Event)


class OpaHttp:
    """The part of OPA's REST API that is used: policies, data and health."""

    def __init__(self) -> None:
        self.policies: dict[str, str] = {}
        self.data: dict[str, Any] = {}
        self.faults = Faults()
        self.requests: list[str] = []
        self._engine: OpaEngine | None = None
        self._lock = threading.Lock()

    def changed(self) -> None:
        """Build the engine anew before the next question."""
        with self._lock:
            self._engine = None

    def evaluate(self, path: str, document: Any) -> Any:
        """Return the document at a slashed path; raise Undefined where there is none."""
        with self._lock:
            if self._engine is None:
                self._engine = OpaEngine(self.policies, self.data)
            return self._engine.evaluate(path.strip("/").replace("/", "."), document)

    def put_data(self, path: str, value: Any) -> None:
        """Replace the document at a slashed path."""
        *folders, name = path.strip("/").split("/")
        node = self.data
        for folder in folders:
            node = node.setdefault(folder, {})
        node[name] = value
        self.changed()


@contextmanager
def serve_opa() -> Iterator[tuple[str, OpaHttp]]:
    """Serve on an ephemeral port of loopback; yield the address and the state behind it."""
    state = OpaHttp()

    class Handler(_Handler):
        opa = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", state
    finally:
        state.faults.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    opa: OpaHttp
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer_for("GET")

    def do_PUT(self) -> None:
        self._answer_for("PUT")

    def do_POST(self) -> None:
        self._answer_for("POST")

    def do_DELETE(self) -> None:
        self._answer_for("DELETE")

    def _answer_for(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.opa.requests.append(f"{method} {self.path}")
        if method == "POST" and self._misbehave():
            return
        status, answer = self._route(method, body)
        self._send(status, answer)

    def _misbehave(self) -> bool:
        faults = self.opa.faults
        if faults.hang:
            self.close_connection = True
            faults.released.wait(30)
            return True
        if faults.drip:
            self._drip()
            return True
        if faults.redirect:
            self.send_response(307)
            self.send_header("Location", faults.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return True
        if faults.status or faults.answer is not None:
            self._send(faults.status or 200, faults.answer or {})
            return True
        return False

    def _drip(self) -> None:
        # One byte at a time, each well within a client's limit for a single read.
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(1000):
            if self.opa.faults.released.wait(0.05):
                return
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                return

    def _route(self, method: str, body: bytes) -> tuple[int, dict[str, Any] | None]:
        _, _, tail = self.path.partition("/v1/")
        kind, _, name = tail.partition("/")
        match method, kind:
            case "GET", "policies" if not name:
                return 200, {"result": [{"id": key} for key in self.opa.policies]}
            case "GET", "policies" if name in self.opa.policies:
                return 200, {"result": {"id": name, "raw": self.opa.policies[name]}}
            case "PUT", "policies":
                return self._put_policy(name, body.decode())
            case "DELETE", "policies" if name in self.opa.policies:
                del self.opa.policies[name]
                self.opa.changed()
                return 200, {}
            case "PUT", "data":
                self.opa.put_data(name, json.loads(body))
                return 204, None
            case "GET" | "POST", "data":
                return self._read_data(name, json.loads(body)["input"] if body else None)
            case _:
                return 404, {"code": "resource_not_found", "message": "no such thing"}

    def _put_policy(self, name: str, source: str) -> tuple[int, dict[str, Any] | None]:
        before = dict(self.opa.policies)
        self.opa.policies[name] = source
        self.opa.changed()
        try:
            self.opa.evaluate("dispute/rules", None)
        except Undefined:
            pass
        except Exception as cause:
            self.opa.policies = before
            self.opa.changed()
            errors = [{"message": str(cause)}]
            return 400, {"code": "invalid_parameter", "message": "bad policy", "errors": errors}
        return 200, {}

    def _read_data(self, name: str, document: Any) -> tuple[int, dict[str, Any] | None]:
        try:
            return 200, {"result": self.opa.evaluate(name, document), "decision_id": "test"}
        except Undefined:
            return 200, {"decision_id": "test"}

    def _send(self, status: int, answer: dict[str, Any] | None) -> None:
        raw = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
        self.wfile.flush()
