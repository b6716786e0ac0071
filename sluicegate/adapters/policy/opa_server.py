"""An OPA server asked through ``opa-python-client``; it has to serve exactly our bundle."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Final, Protocol, TypeVar, cast
from urllib.parse import SplitResult, urlsplit

from opa_client.opa import OpaClient  # type: ignore[import-untyped]

from sluicegate.adapters.policy.answer import (
    ANSWER_PATH,
    late,
    no_answer,
    question_json,
    read_answer,
)
from sluicegate.adapters.policy.bundle import (
    DIGEST_PACKAGE,
    PolicyBundle,
    PolicyModule,
    declared_package,
)
from sluicegate.domain.canonical import JsonValue
from sluicegate.domain.errors import PolicyUnavailable
from sluicegate.ports.policy import PolicyInput, PolicyResult

ENGINE_NAME: Final = "opa-server"
CONNECTIONS_MAX: Final = 8
"""Questions under way at once; a further one waits for its turn within its own time limit."""
VERIFY_TIMEOUT_MS: Final = 15_000
"""For reading back every module once; about 30 requests."""

_OPA_PORT = 8181
Result = TypeVar("Result")


class OpaApi(Protocol):
    """The part of the library's client that is used; the library carries no types."""

    def query_rule(self, input_data: JsonValue, package_path: str) -> Mapping[str, JsonValue]:
        """POST an input to a document; return `result`, or nothing where it is undefined."""
        ...

    def get_policies_list(self) -> list[str]:
        """Return the names of all modules."""
        ...

    def get_policy(self, policy_name: str) -> Mapping[str, JsonValue]:
        """Return a module, its text under `result.raw`."""
        ...

    def get_data(self, data_name: str) -> Mapping[str, JsonValue]:
        """Return a document under `result`; raise where there is none."""
        ...

    def update_policy_from_string(
        self, new_policy: str, endpoint: str, rego_compat: bool = True
    ) -> bool:
        """PUT a module; with `rego_compat` the client would rewrite one that is refused."""
        ...

    def update_or_create_data(self, new_data: JsonValue, endpoint: str) -> bool:
        """PUT a data document."""
        ...

    def delete_policy(self, policy_name: str) -> bool:
        """Remove a module."""
        ...


