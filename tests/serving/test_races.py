"""Whatever is published while pages are being made: no answer after it is an old one."""

from __future__ import annotations

import os
import random
import threading
import time
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.utils import timezone

from policy_pages.baking import rules
from policy_pages.models import Term
from policy_pages.tests.factories import make_document, make_public
from policy_pages.tests.public_reading import path_of
from tests.serving.asking import Node, change

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = 200 if os.environ.get("HUIQITONG_PROVE") else 20


def in_a_thread(work: object) -> None:
    """Run it as another request would, with a connection of its own, to its end."""

    def run() -> None:
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_a_page_published_while_it_is_made(node: Node, kjj: Department) -> None:
    """The maker read the old text and answers after the new one is public: its answer is shown to nobody else."""
    page = make_public(make_document(kjj))
    for number in range(ROUNDS):
        title = f"第 {number} 版的措施"
        Term.objects.update(position=number)  # nothing is kept
        node.counted.meanwhile = lambda title=title: in_a_thread(lambda: change(page, title=title))
        node.ask(path_of(page))
        node.counted.meanwhile = None
        assert title in node.ask(path_of(page)).text
        assert title in node.ask("/policies/").text


def test_a_page_withdrawn_while_it_is_made(node: Node, kjj: Department) -> None:
    page = make_public(make_document(kjj))
    for _round in range(ROUNDS):
        change(page, live=True)
        node.counted.meanwhile = lambda: in_a_thread(lambda: change(page, live=False))
        assert node.ask(path_of(page)).status == 200  # asked before it was withdrawn
        node.counted.meanwhile = None
        assert node.ask(path_of(page)).status == 404
        assert page.title not in node.ask("/policies/").text


def test_the_harness_finds_a_store_that_forgets_first_and_keeps_later(node: Node, kjj: Department) -> None:
    """The seeded defect: the epoch read after the page was made, as a cache that is cleared on publication does."""
    page = make_public(make_document(kjj))
    honest = type(node.application)._memory_of
    asked = node.application._make

    def late(environ: dict, start_response: object, memory: object, key: tuple) -> object:
        chunks = asked(environ, start_response, memory, key)
        now = honest(node.application, node.folder.current(), memory.day)
        now.put(key, memory.get(key))
        return chunks

    node.application._make = late
    node.counted.meanwhile = lambda: in_a_thread(lambda: change(page, live=False))
    node.ask(path_of(page))
    node.counted.meanwhile = None
    assert node.ask(path_of(page)).status == 200


def test_readers_of_two_machines_never_see_an_older_text_after_a_newer_one(
    settings: SettingsWrapper, kjj: Department, tmp_path: Path
) -> None:
    """Two machines on one database, four readers, one publisher: an answer asked for after a publication shows it."""
    settings.HUIQITONG_NODES = 2
    settings.HUIQITONG_BAKE_LEASE = 0.3
    settings.HUIQITONG_BAKE_DIR = str(tmp_path / "first")
    nodes = [Node(tmp_path / "first"), Node(tmp_path / "second")]
    page = make_public(make_document(kjj, title="第 0 版的措施"))
    path, published, stop = path_of(page), [0], threading.Event()
    stale, answers, served = [], [0], [0]

    def read(node: Node) -> None:
        while not stop.is_set():
            known = published[0]  # answered for before this request is sent
            text = node.ask(path).text
            shown = int(text.split("第 ", 1)[1].split(" 版", 1)[0])
            answers[0] += 1
            if shown < known:
                stale.append((known, shown))
        connection.close()

    readers = [threading.Thread(target=read, args=(node,)) for node in nodes * 2]
    for reader in readers:
        reader.start()
    for number in range(1, ROUNDS // 2):
        change(page, title=f"第 {number} 版的措施")
        published[0] = number
        stop.wait(random.uniform(0, 0.05))
    stop.set()
    for reader in readers:
        reader.join()
    served[0] = answers[0] - sum(node.counted.asked for node in nodes)
    for node in nodes:
        node.stop()
    assert stale == []
    assert served[0] > answers[0] / 2  # or nothing was kept, and nothing proven


def test_a_machine_that_has_lost_the_database_shows_nothing_kept(
    settings: SettingsWrapper, kjj: Department, tmp_path: Path
) -> None:
    """It cannot know what another machine publishes meanwhile: after the lease neither it nor its server in front answers from files."""
    settings.HUIQITONG_NODES = 2
    settings.HUIQITONG_BAKE_LEASE = 0.5
    node = Node(tmp_path / "lost")
    assert not node.makes("/guides/") or not node.makes("/guides/")
    assert (node.folder.root / rules.live_name(time.time())).is_dir()
    node.application.follower.stop()  # as if killed, stopped, or hanging at the network
    time.sleep(0.6)
    assert not (node.folder.root / rules.live_name(time.time())).exists()
    assert node.makes("/guides/")


def test_a_withdrawal_ends_what_the_server_in_front_looks_at(
    settings: SettingsWrapper, kjj: Department, tmp_path: Path
) -> None:
    """On the other machine by itself, before the withdrawal is answered; on its own at once."""
    settings.HUIQITONG_NODES = 2
    settings.HUIQITONG_BAKE_LEASE = 0.5
    settings.HUIQITONG_BAKE_DIR = str(tmp_path / "first")
    page = make_public(make_document(kjj))
    first, second = Node(tmp_path / "first"), Node(tmp_path / "second")

    def shown(node: Node) -> bool:
        """Whether nginx would find the page's file now."""
        day = timezone.localdate().isoformat()
        return (
            node.folder.root / rules.live_name(time.time()) / day / path_of(page).strip("/") / "index.html"
        ).exists()

    for node in (first, second):
        node.ask(path_of(page))
    assert shown(first) and shown(second)
    second.application.follower.stop()  # it hears of nothing any more
    change(page, live=False)
    assert not shown(first)
    assert not shown(second)
    first.stop()


def test_what_a_crash_left_is_repaired_by_whoever_looks_next(
    node: Node, kjj: Department, settings: SettingsWrapper
) -> None:
    """Committed, and dead before the link was set: another worker, a start or `tick` sets it."""
    page = make_public(make_document(kjj))
    node.ask(path_of(page))
    settings.HUIQITONG_BAKE_DIR = ""  # the publisher sets no link
    change(page, live=False)
    threading.Event().wait(0.5)
    assert node.ask(path_of(page)).status == 404
