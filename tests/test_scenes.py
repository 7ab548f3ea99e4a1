"""A repeated scene is the built one, row for row and file for file, and is not repeated where that is not certain."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection, transaction

from accounts.models import Department
from accounts.tests.conftest import bureau, gxj, kjj  # noqa: F401 -- fixtures
from policy_pages.tests import factories as f
from tests.attacks.world import changed, everything
from tests.scenes import MARKS, journal, scene

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, object]]:
    """Builds a department with a submitted page and a file, and counts how often; no recording of another test is met."""
    monkeypatch.setattr(journal, "kept", {})

    def build() -> dict[str, object]:
        build.calls += 1
        f.make_bureau()
        department = f.make_department()
        return {
            "department": department,
            "file": f.make_file(department),
            "page": f.hand_in(f.make_document(department)),
        }

    build.calls = 0
    return build


def again(build: Callable[[], object], name: str = "scene") -> tuple[object, dict[str, list[tuple]]]:
    """The scene as a test would get it that begins now: what it returned and every row; then all is rolled back."""
    journal.state = ()
    with transaction.atomic():
        made = scene(name, build)
        rows = everything()
        transaction.set_rollback(True)
    return made, rows


def test_the_repeated_scene_is_the_built_one(builder: Callable[[], object], media_root: Path) -> None:
    built, rows = again(builder)
    stored = media_root / built["file"].file.name
    stored.unlink()
    with transaction.atomic():  # whatever another test took from the sequences
        Group.objects.create(name="taken")
        transaction.set_rollback(True)
    repeated, rows_again = again(builder)
    assert builder.calls == 1
    assert repeated == built
    assert len(rows["accounts_department"]) == 2, "power: the rows are there to be compared"
    marks = MARKS.strip('"')
    assert len(rows.pop(marks)) == len(rows_again.pop(marks))  # made by the watch both times; each has a random number
    assert [table for table in rows if rows[table] != rows_again[table]] == []
    assert stored.read_bytes() == b"%PDF-1.4 form"


def test_what_comes_after_a_repeated_scene_finds_its_keys_free(builder: Callable[[], object]) -> None:
    again(builder)
    journal.state = ()
    made = scene("scene", builder)
    f.make_department("gxj", "工业和信息化局")
    f.make_public(f.make_document(made["department"], title="另一份办法"))
    assert builder.calls == 1
    assert Department.objects.count() == 3


def test_after_another_write_the_scene_is_built(builder: Callable[[], object]) -> None:
    again(builder)
    journal.state = ()
    Group.objects.create(name="something else")
    scene("scene", builder)
    assert builder.calls == 2
    assert journal.state is None


def test_a_read_or_a_savepoint_is_no_write(builder: Callable[[], object]) -> None:
    again(builder)
    journal.state = ()
    with transaction.atomic():
        assert not Department.objects.exists()
    scene("scene", builder)
    assert builder.calls == 1


@pytest.mark.parametrize("days", [-200, -1, 1, 200])
def test_on_another_day_the_scene_is_built(builder: Callable[[], object], days: int) -> None:
    with time_machine.travel("2026-06-10 10:00 +0800", tick=False) as clock:
        again(builder)
        clock.shift(datetime.timedelta(days=days))
        again(builder)
        assert builder.calls == 2


@pytest.mark.parametrize(("minutes", "calls"), [(-1, 2), (59, 1), (61, 2)])
def test_within_the_hour_it_is_repeated_and_never_before_its_time(
    builder: Callable[[], object], minutes: int, calls: int
) -> None:
    with time_machine.travel("2026-06-10 10:00 +0800", tick=False) as clock:
        again(builder)
        clock.shift(datetime.timedelta(minutes=minutes))
        again(builder)
        assert builder.calls == calls


def test_a_scene_on_a_scene_belongs_to_it(builder: Callable[[], object]) -> None:
    """The same name after another beginning is another scene."""
    for first in ("one", "other", "one"):
        journal.state = ()
        with transaction.atomic():
            scene(first, lambda name=first: Group.objects.create(name=name))
            scene("scene", builder)
            transaction.set_rollback(True)
    assert builder.calls == 2


def test_a_builder_that_takes_something_back_is_not_repeated(builder: Callable[[], object]) -> None:
    def build() -> None:
        builder()
        with transaction.atomic():
            Group.objects.create(name="gone")
            transaction.set_rollback(True)

    again(build)
    again(build)
    assert builder.calls == 2


def test_a_failing_builder_ends_the_certainty() -> None:
    journal.state = ()
    with pytest.raises(ZeroDivisionError):
        scene("broken", lambda: 1 / 0)
    assert journal.state is None
    assert journal.recording is None


def test_every_test_begins_certain_unless_an_outer_transaction_is_open() -> None:
    assert connection.in_atomic_block
    assert journal.state == ()
    journal.begin_test()
    assert journal.state is None


def test_the_fixtures_everywhere_are_scenes(request: pytest.FixtureRequest) -> None:
    department = request.getfixturevalue("kjj")
    request.getfixturevalue("gxj")
    assert len(journal.state) == 3
    before = everything()
    department.name = "另一个名字"
    department.save()
    assert changed(before), "power: a write is seen"
    assert journal.state is None
