"""Reading an engine's answer strictly: whatever is undefined, incomplete or odd is no answer."""

from typing import Final

from pydantic import ValidationError

from sluicegate.adapters.policy.bundle import PolicyBundle
from sluicegate.domain.decision import Finding
from sluicegate.domain.errors import PolicyUnavailable
from sluicegate.domain.value import Digest, Name, Value
from sluicegate.ports.policy import PolicyInput, PolicyResult

ANSWER_PATH: Final = "dispute/answer"
"""The one document that is asked for, as a path under ``data``."""

_NEXT_STEP = "Nothing was decided. Check the policy bundle and its engine, then try again."


class _Answer(Value):
    findings: tuple[Finding, ...]
    complete: bool
    rules: tuple[Name, ...]
    bundle_digest: Digest


def read_answer(answer_json: str | bytes, bundle: PolicyBundle, engine: str) -> PolicyResult:
    """Return findings sorted by code and rule; raise PolicyUnavailable for less than a full answer.

    A full answer has the exact shape, says that it is complete, names exactly the rules of `bundle`
    and quotes its digest.
    """
    try:
        answer = _Answer.from_json(answer_json)
    except ValidationError as cause:
        where = ".".join(str(part) for part in cause.errors(include_input=False)[0]["loc"])
        raise no_answer(
            f"The policy engine's answer is undefined or malformed at {where!r}."
        ) from None
    if answer.bundle_digest != bundle.digest:
        raise no_answer("The policy engine serves another bundle than the one that is wanted.")
    if tuple(sorted(answer.rules)) != bundle.rules:
        raise no_answer("The policy engine ran other rules than the bundle's.")
    if not answer.complete:
        raise no_answer("The policy engine did not get an answer from every rule.")
    strangers = {finding.rule for finding in answer.findings} - set(bundle.rules)
    if strangers:
        raise no_answer(f"A finding names a rule that the bundle lacks: {min(strangers)}.")
    return PolicyResult(
        findings=tuple(sorted(answer.findings, key=_order)),
        policy_digest=bundle.digest,
        engine=engine,
    )


def question_json(question: PolicyInput) -> str:
    """Return the `input` document; raise PolicyUnavailable where it has no JSON text."""
    try:
        return question.model_dump_json()
    except ValueError as cause:
        raise no_answer("The question cannot be written as JSON.") from cause


def no_answer(message: str) -> PolicyUnavailable:
    """Return the error that says so, with the next step for a person."""
    return PolicyUnavailable(message, next_step=_NEXT_STEP)


def late(elapsed_ms: int, timeout_ms: int) -> PolicyUnavailable:
    """Return the error for an answer that came too late to be used."""
    return no_answer(f"The policy engine took {elapsed_ms} ms; {timeout_ms} ms are allowed.")


def _order(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.rule, finding.sentence
