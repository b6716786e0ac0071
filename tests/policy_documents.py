"""Generated `input` documents: valid ones, and ones with something taken out or put in."""

import copy
from typing import Any

from hypothesis import strategies as st

from sluicegate.domain.canonical import INTEGER_MAX
from sluicegate.domain.money import CURRENCY_EXPONENTS
from tests.builders import DAY_MS, NOW_MS
from tests.policy_questions import a_policy_review, a_question, as_document

Path = tuple[str | int, ...]

ALLOWED: dict[str, Any] = as_document(a_question())
REVIEWED: dict[str, Any] = as_document(a_question(review=a_policy_review()))

AMOUNTS = st.sampled_from(
    [1, 2_000, 2_500, 2_501, 10_000, 10_001, 100_000, 100_001, 1_000_000, 1_000_001, INTEGER_MAX]
) | st.integers(1, 4_000_000)
PEOPLE = st.sampled_from(["person:ann", "person:bo", "agent:dispute", "service:cards"])
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.sampled_from([0, 1, -1, 0.5, 1e20, "", "active", "open", "null", "0", "1", [], {}, [None]]),
    st.text(max_size=5),
    st.lists(st.none() | st.integers(-3, 3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none() | st.integers(-3, 3), max_size=2),
)


def leaves(node: Any, path: Path = ()) -> list[Path]:
    """Return the path of every named field, at whatever depth."""
    found: list[Path] = []
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for name, child in children:
        if isinstance(node, dict):
            found.append((*path, name))
        if isinstance(child, dict | list):
            found.extend(leaves(child, (*path, name)))
    return found


def replaced(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return a copy with the value at a path replaced."""
    copied = copy.deepcopy(document)
    node: Any = copied
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = value
    return copied


def removed(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a copy without the field at a path."""
    copied = copy.deepcopy(document)
    node: Any = copied
    for name in path[:-1]:
        node = node[name]
    del node[path[-1]]
    return copied


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Return a well-formed question of any kind: most of its parts agree, some may not."""
    document: dict[str, Any] = copy.deepcopy(draw(st.sampled_from([ALLOWED, REVIEWED])))
    proposal, facts = document["proposal"], document["facts"]
    amount, currency = draw(AMOUNTS), draw(st.sampled_from(sorted(CURRENCY_EXPONENTS)))
    for part in (proposal, facts["claim"], facts["transaction"]):
        part["amount_minor"] = amount if draw(st.integers(0, 9)) else draw(AMOUNTS)
    for part in (proposal, facts["claim"], facts["transaction"], facts["account"]):
        part["currency"] = currency if draw(st.integers(0, 9)) else "USD"
    proposal["category"] = draw(st.sampled_from(["fraud", "unclear", "duplicate"]))
    proposal["confidence_bp"] = draw(st.integers(0, 10_000) | st.sampled_from([6_000, 8_500]))
    for name in ("payee_provenance", "amount_provenance"):
        proposal[name] = draw(st.sampled_from(["record", "human", "policy", "document", "model"]))
    facts["card"]["status"] = draw(st.sampled_from(["active", "blocked", "expired", "lost"]))
    facts["customer"]["kyc_status"] = draw(st.sampled_from(["verified", "pending"]))
    facts["credited_minor"] = draw(st.sampled_from([0, 0, 0, 1]))
    facts["transaction"]["authorised_at_ms"] = NOW_MS - draw(st.integers(-1, 130)) * DAY_MS
    document["score"]["risk_bp"] = draw(st.integers(0, 10_000))
    if draw(st.integers(0, 4)) == 0:
        document["score"] = None
    for name in ("claim", "transaction", "customer", "account", "card"):
        if draw(st.integers(0, 19)) == 0:
            facts[name] = None
    if document["review"] is not None:
        document["review"]["reviewer"] = draw(PEOPLE)
        roles = st.lists(st.sampled_from(["viewer", "analyst", "approver"]), max_size=2)
        document["review"]["reviewer_roles"] = draw(roles)
        document["review"]["verdict"] = draw(st.sampled_from(["approve", "reject"]))
    return document


@st.composite
def spoilt_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Return a question with up to three fields removed or replaced by something odd."""
    document = draw(documents())
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(leaves(document)))
        if draw(st.booleans()):
            document = removed(document, path)
        else:
            document = replaced(document, path, draw(ODD))
        if not document:
            break
    return document
