"""Visits are counted once whatever happens in between, and shown with their day."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import textwrap
import threading
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from policy_pages.models import PolicyDocumentPage, VisitCount, VisitFile
from policy_pages.tests import factories as f
from policy_pages.tests.public_reading import read, words
from policy_pages.tests.visit_files import TODAY, YESTERDAY, D, at, counts, file_of, lines
from policy_pages.visits import collecting
from policy_pages.visits.collecting import collect_visits, public_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Department

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_process")]


@pytest.fixture
def page(kjj: Department) -> PolicyDocumentPage:
    return f.make_public(f.make_document(kjj))


# --- Collecting --------------------------------------------------------------------------------------------------------


def test_tick_counts_by_page_and_day(browser: Client, page: PolicyDocumentPage, kjj: Department) -> None:
    with at("11-24T23:59:59"):
        browser.post(f"/visits/{page.pk}/")
    with at("11-25T00:00:00"):
        browser.post(f"/visits/{page.pk}/")
        browser.get(f"/visits/{page.pk}.gif")
        browser.post(f"/visits/{kjj.section_page_id}/")
    with at("11-25T09:30:00"):
        assert collect_visits() == 4
        assert collect_visits() == 0, "the second run finds nothing"
    assert counts() == {(page.pk, YESTERDAY): 1, (page.pk, TODAY): 2, (kjj.section_page_id, TODAY): 1}
    assert set(VisitCount.objects.values_list("department", flat=True)) == {kjj.pk}


def test_a_late_line_is_added_to_its_day(visits_dir: Path, page: PolicyDocumentPage) -> None:
    path = file_of(visits_dir, lines(("11-24T10:00:00", page.pk)), day="2026-11-24")
    with at("11-25T00:30:00"):
        collect_visits()
        with path.open("ab") as file:
            file.write(lines(("11-24T23:59:00", page.pk)))
        assert collect_visits() == 1
    assert counts() == {(page.pk, YESTERDAY): 2}


def test_half_a_line_waits_for_its_other_half(visits_dir: Path, page: PolicyDocumentPage) -> None:
    whole = lines(("11-25T10:00:00", page.pk))
    path = file_of(visits_dir, whole + whole[:7])
    assert collect_visits() == 1
    path.write_bytes(whole + whole)
    assert collect_visits() == 1
    assert counts() == {(page.pk, TODAY): 2}


def test_only_pages_that_are_or_were_public_are_counted(
    visits_dir: Path, page: PolicyDocumentPage, kjj: Department
) -> None:
    draft = f.make_document(kjj)
    withdrawn = f.make_public(f.make_document(kjj))
    PolicyDocumentPage.objects.filter(pk=withdrawn.pk).update(live=False)
    home = page.get_ancestors().get(depth=2)
    told = [("11-25T08:00:00", one) for one in (page.pk, draft.pk, withdrawn.pk, home.pk, 1, 2_000_000_000)]
    file_of(visits_dir, lines(*told))
    assert collect_visits() == 3
    assert set(counts()) == {(one, TODAY) for one in (page.pk, withdrawn.pk, home.pk)}
    assert public_pages()[home.pk] is None


def test_the_file_of_a_past_day_goes_when_it_is_read_and_not_before(visits_dir: Path, page: PolicyDocumentPage) -> None:
    path = file_of(visits_dir, lines(("11-24T10:00:00", page.pk)), day="2026-11-24")
    with at("11-25T00:59:59"):
        collect_visits()
        assert path.exists()
    with at("11-25T01:00:00"):
        collect_visits()
        assert not path.exists()
        collect_visits()
    assert counts() == {(page.pk, YESTERDAY): 1}
    with at("11-26T01:00:00"):
        assert VisitFile.objects.count() == 1
    with time_machine.travel("2027-12-31 01:00 +0800", tick=False):
        collect_visits()
    assert VisitFile.objects.count() == 0


def test_a_file_whose_row_is_forgotten_is_not_read_again(visits_dir: Path, page: PolicyDocumentPage) -> None:
    file_of(visits_dir, lines(("11-24T10:00:00", page.pk)), day="2025-10-01")
    file_of(visits_dir, lines(("11-24T10:00:00", page.pk)), day="2026-99-99")
    (visits_dir / "notes.log").write_text("x")
    assert collect_visits() == 0
    assert len(list(visits_dir.iterdir())) == 3


class Power(BaseException):
    """The machine is off."""


def crash(*args: Any, **kwargs: Any) -> None:
    raise Power


@pytest.mark.parametrize("point", ["while it counts", "before it notes how far it read", "before the file is removed"])
def test_a_crash_counts_nothing_twice_and_loses_nothing(
    visits_dir: Path, page: PolicyDocumentPage, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    file_of(visits_dir, lines(*[("11-24T10:00:00", page.pk)] * 5), day="2026-11-24")
    with monkeypatch.context() as broken:
        if point == "while it counts":
            broken.setattr(VisitCount.objects, "filter", crash)
        elif point == "before it notes how far it read":
            broken.setattr(VisitFile, "save", crash)
            VisitFile.objects.bulk_create([VisitFile(name="2026-11-24-0123456789abcdef.log", day=YESTERDAY)])
        else:
            broken.setattr(Path, "unlink", crash)
        with pytest.raises(Power):
            collect_visits()
    is_counted = point == "before the file is removed"
    assert counts() == ({(page.pk, YESTERDAY): 5} if is_counted else {})
    assert collect_visits() == (0 if is_counted else 5)
    assert counts() == {(page.pk, YESTERDAY): 5}
    assert list(visits_dir.iterdir()) == []


def test_a_file_that_vanished_meanwhile_is_none(visits_dir: Path, page: PolicyDocumentPage) -> None:
    path = file_of(visits_dir, lines(("11-25T10:00:00", page.pk)))
    path.unlink()
    assert collecting._take(path, TODAY, lambda lines: pytest.fail("there is nothing to count"), "") is None
    assert collecting._size(path) == 0


#: A process of its own that notes visits of one page, as a worker of the server does.
WORKER = textwrap.dedent("""
    import datetime, sys, zoneinfo
    from pathlib import Path
    from policy_pages.visits import log
    folder, page, number, token = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    if token:
        log._process.token = lambda: token
    now = datetime.datetime(2026, 11, 25, 9, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))
    for place in range(number):
        assert log.append(folder, now + datetime.timedelta(seconds=place % 3600), page)
