import threading
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.models import ChainHead, Event
from audit.services import chain as chain_service
from audit.services import record, verify_chain
from audit.services.hashing import event_hash

from .attacks import copy_of, execute, remove_triggers


@pytest.fixture
def chain(db: None) -> list[Event]:
    """Genesis and five events, with the triggers taken away as a table owner could."""
    for n in range(5):
        record(action="a.b", payload={"n": n, "字": "🎉"})
    assert verify_chain().ok
    remove_triggers()
    return list(Event.objects.all())


def rehash(seq: int) -> None:
    """Make the changed event `seq` agree with itself again."""
    execute(f"UPDATE audit_event SET hash = '{event_hash(Event.objects.get(seq=seq))}' WHERE seq = {seq}")  # noqa: S608


def swap() -> None:
    execute("UPDATE audit_event SET seq = 99 WHERE seq = 3")
    execute("UPDATE audit_event SET seq = 3 WHERE seq = 4")
    execute("UPDATE audit_event SET seq = 4 WHERE seq = 99")


def insert_in_the_middle() -> None:
    for seq in (6, 5, 4):
        execute(f"UPDATE audit_event SET seq = {seq + 1} WHERE seq = {seq}")  # noqa: S608
    execute(copy_of(3, id="id + 1000", seq="4", prev_hash="hash"))
    rehash(4)


def insert_unhashed() -> None:
    for seq in (6, 5, 4):
        execute(f"UPDATE audit_event SET seq = {seq + 1} WHERE seq = {seq}")  # noqa: S608
    execute(copy_of(3, id="id + 1000", seq="4", prev_hash="hash"))


def edit_and_rehash() -> None:
    execute("UPDATE audit_event SET action = 'x.y' WHERE seq = 3")
    rehash(3)


TAMPERINGS: list[tuple[str | Callable[[], None], int, str]] = [
    ("UPDATE audit_event SET action = 'x.y' WHERE seq = 3", 3, "内容与校验值不符"),
    ("UPDATE audit_event SET at = (SELECT at FROM audit_event WHERE seq = 1) WHERE seq = 3", 3, "内容与校验值不符"),
    ("UPDATE audit_event SET payload_json = payload_json || ' ' WHERE seq = 3", 3, "内容与校验值不符"),
    ("UPDATE audit_event SET department_code = 'gxj' WHERE seq = 3", 3, "内容与校验值不符"),
    ("UPDATE audit_event SET algorithm = 'none' WHERE seq = 3", 3, "算法不受支持"),
    (edit_and_rehash, 4, "不衔接"),
    ("DELETE FROM audit_event WHERE seq = 3", 3, "缺失"),
    ("DELETE FROM audit_event WHERE seq = 1", 1, "缺失"),
    ("DELETE FROM audit_event WHERE seq > 4", 5, "链尾被截断"),
    ("DELETE FROM audit_event", 1, "链尾被截断"),
    (insert_in_the_middle, 4, "第 4 号至第 4 号事件是插入的"),
    (insert_unhashed, 4, "第 4 号事件是插入的，原来的第 4 号事件现为第 5 号"),
    (copy_of(6, id="id + 1000", seq="0"), 0, "序号无效"),
    (copy_of(6, id="id + 1000", seq="7"), 7, "第 7 号事件是插入的：它是第 6 号的副本"),
    (swap, 3, "第 3 号与第 4 号事件被调换"),
    ("DELETE FROM audit_chainhead", 6, "链头记录缺失"),
    ("UPDATE audit_chainhead SET hash = 'ff'", 6, "链头登记的校验值"),
    ("UPDATE audit_chainhead SET seq = 4", 5, "未经登记"),
]


@pytest.mark.parametrize(("tampering", "first_bad", "problem"), TAMPERINGS)
@pytest.mark.parametrize("batch", [5000, 2])
def test_tampering_is_found(
    chain: list[Event], tampering: str | Callable[[], None], first_bad: int, problem: str, batch: int
) -> None:
    tampering() if callable(tampering) else execute(tampering)
    report = verify_chain(batch=batch)
    assert not report.ok
    assert report.first_bad_seq == first_bad
    assert problem in report.problem
    if report.head_seq:
        assert report.head_hash == Event.objects.get(seq=report.head_seq).hash


