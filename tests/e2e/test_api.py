"""The API as others use it: a real service of three processes, asked over a loopback address."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from sluicegate.domain.problem import PROBLEM_MEDIA_TYPE, Problem
from tests.e2e.conftest import Running

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def cards(running_service: Running) -> Iterator[httpx.Client]:
    with running_service.api(running_service.keys["service:cards"]) as client:
        yield client


def client_of(running: Running, holder: str) -> httpx.Client:
    return running.api(running.keys[holder])


def event_of(running: Running, example: str, **changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(running.example(example).read_bytes())
    data = {**event["data"], **changes.pop("data", {})}
    return {**event, "source": "tests/api", **changes, "data": data}


def problem(answer: httpx.Response, status: int) -> Problem:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM_MEDIA_TYPE
    assert "Traceback" not in answer.text
    return Problem.from_json(answer.content)


def find_review(client: httpx.Client, case_id: str) -> dict[str, Any]:
    listed = client.get("/v1/reviews", params={"limit": 200}).json()["reviews"]
    found: dict[str, Any] = next(review for review in listed if review["case_id"] == case_id)
    return found


def decision_on(review: dict[str, Any], verdict: str = "approve") -> dict[str, Any]:
    return {
        "verdict": verdict,
        "rationale": "The merchant confirmed it.",
        "label": "claim_valid",
        "subject_digest": review["subject_digest"],
    }


def test_a_dispute_that_is_allowed_outright_is_settled_in_one_call(
    running_service: Running, cards: httpx.Client
) -> None:
    event = event_of(running_service, "demo-allowed", id="outright")
    first = cards.post("/v1/disputes", json=event)
    assert first.status_code == 201, first.text
    case = first.json()
    assert (case["status"], case["decision"]) == ("settled", "allowed")
    assert [receipt["status"] for receipt in case["receipts"]] == ["settled"]
    assert first.headers["location"] == f"/v1/cases/{case['id']}"
    again = cards.post("/v1/disputes", json=event)
    assert (again.status_code, again.json()) == (200, case)
    assert again.headers["location"] == first.headers["location"]


def test_a_dispute_that_policy_forbids_is_denied_with_its_findings(
    running_service: Running, cards: httpx.Client
) -> None:
    case = cards.post(
        "/v1/disputes", json=event_of(running_service, "demo-denied", id="forbidden")
    ).json()
    assert (case["status"], case["decision"]) == ("denied", "denied")
    assert all(finding["sentence"] for finding in case["findings"])
    assert case["receipts"] == []


def test_an_approved_review_settles_and_repeats_have_one_effect(
    running_service: Running, cards: httpx.Client
) -> None:
    event = event_of(running_service, "demo-review-approve", id="approved")
    case = cards.post("/v1/disputes", json=event).json()
    assert case["status"] == "waiting_for_review"
    with client_of(running_service, "person:pia") as pia:
        review = find_review(pia, case["id"])
        assert review["id"] == case["pending_review"]["id"]
        assert pia.get(f"/v1/reviews/{review['id']}").json() == review
        path = f"/v1/reviews/{review['id']}/decisions"
        answers = [pia.post(path, json=decision_on(review)) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 200]
        assert answers[0].json()["case"]["status"] == "settled"
        assert answers[0].json()["decision"] == answers[1].json()["decision"]
        assert answers[0].json()["decision"]["reviewer"] == "person:pia"
        problem(pia.post(path, json=decision_on(review, "reject")), 409)
    view = cards.get(f"/v1/cases/{case['id']}").json()
    kinds = [entry["record"]["kind"] for entry in view["timeline"]]
    assert kinds.count("action.executed") == 1


def test_a_rejected_review_moves_nothing(running_service: Running, cards: httpx.Client) -> None:
    event = event_of(running_service, "demo-review-reject", id="rejected")
    case = cards.post("/v1/disputes", json=event).json()
    with client_of(running_service, "person:pia") as pia:
        review = find_review(pia, case["id"])
        answer = pia.post(
            f"/v1/reviews/{review['id']}/decisions", json=decision_on(review, "reject")
        )
    assert answer.json()["case"]["status"] == "rejected"
    assert answer.json()["case"]["receipts"] == []


def test_a_decision_on_something_else_than_what_is_asked_is_stale(
    running_service: Running, cards: httpx.Client
) -> None:
    event = event_of(running_service, "demo-review-large", id="stale")
    case = cards.post("/v1/disputes", json=event).json()
    with client_of(running_service, "person:pia") as pia:
        review = find_review(pia, case["id"])
        shown_otherwise = {**decision_on(review), "subject_digest": "sha256:" + "0" * 64}
        found = problem(
            pia.post(f"/v1/reviews/{review['id']}/decisions", json=shown_otherwise), 409
        )
    assert found.type.endswith("stale_review")


def test_many_deliveries_of_one_event_at_once_make_one_case(
    running_service: Running, cards: httpx.Client
) -> None:
    event = event_of(running_service, "demo-denied-deceased", id="at-once")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: cards.post("/v1/disputes", json=event), range(6)))
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert sorted(answer.status_code for answer in answers)[-1] <= 202
    assert sum(answer.status_code == 201 for answer in answers) <= 1
    view = cards.get(f"/v1/cases/{answers[0].json()['id']}").json()
    kinds = [entry["record"]["kind"] for entry in view["timeline"]]
    assert (kinds.count("event.accepted"), kinds.count("case.closed")) == (1, 1)


def test_a_caller_that_will_not_wait_reads_the_case_later(
    running_service: Running, cards: httpx.Client
) -> None:
    event = event_of(running_service, "demo-denied-pending", id="later")
    answer = cards.post("/v1/disputes", json=event, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "respond-async"
    assert cards.post("/v1/disputes", json=event).json()["status"] == "denied"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"approve": True}, 422, id="unknown-field"),
        pytest.param({"data": {"amount": "-1.00"}}, 422, id="negative-amount"),
        pytest.param({"data": {"amount": "1.001"}}, 422, id="over-precise-amount"),
        pytest.param({"data": {"transaction_id": "txn_none"}}, 422, id="unknown-transaction"),
        pytest.param({"time": "2099-01-01T00:00:00Z"}, 422, id="future-date"),
        pytest.param({"data": {"narrative": "x" * 10_000_000}}, 413, id="10-mb-narrative"),
    ],
)
def test_a_bad_event_is_refused_and_leaves_no_case(
    running_service: Running, cards: httpx.Client, changes: dict[str, Any], status: int
) -> None:
    before = cards.get("/v1/cases", params={"limit": 200}).json()
    event = event_of(running_service, "demo-allowed", id="bad", **changes)
    problem(cards.post("/v1/disputes", json=event), status)
    assert cards.get("/v1/cases", params={"limit": 200}).json() == before


def test_a_currency_that_is_not_the_accounts_is_denied_with_its_finding(
    running_service: Running, cards: httpx.Client
) -> None:
    event = event_of(running_service, "demo-review-large", id="currency", data={"currency": "CHF"})
    case = cards.post("/v1/disputes", json=event).json()
    assert case["status"] == "denied"
    assert any("CURRENCY" in finding["code"] for finding in case["findings"])


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 422), (b'{"id": "\xff"}', 422), (b"", 422), (b"[" * 60_000, 422)]
)
def test_bytes_that_are_no_event_are_refused(cards: httpx.Client, body: bytes, status: int) -> None:
    problem(cards.post("/v1/disputes", content=body, headers=JSON), status)


def test_the_same_name_with_other_content_is_a_conflict(
    running_service: Running, cards: httpx.Client
) -> None:
    event = event_of(running_service, "demo-denied-over-amount", id="named-twice")
    assert cards.post("/v1/disputes", json=event).status_code == 201
    other = event_of(
        running_service, "demo-denied-over-amount", id="named-twice", data={"narrative": "Other."}
    )
    problem(cards.post("/v1/disputes", json=other), 409)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/cases/case_none", 404),
        ("GET", "/v1/nowhere", 404),
        ("DELETE", "/v1/cases", 405),
        ("GET", "/v1/cases?limit=0", 422),
        ("GET", "/v1/reviews", 403),
        ("GET", "/v1/verify", 403),
    ],
)
def test_every_refusal_is_a_problem(
    cards: httpx.Client, method: str, path: str, status: int
) -> None:
    problem(cards.request(method, path), status)


def test_a_viewer_sees_no_whole_account_number(
    running_service: Running, cards: httpx.Client
) -> None:
    added = running_service.cli("keys", "add", "person:vic", "--role", "viewer", "--json")
    event = event_of(running_service, "demo-allowed", id="outright")
    case = cards.post("/v1/disputes", json=event).json()
    whole = cards.get(f"/v1/cases/{case['id']}").json()
    account = whole["proposals"][0]["payee_account_id"]
    with running_service.api(json.loads(added.stdout)["key"]) as viewer:
        for path in (f"/v1/cases/{case['id']}", "/v1/cases"):
            seen = viewer.get(path)
            assert seen.status_code == 200
            assert case["id"] in seen.text
            assert account not in seen.text


def test_without_a_key_only_health_and_the_description_answer(running_service: Running) -> None:
    with running_service.api() as nobody:
        health = nobody.get("/v1/healthz").json()
        assert (health["status"], health["database"], health["gate"]) == ("ok", "ok", "ok")
        assert "no language model" in health["reader"].lower()
        for path in ("/v1/cases", "/v1/cases/x", "/v1/reviews", "/v1/reviews/x", "/v1/verify"):
            assert problem(nobody.get(path), 401).next_step
        problem(nobody.post("/v1/disputes", content=b"x" * 100_000, headers=JSON), 401)
        problem(nobody.post("/v1/reviews/x/decisions", json={}), 401)


def test_what_was_done_verifies(running_service: Running) -> None:
    with client_of(running_service, "person:eve") as eve:
        report = eve.get("/v1/verify").json()
    assert report["ok"], report["problems"]


def test_the_description_is_whole_and_the_page_loads_nothing(running_service: Running) -> None:
    with running_service.api() as nobody:
        described = nobody.get("/openapi.json").json()
        page = nobody.get("/docs").text
    assert described["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    names = set(described["components"]["schemas"])
    text = json.dumps(described)
    assert {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]} <= names
    for path, operations in described["paths"].items():
        assert path in page
        for operation in operations.values():
            assert PROBLEM_MEDIA_TYPE in json.dumps(operation["responses"])
    assert "<script" not in page
    assert "http" not in page.replace("https", "http").split("<body>")[0]


def test_the_keys_secret_part_is_nowhere_in_the_data_directory(running_service: Running) -> None:
    secrets = [key.split("_", 2)[2].encode() for key in running_service.keys.values()]
    for path in running_service.data_dir.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(secret in content for secret in secrets), path
