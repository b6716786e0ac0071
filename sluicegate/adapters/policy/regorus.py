"""The in-process Rego engine: the regorus fork of the ``gordon-to-regorus`` distribution."""

import itertools
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol, cast

import regorus  # type: ignore[import-untyped]

from sluicegate.adapters.policy.answer import (
    ANSWER_PATH,
    late,
    no_answer,
    question_json,
    read_answer,
)
from sluicegate.adapters.policy.bundle import PolicyBundle
from sluicegate.domain.errors import PolicyUnavailable
from sluicegate.ports.policy import PolicyInput, PolicyResult

ENGINE_NAME: Final = "regorus"
ENGINES_MAX: Final = 4
"""How many of the library's engines a thread keeps: a process has one bundle, a test a few."""
_ANSWER_RULE = "data." + ANSWER_PATH.replace("/", ".")


class RegoEngine(Protocol):
    """The part of the library's engine that is used; the library carries no types."""

    def add_policy(self, path: str, rego: str) -> object:
        """Parse and add a module."""
        ...

    def add_data_json(self, data: str) -> None:
        """Merge a JSON document into the data document."""
        ...

    def set_input_json(self, input_json: str) -> None:
        """Set the `input` document."""
        ...

    def eval_rule_as_json(self, rule: str) -> str:
        """Evaluate a rule and return its value as JSON."""
        ...


class _Held(threading.local):
    """The library's engines of one thread, by owner; the one used last stands last.

    They are held here and not by their owner: the library lets only the thread that made an engine
    drop it, and an owner that is garbage is collected by whichever thread comes along.
    """

    def __init__(self) -> None:
        self.engines: dict[int, RegoEngine] = {}


_HELD: Final = _Held()
_NUMBERS: Final = itertools.count()


class RegorusPolicyEngine:
    """Evaluates the bundle in this process, with one engine of the library for each thread.

    It is the library's interpreter, not its faster virtual machine: there, an undefined expression
    in the body of an `every` counts as true (0.13.0), so that a missing input could pass. An
    evaluation cannot be interrupted: Rego ends by construction, and a late answer is thrown away.
    """

    def __init__(
        self,
        bundle: PolicyBundle,
        timeout_ms: int,
        *,
        now_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bundle = bundle
        self._timeout_ms = timeout_ms
        self._now_seconds = now_seconds
        self._number = next(_NUMBERS)
        self._engine()

    @property
    def policy_digest(self) -> str:
        """Return the digest of the bundle."""
        return self._bundle.digest

    def evaluate(self, question: PolicyInput) -> PolicyResult:
        """Return all findings; raise PolicyUnavailable on error, lateness or a part answer."""
        return self.evaluate_json(question_json(question))

    def evaluate_json(self, input_json: str) -> PolicyResult:
        """Do as `evaluate` does for an `input` document that may be of any shape."""
        started = self._now_seconds()
        engine = self._engine()
        try:
            engine.set_input_json(input_json)
            answer_json = engine.eval_rule_as_json(_ANSWER_RULE)
        except Exception as cause:
            _HELD.engines.pop(self._number, None)
            raise no_answer(f"The policy engine failed: {_first_line(cause)}.") from None
        elapsed_ms = int((self._now_seconds() - started) * 1000)
        if elapsed_ms > self._timeout_ms:
            raise late(elapsed_ms, self._timeout_ms)
        return read_answer(answer_json, self._bundle, ENGINE_NAME)

    def _engine(self) -> RegoEngine:
        engines = _HELD.engines
        held = engines.pop(self._number, None) or build_engine(self._bundle)
        engines[self._number] = held
        if len(engines) > ENGINES_MAX:
            del engines[next(iter(engines))]
        return held


def build_engine(bundle: PolicyBundle) -> RegoEngine:
    """Return a new engine with the bundle; raise PolicyUnavailable where it does not compile."""
    engine = cast("RegoEngine", regorus.Engine())
    try:
        for module in bundle.modules:
            engine.add_policy(module.path, module.source)
        engine.add_data_json(bundle.data_with_digest())
        # Rules are analysed at the first evaluation: find what does not compile now.
        engine.set_input_json("null")
        engine.eval_rule_as_json(_ANSWER_RULE)
    except Exception as cause:
        raise PolicyUnavailable(
            f"The policy bundle does not compile: {_first_line(cause)}",
            next_step="Correct the module that is named, then start again.",
        ) from None
    return engine


def _first_line(cause: Exception) -> str:
    # The library appends a native stack trace to every message.
    return next((line for line in str(cause).splitlines() if line.strip()), type(cause).__name__)