@pytest.mark.usefixtures("sqlite_only")
@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("payload_json", "CAST(x'ff' AS TEXT)", "第 3 号或其后的事件无法读取"),
        ("payload_json", "CAST(payload_json AS BLOB)", "第 3 号事件的内容与校验值不符"),
        ("object_label", "x'00'", "第 3 号事件的内容与校验值不符"),
        ("actor_id", "'x'", "第 3 号事件的内容与校验值不符"),
        ("seq", "'x'", "第 3 号事件缺失"),
    ],
)
def test_values_of_another_type_are_found_and_no_crash(
    chain: list[Event], column: str, value: str, problem: str
) -> None:
    """SQLite keeps any type in any column."""
    execute("PRAGMA ignore_check_constraints = ON")
    execute(f"UPDATE audit_event SET {column} = {value} WHERE seq = 3")  # noqa: S608
    execute("PRAGMA ignore_check_constraints = OFF")
    report = verify_chain(batch=2)
    assert (report.first_bad_seq, problem in report.problem) == (3, True), report


@pytest.mark.usefixtures("sqlite_only")
def test_a_number_that_is_no_number_is_found(chain: list[Event]) -> None:
    execute("PRAGMA ignore_check_constraints = ON")
    execute("UPDATE audit_event SET seq = 'x' WHERE seq = 6")
    execute("PRAGMA ignore_check_constraints = OFF")
    assert verify_chain().problem == "第 6 号事件重复或序号无效。"


def test_an_event_forged_behind_the_head_is_found(chain: list[Event]) -> None:
    execute(copy_of(6, id="id + 1000", seq="7", prev_hash="hash"))
    rehash(7)
    report = verify_chain()
    assert (report.first_bad_seq, report.problem) == (7, "第 7 号事件在链头之后，未经登记。")


def test_a_chain_without_genesis_is_found(chain: list[Event]) -> None:
    execute("UPDATE audit_event SET action = 'x.y' WHERE seq = 1")
    rehash(1)
    assert verify_chain().problem == "第 1 号事件不是创始事件。"


def test_after_a_cut_tail_the_next_event_does_not_hide_it(chain: list[Event]) -> None:
    execute("DELETE FROM audit_event WHERE seq = 6")
    record(action="a.b")
    assert verify_chain().first_bad_seq == 6


def test_events_appended_while_the_chain_is_read_are_no_fault(chain: list[Event], monkeypatch) -> None:
    read_head = chain_service._read_head

    def append_then_read(scan: object) -> ChainHead:
        record(action="meanwhile.appended")
        return read_head(scan)

    monkeypatch.setattr(chain_service, "_read_head", append_then_read)
    report = verify_chain()
    assert (report.ok, report.count) == (True, 7)


@pytest.mark.django_db
def test_an_empty_chain_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    report = verify_chain()
    assert (report.ok, report.count, report.head_seq, report.head_hash) == (True, 0, 0, "")
    call_command("audit_verify")
    assert "共 0 个事件" in capsys.readouterr().out


def test_the_command_prints_the_head_or_fails_with_the_problem(
    chain: list[Event], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("audit_verify")
    assert chain[-1].hash in capsys.readouterr().out
    execute("DELETE FROM audit_event WHERE seq = 3")
    with pytest.raises(CommandError, match="第 3 号事件缺失") as caught:
        call_command("audit_verify")
    assert caught.value.returncode == 1


def test_protect_command_restores_what_is_missing(chain: list[Event], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit_protect")
    assert "audit_event_no_" in capsys.readouterr().out
    call_command("audit_protect")
    assert "无需恢复" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_eight_threads_append_to_one_chain() -> None:
    errors: list[Exception] = []

    def append() -> None:
        try:
            for n in range(15):
                record(action="thread.appended", payload={"n": n})
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=append) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    report = verify_chain(batch=7)
    assert (report.ok, report.count) == (True, 121)  # and one genesis, although all began at once
    assert Event.objects.filter(action="chain.genesis").count() == 1
