"""The audit log: one chain, whoever appends, and no change to it goes unnoticed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, text

from sluicegate.adapters.sql.tables import APPEND_ONLY_TABLES, NEVER_DELETED_TABLES
from sluicegate.audit.chain import GENESIS, link, proof_holds
from sluicegate.domain.audit import AuditRecord
from sluicegate.domain.errors import Forbidden, NotFound
from tests.builders import DIGEST, NOW_MS
from tests.conformance.stored import abandon
from tests.databases import FreshDatabase

ENTRIES = 6


def a_record(number: int, **changes: object) -> AuditRecord:
    return AuditRecord.model_validate(
        {
            "kind": "case.opened",
            "at_ms": NOW_MS + number,
            "actor": "service:cards",
            "case_id": f"case_{number % 2}",
            "data_digest": DIGEST,
            "body": {"amount_minor": number, "ratio": 0.1, "text": "é\x00", "list": [1, None]},
            **changes,
        }
    )


def filled(sql_database: FreshDatabase) -> None:
    with sql_database.open("service").write("t") as tx:
        for number in range(1, ENTRIES + 1):
            tx.audit.append(a_record(number))


def test_an_empty_log_verifies(sql_database: FreshDatabase) -> None:
    with sql_database.open("service").read() as tx:
        verdict = tx.audit.verify()
    assert (verdict.ok, verdict.entries, verdict.head_hash) == (True, 0, GENESIS.hash)


def test_entries_are_linked_read_back_and_verified(sql_database: FreshDatabase) -> None:
    database = sql_database.open("service")
    with database.write("t") as tx:
        first = tx.audit.append(a_record(1))
        second = tx.audit.append(a_record(2))
    with database.write("t") as tx:
        third = tx.audit.append(a_record(3))
    assert first == link(GENESIS, a_record(1))
    assert second.previous_hash == first.hash
    with database.read() as tx:
        assert tx.audit.read(after_seq=0, limit=10) == (first, second, third)
        assert tx.audit.read(after_seq=1, limit=1) == (second,)
        assert tx.audit.of_case("case_1") == (first, third)
        verdict = tx.audit.verify()
    assert (verdict.ok, verdict.entries, verdict.head_hash) == (True, 3, third.hash)


def test_a_step_named_once_is_logged_once(sql_database: FreshDatabase) -> None:
    database = sql_database.open("service")
    with database.write("t") as tx:
        first = tx.audit.append(a_record(1), once="case_1:read")
        tx.audit.append(a_record(2), once="case_1:assess")
        assert tx.audit.append(a_record(9), once="case_1:read") == first
    with database.write("t") as tx:
        assert tx.audit.append(a_record(9), once="case_1:read") == first
        assert tx.audit.append(a_record(3)).seq == 3
        assert tx.audit.append(a_record(4)).seq == 4


def test_a_rollback_leaves_no_entry_and_no_gap(sql_database: FreshDatabase) -> None:
    database = sql_database.open("service")
    filled(sql_database)
    with pytest.raises(RuntimeError), database.write("t") as tx:
        abandon(tx.audit.append(a_record(99)))
    with database.write("t") as tx:
        assert tx.audit.append(a_record(100)).seq == ENTRIES + 1
    with database.read() as tx:
        assert tx.audit.verify().ok


def test_appending_at_once_makes_one_chain(sql_database: FreshDatabase) -> None:
    roles = [sql_database.open(role) for role in ("service", "gate", "executor")]

    def append(number: int) -> int:
        with roles[number % 3].write("t") as tx:
            tx.audit.append(a_record(number))
            return tx.audit.append(a_record(number)).seq

    with ThreadPoolExecutor(4) as pool:
        seqs = sorted(pool.map(append, range(24)))
    assert seqs == list(range(2, 50, 2))
    with roles[0].read() as tx:
        verdict = tx.audit.verify()
    assert (verdict.ok, verdict.entries) == (True, 48)


def test_verifying_reads_more_than_one_page(sql_database: FreshDatabase) -> None:
    database = sql_database.open("service")
    with database.write("t") as tx:
        for number in range(1_001):
            tx.audit.append(a_record(number))
    with database.read() as tx:
        verdict = tx.audit.verify()
    assert (verdict.ok, verdict.entries) == (True, 1_001)


@pytest.mark.parametrize("seq", [1, 3, ENTRIES])
def test_a_proof_holds_and_fails_for_anything_else(sql_database: FreshDatabase, seq: int) -> None:
    filled(sql_database)
    with sql_database.open("service").read() as tx:
        proof = tx.audit.prove(seq)
        assert proof.head_hash == tx.audit.verify().head_hash
        with pytest.raises(NotFound):
            tx.audit.prove(ENTRIES + 1)
    assert proof_holds(proof)
    assert len(proof.following) == ENTRIES - seq
    changed = proof.entry.model_copy(update={"record": a_record(seq, actor="someone:else")})
    relinked = link(GENESIS._replace(seq=seq - 1, hash=changed.previous_hash), changed.record)
    assert not proof_holds(proof.model_copy(update={"entry": changed}))
    assert not proof_holds(proof.model_copy(update={"entry": relinked}))
    assert not proof_holds(proof.model_copy(update={"head_seq": ENTRIES + 1}))
    assert not proof_holds(proof.model_copy(update={"head_hash": DIGEST}))
    assert not proof_holds(proof.model_copy(update={"following": (*proof.following, DIGEST)}))


def _change_record(connection: Connection) -> None:
    connection.execute(
        text("UPDATE audit_entry SET record = replace(record, 'service:cards', 'x') WHERE seq = 3")
    )


def _change_and_rehash(connection: Connection) -> None:
    row = connection.execute(text("SELECT previous_hash FROM audit_entry WHERE seq = 3")).one()
    record = a_record(3, actor="someone:else")
    entry = link(GENESIS._replace(seq=2, hash=row[0]), record)
    connection.execute(
        text("UPDATE audit_entry SET record = :r, record_digest = :d, hash = :h WHERE seq = 3"),
        {"r": record.canonical().decode(), "d": record.digest(), "h": entry.hash},
    )


def _garble(connection: Connection) -> None:
    connection.execute(text("UPDATE audit_entry SET record = '{' WHERE seq = 3"))


def _refile(connection: Connection) -> None:
    connection.execute(text("UPDATE audit_entry SET case_id = 'case_9' WHERE seq = 3"))


def _delete(connection: Connection) -> None:
    connection.execute(text("DELETE FROM audit_entry WHERE seq = 3"))


def _swap(connection: Connection) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        connection.execute(
            text("UPDATE audit_entry SET seq = :new WHERE seq = :old"), {"old": old, "new": new}
        )


def _truncate(connection: Connection) -> None:
    connection.execute(text("DELETE FROM audit_entry WHERE seq >= 3"))


def _roll_head_back(connection: Connection) -> None:
    connection.execute(text("UPDATE audit_head SET seq = 2"))


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(_change_record, id="changed"),
        pytest.param(_garble, id="garbled"),
        pytest.param(_refile, id="filed under another case"),
        pytest.param(_delete, id="deleted"),
        pytest.param(_swap, id="reordered"),
        pytest.param(_truncate, id="cut off"),
        pytest.param(_roll_head_back, id="head rolled back"),
    ],
)
def test_an_operator_who_drops_the_triggers_is_still_found_out(
    sql_database: FreshDatabase, tamper: Callable[[Connection], None]
) -> None:
    filled(sql_database)
    admin = sql_database.open()
    with admin.write("t") as tx:
        drop_triggers(tx.connection)
        tamper(tx.connection)
    with admin.read() as tx:
        verdict = tx.audit.verify()
    assert (verdict.ok, verdict.first_bad_seq) == (False, 3)
    assert verdict.problem


def test_a_changed_entry_with_a_new_hash_breaks_the_next_link(sql_database: FreshDatabase) -> None:
    filled(sql_database)
    admin = sql_database.open()
    with admin.write("t") as tx:
        drop_triggers(tx.connection)
        _change_and_rehash(tx.connection)
    with admin.read() as tx:
        verdict = tx.audit.verify()
    assert (verdict.ok, verdict.first_bad_seq) == (False, 4)


def drop_triggers(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        return
    for verb in ("update", "delete"):
        connection.execute(text(f"DROP TRIGGER audit_entry_no_{verb}"))


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET seq = 9", "DELETE FROM audit_entry"])
def test_with_the_triggers_even_an_administrator_cannot_change_an_entry(
    sql_database: FreshDatabase, statement: str
) -> None:
    filled(sql_database)
    admin = sql_database.open()
    with pytest.raises(Forbidden), admin.write("t") as tx:
        tx.connection.execute(text(statement))
    with admin.read() as tx:
        assert tx.audit.verify().ok


def test_every_append_only_table_has_its_triggers(sql_database: FreshDatabase) -> None:
    query = (
        "SELECT tbl_name AS owner, count(*) AS number FROM sqlite_master "
        "WHERE type = 'trigger' GROUP BY 1"
        if sql_database.kind == "sqlite"
        else "SELECT tgrelid::regclass::text AS owner, count(*) AS number FROM pg_trigger "
        "WHERE NOT tgisinternal GROUP BY 1"
    )
    with sql_database.open().read() as tx:
        found = {str(row.owner): row.number for row in tx.connection.execute(text(query))}
    kept = dict.fromkeys(NEVER_DELETED_TABLES, 1) if sql_database.kind == "sqlite" else {}
    assert found == dict.fromkeys(APPEND_ONLY_TABLES, 2) | kept