class OpaServerPolicyEngine:
    """Asks an OPA server, once its modules and data have been read back and are the bundle's.

    Every answer quotes the digest that was published beside the rules, from the same evaluation.
    A server that is slow, errs or serves anything else: PolicyUnavailable; nothing is retried.
    """

    def __init__(
        self,
        url: str,
        bundle: PolicyBundle,
        timeout_ms: int,
        *,
        now_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = _address(url)
        self._bundle = bundle
        self._timeout_ms = timeout_ms
        self._now_seconds = now_seconds
        self._local = threading.local()
        self._verified = False
        # The client's own limit is for each read; waiting on a thread bounds a server that drips.
        self._pool = ThreadPoolExecutor(CONNECTIONS_MAX, thread_name_prefix="opa")

    @property
    def policy_digest(self) -> str:
        """Return the digest of the bundle."""
        return self._bundle.digest

    def evaluate(self, question: PolicyInput) -> PolicyResult:
        """Return all findings; raise PolicyUnavailable on error, lateness or a part answer."""
        return self.evaluate_json(question_json(question))

    def evaluate_json(self, input_json: str) -> PolicyResult:
        """Do as `evaluate` does for an `input` document that may be of any shape."""
        if not self._verified:
            self.verify()
        started = self._now_seconds()
        answer_json = self._within(self._timeout_ms, lambda: self._ask(input_json))
        elapsed_ms = int((self._now_seconds() - started) * 1000)
        if elapsed_ms > self._timeout_ms:
            raise late(elapsed_ms, self._timeout_ms)
        return read_answer(answer_json, self._bundle, ENGINE_NAME)

    def verify(self) -> None:
        """Read back what the server holds; raise PolicyUnavailable unless it is the bundle."""
        self._verified = False
        self._within(VERIFY_TIMEOUT_MS, self._compare)
        self._verified = True

    def close(self) -> None:
        """Give up what is under way and the threads it runs on."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _within(self, timeout_ms: int, ask: Callable[[], Result]) -> Result:
        try:
            future = self._pool.submit(ask)
        except RuntimeError:
            raise no_answer("The connection to the OPA server has been closed.") from None
        try:
            return future.result(timeout=timeout_ms / 1000)
        except FutureTimeoutError:
            future.cancel()
            raise late(timeout_ms, timeout_ms) from None
        except PolicyUnavailable:
            raise
        except Exception as cause:
            raise no_answer(f"The OPA server did not answer: {type(cause).__name__}.") from cause

    def _ask(self, input_json: str) -> str:
        body = self._client().query_rule(json.loads(input_json), ANSWER_PATH)
        if not isinstance(body, dict) or "result" not in body:
            raise no_answer("The OPA server's answer is undefined.")
        return json.dumps(body["result"])

    def _compare(self) -> None:
        client = self._client()
        roots = self._bundle.roots()
        served: list[str] = []
        for name in client.get_policies_list():
            source = _raw(client.get_policy(name))
            package = declared_package(source)
            if package is None or package.split(".")[0] in roots:
                served.append(source)
        if sorted(served) != sorted(module.source for module in self._bundle.modules):
            raise _other_bundle("modules")
        for path, text in self._bundle.documents.items():
            if client.get_data(path).get("result") != json.loads(text):
                raise _other_bundle(f"data at {path}")
        if client.get_data(f"{DIGEST_PACKAGE}/digest").get("result") != self._bundle.digest:
            raise _other_bundle("digest")

    def _client(self) -> OpaApi:
        held: OpaApi | None = getattr(self._local, "client", None)
        if held is None:
            held = _connect(self._address, self._timeout_ms)
            self._local.client = held
        return held


def publish(url: str, bundle: PolicyBundle, timeout_ms: int) -> None:
    """Put the bundle on an OPA server by its REST API; raise PolicyUnavailable where that fails.

    The digest is first set to what matches nothing, and to the bundle's at the end, so that a
    server that is half-way is never believed. Foreign modules under our names are removed. In
    production let the server load `archive_bytes` instead, which it does in one step.
    """
    client = _connect(_address(url), timeout_ms)
    try:
        client.update_or_create_data({"digest": "being published"}, DIGEST_PACKAGE)
        _remove_foreign(client, bundle)
        for path, text in bundle.documents.items():
            client.update_or_create_data(json.loads(text), path)
        for module in sorted(bundle.modules, key=_dependencies_first):
            client.update_policy_from_string(module.source, module.path, rego_compat=False)
        client.update_or_create_data({"digest": bundle.digest}, DIGEST_PACKAGE)
    except Exception as cause:
        raise no_answer(
            f"The OPA server did not take the bundle: {type(cause).__name__}."
        ) from cause


def _dependencies_first(module: PolicyModule) -> tuple[bool, int, str]:
    # A server takes a module only when the functions it calls are there: libraries, rules, sum.
    return module.path.startswith("dispute/"), -module.path.count("/"), module.path


def _remove_foreign(client: OpaApi, bundle: PolicyBundle) -> None:
    ours = {module.path for module in bundle.modules}
    for name in client.get_policies_list():
        if name in ours:
            continue
        package = declared_package(_raw(client.get_policy(name)))
        if package is None or package.split(".")[0] in bundle.roots():
            client.delete_policy(name)


def _raw(policy: Mapping[str, JsonValue]) -> str:
    result = policy.get("result")
    source = result.get("raw") if isinstance(result, dict) else None
    if not isinstance(source, str):
        raise no_answer("The OPA server does not show its modules.")
    return source


def _other_bundle(what: str) -> PolicyUnavailable:
    return PolicyUnavailable(
        f"The OPA server serves another bundle: its {what} differ from ours.",
        next_step="Publish this bundle to it, or point it at the bundle's archive.",
    )


def _address(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
        raise PolicyUnavailable(
            "The OPA server's address is not of the form http://host:port.",
            next_step="Correct SLUICEGATE_OPA_URL.",
        )
    return parts


def _connect(address: SplitResult, timeout_ms: int) -> OpaApi:
    host = address.hostname or ""
    return cast(
        "OpaApi",
        _DirectOpaClient(
            host=f"[{host}]" if ":" in host else host,
            port=address.port or _OPA_PORT,
            ssl=address.scheme == "https",
            # No retries: an answer after them would be a late one.
            retries=0,
            timeout=timeout_ms / 1000,
        ),
    )


class _DirectOpaClient(OpaClient):  # type: ignore[misc]
    """The library's client without proxies of the environment and without redirects."""

    def _init_session(self) -> object:
        session = super()._init_session()
        session.trust_env = False
        session.max_redirects = 0
        return session
