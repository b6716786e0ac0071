"""The arithmetic of the audit log, on generated chains."""

from hypothesis import given
from hypothesis import strategies as st

from sluicegate.audit.chain import GENESIS, Head, Unreadable, link, problem_of, proof_holds, verify
from sluicegate.domain.audit import AuditEntry, AuditProof, AuditRecord

records = st.builds(
    AuditRecord,
    kind=st.sampled_from(["case.opened", "permit.consumed"]),
    at_ms=st.integers(0, 2**40),
    actor=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20),
    body=st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), st.integers(-9, 9)),
)
logs = st.lists(records, min_size=1, max_size=8)


def chain_of(logged: list[AuditRecord]) -> list[AuditEntry]:
    head, entries = GENESIS, []
    for record in logged:
        entries.append(link(head, record))
        head = Head(entries[-1].seq, entries[-1].hash)
    return entries


def head_of(entries: list[AuditEntry]) -> Head:
    return Head(entries[-1].seq, entries[-1].hash)


def proof_of(entries: list[AuditEntry], place: int) -> AuditProof:
    return AuditProof(
        entry=entries[place],
        following=tuple(entry.record.digest() for entry in entries[place + 1 :]),
        head_seq=len(entries),
        head_hash=entries[-1].hash,
    )


@given(logs)
def test_a_chain_verifies_and_every_entry_is_proven(logged: list[AuditRecord]) -> None:
    entries = chain_of(logged)
    verdict = verify(entries, head_of(entries))
    assert (verdict.ok, verdict.entries) == (True, len(logged))
    assert all(proof_holds(proof_of(entries, place)) for place in range(len(entries)))


@given(logs, st.data())
def test_no_entry_can_be_left_out(logged: list[AuditRecord], data: st.DataObject) -> None:
    entries = chain_of(logged)
    place = data.draw(st.integers(0, len(entries) - 1))
    verdict = verify(entries[:place] + entries[place + 1 :], head_of(entries))
    assert (verdict.ok, verdict.first_bad_seq) == (False, place + 1)


@given(logs, records, st.data())
def test_no_record_can_be_exchanged(
    logged: list[AuditRecord], other: AuditRecord, data: st.DataObject
) -> None:
    entries = chain_of(logged)
    place = data.draw(st.integers(0, len(entries) - 1))
    if other == logged[place]:
        return
    entries[place] = entries[place].model_copy(update={"record": other})
    verdict = verify(entries, head_of(entries))
    assert (verdict.ok, verdict.first_bad_seq) == (False, place + 1)
    assert not proof_holds(proof_of(entries, place))


@given(logs, st.data())
def test_an_entry_put_in_after_the_fact_does_not_fit(
    logged: list[AuditRecord], data: st.DataObject
) -> None:
    entries = chain_of(logged)
    place = data.draw(st.integers(0, len(entries) - 1))
    before = GENESIS if place == 0 else head_of(entries[:place])
    forged = link(before, logged[place].model_copy(update={"actor": "forger"}))
    verdict = verify([*entries[:place], forged, *entries[place:]], head_of(entries))
    assert not verdict.ok


@given(logs)
def test_a_log_longer_than_its_head_is_found(logged: list[AuditRecord]) -> None:
    entries = chain_of(logged)
    longer = [*entries, link(head_of(entries), logged[0])]
    verdict = verify(longer, head_of(entries))
    assert (verdict.ok, verdict.first_bad_seq) == (False, len(entries) + 1)


def test_what_cannot_be_read_is_a_problem_of_its_place() -> None:
    verdict = verify([Unreadable(1, "garbled")], GENESIS)
    assert (verdict.ok, verdict.first_bad_seq, verdict.problem) == (False, 1, "garbled")


def test_a_problem_names_the_entry() -> None:
    first, second = chain_of([AuditRecord(kind="a.b", at_ms=n, actor="x") for n in (1, 2)])
    assert problem_of(GENESIS, first) == ""
    assert "entry 1 is missing" in problem_of(GENESIS, second)
    assert "not linked" in problem_of(Head(1, second.hash), second)