""")


@pytest.mark.parametrize("token", ["", "0123456789abcdef"], ids=["own files", "one file"])
def test_processes_that_note_at_once_lose_nothing_while_a_third_counts(
    visits_dir: Path, page: PolicyDocumentPage, token: str
) -> None:
    """Real processes, into files of their own as ever, and even into the same."""
    environment = {**os.environ, "PYTHONPATH": str(project.BASE_DIR)}
    command = [sys.executable, "-c", WORKER, str(visits_dir), str(page.pk), "4000", token]
    workers = [subprocess.Popen(command, env=environment, cwd=project.BASE_DIR) for _place in range(2)]
    counted, rounds = 0, 0
    while any(worker.poll() is None for worker in workers):
        counted, rounds = counted + collect_visits(), rounds + 1
    counted += collect_visits()
    assert [worker.returncode for worker in workers] == [0, 0]
    assert rounds > 1, "power check"
    assert counted == 8000
    assert counts() == {(page.pk, TODAY): 8000}
    assert len(list(visits_dir.iterdir())) == (1 if token else 2)


@pytest.mark.django_db(transaction=True)
def test_two_that_collect_at_once_count_each_visit_once(visits_dir: Path) -> None:
    """`tick` may be slow and meet the next one; each has a connection of its own."""
    f.make_bureau()
    pages = [f.make_public(f.make_document(f.make_department(code, code))).pk for code in ("kjj", "gxj")]
    for mark in "0123":
        told = lines(*[("11-25T10:00:00", page) for page in pages] * 2_000)
        file_of(visits_dir, told * 20, mark=mark * 16)  # more than a piece each
    counted: list[int] = []

    def collect() -> None:
        try:
            counted.append(collect_visits())
        finally:
            connection.close()

    threads = [threading.Thread(target=collect) for _place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counted) == 2
    assert sum(counted) == 4 * 80_000
    assert counts() == {(page, TODAY): 160_000 for page in pages}


@pytest.mark.slow
@pytest.mark.once
def test_a_million_lines_are_counted_in_bounded_memory_and_time(visits_dir: Path, page: PolicyDocumentPage) -> None:
    block = lines(*[("11-25T10:00:00", page.pk), ("11-25T11:00:00", 2_000_000_000)] * 5_000)
    path = file_of(visits_dir, b"")
    with path.open("wb") as file:
        for _time in range(100):
            file.write(block)
    began = time.process_time()
    tracemalloc.start()
    assert collect_visits() == 500_000
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * 1024 * 1024, "pieces of a megabyte, not the file"
    assert time.process_time() - began < 60
    assert counts() == {(page.pk, TODAY): 500_000}


def test_a_million_made_up_pages_take_no_room(visits_dir: Path, page: PolicyDocumentPage) -> None:
    file_of(visits_dir, b"".join(b"1795570200 %d\n" % (10**9 + place) for place in range(200_000)))
    with CaptureQueriesContext(connection) as asked:
        assert collect_visits() == 0
    assert VisitCount.objects.count() == 0
    assert len(asked) < 80


def test_a_megabyte_without_end_of_line_is_passed_over(visits_dir: Path, page: PolicyDocumentPage) -> None:
    file_of(visits_dir, b"x" * (collecting.PIECE + 5) + b"\n" + lines(("11-25T10:00:00", page.pk)))
    assert collect_visits() == 1


def test_tick_says_what_it_counted_and_what_it_could_not(
    browser: Client, page: PolicyDocumentPage, visits_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    browser.post(f"/visits/{page.pk}/")
    call_command("tick")
    assert "汇总了 1 次访问" in capsys.readouterr().out
    (path,) = visits_dir.iterdir()
    path.unlink()
    path.mkdir()  # what cannot be read
    os.utime(path)
    VisitFile.objects.update(taken=0)
    with pytest.raises(CommandError, match="访问次数未能汇总"):
        call_command("tick")


# --- Shown -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def read_often(page: PolicyDocumentPage, kjj: Department) -> Iterator[PolicyDocumentPage]:
    """1,234 visits to the end of yesterday, five today."""
    for day, number in ((D(2026, 10, 1), 1000), (YESTERDAY, 234), (TODAY, 5)):
        VisitCount.objects.create(page=page.pk, department=kjj, day=day, number=number)
    with at("11-25T09:30:00"):
        yield page


def test_a_policy_page_says_how_often_it_was_read_and_until_when(
    client: Client, read_often: PolicyDocumentPage
) -> None:
    assert "浏览 1,234 次（截至 2026-11-24）" in words(read(client, read_often))


def test_the_day_is_the_last_that_was_counted_on_the_site(
    client: Client, read_often: PolicyDocumentPage, kjj: Department
) -> None:
    with at("11-28T09:30:00"):
        assert "浏览 1,239 次（截至 2026-11-25）" in words(read(client, read_often)), "tick stood still since"
        VisitCount.objects.create(page=kjj.section_page_id, department=kjj, day=D(2026, 11, 27), number=1)
        assert "浏览 1,239 次（截至 2026-11-27）" in words(read(client, read_often))


def test_a_page_nobody_has_read_says_nothing(client: Client, page: PolicyDocumentPage, kjj: Department) -> None:
    assert "浏览 " not in words(read(client, page))
    VisitCount.objects.create(page=page.pk, department=kjj, day=timezone.localdate(), number=5)
    assert "浏览 " not in words(read(client, page)), "today is not over"


def test_the_number_costs_one_query_however_many_days(client: Client, read_often: PolicyDocumentPage) -> None:
    def queries() -> list[dict]:
        with CaptureQueriesContext(connection) as asked:
            read(client, read_often)
        return [query for query in asked.captured_queries if "visitcount" in query["sql"]]

    assert len(queries()) == 1
    for place in range(60):
        VisitCount.objects.create(page=read_often.pk, day=D(2026, 1, 1) + datetime.timedelta(days=place), number=1)
    assert len(queries()) == 1


def test_every_public_page_of_the_tree_carries_the_counter_and_previews_do_not(
    client: Client, page: PolicyDocumentPage, kjj: Department, login: Any
) -> None:
    guide, library = f.make_public(f.make_guide(kjj)), page.get_ancestors().get(depth=3)
    for shown, url in (
        (page.get_ancestors().get(depth=2), "/"),
        (library, "/policies/"),
        (kjj.section_page, "/policies/kjj/"),
        (page, f"/policies/kjj/{page.slug}/"),
        (guide, f"/policies/kjj/{guide.slug}/"),
    ):
        html = client.get(url).content.decode()
        assert f'defer data-visit="/visits/{shown.pk}/"' in html
        assert (
            f'<noscript><img class="beacon" src="/visits/{shown.pk}.gif" width="1" height="1" alt=""></noscript>'
            in html
        )
    draft = f.save_draft(page, title="改过的标题")
    url = reverse("policy_pages_dossier_revision", args=[page.pk, draft.latest_revision_id])
    response = login("kjj-edit").get(url)
    assert response.status_code == 200
    assert "/visits/" not in response.content.decode()


def test_a_count_does_not_touch_the_page(visits_dir: Path, page: PolicyDocumentPage) -> None:
    """Nothing of the tables that make a page is written: what is kept as a file stays."""
    file_of(visits_dir, lines(("11-25T10:00:00", page.pk)))
    with CaptureQueriesContext(connection) as asked:
        collect_visits()
    written = {query["sql"].split('"')[1] for query in asked if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))}
    assert written == {"policy_pages_visitcount", "policy_pages_visitfile"}
