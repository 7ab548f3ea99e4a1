"""The shipped nginx configuration before the real server: the same answers, from files, until anything public changes."""

from __future__ import annotations

import datetime
import itertools
import os
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from policy_pages.baking.folder import Folder, kept
from policy_pages.tests.factories import make_bureau, make_department, make_document, make_public
from policy_pages.tests.public_reading import path_of
from tests.serving.asking import change
from tests.serving.servers import ask, free_port, granian, kill, nginx, require

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from policy_pages.models import PolicyDocumentPage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.once]

#: What each connection and moment says of itself.
OF_THE_MOMENT = {"date", "server", "connection", "keep-alive", "transfer-encoding", "accept-ranges"}


def said(headers: dict[str, str]) -> dict[str, object]:
    """Headers to compare; of the policy for scripts its parts, which Django writes in any order."""
    kept_ones = {name: value for name, value in headers.items() if name not in OF_THE_MOMENT}
    return {**kept_ones, "content-security-policy": set(kept_ones["content-security-policy"].split("; "))}


def test_the_way_of_a_page(settings: SettingsWrapper, tmp_path: Path) -> None:
    require("nginx")
    settings.HUIQITONG_BAKE_DIR = str(tmp_path / "bake")
    make_bureau()
    page = make_public(make_document(make_department("kjj", "市科学技术局")))
    path = path_of(page)
    with granian(tmp_path / "bake") as (behind, process), nginx(tmp_path / "nginx", tmp_path / "bake", behind) as front:
        addresses = ["/", "/policies/", "/guides/", path, f"/zh-hant{path}", f"{path}versions/", "/timeliness/"]
        for address in addresses:
            assert ask(behind, address).status == 200
            for encoding in ("gzip", "identity"):
                direct = ask(behind, address, accept_encoding=encoding)
                served = ask(front, address, accept_encoding=encoding)
                assert served.body == direct.body
                assert said(served.headers) == said(direct.headers)
                assert "last-modified" not in served.headers
                known = ask(front, address, accept_encoding=encoding, if_none_match=direct.headers["etag"])
                assert (known.status, known.body) == (304, b"")
        assert ask(front, path, if_modified_since="Wed, 01 Jan 2070 00:00:00 GMT").status == 200
        _is_the_applications(front, behind)
        _changes_at_once(front, page)
        kill(process)
        assert ask(front, "/policies/").status == 200  # kept: nobody need be asked
        assert {ask(front, address).status for address in ("/policies/?type=guide", "/policies", "/healthz")} == {502}
        assert ask(front, "/policies/", cookie="sessionid=abc").status == 502
        assert ask(front, "/policies/", "POST", content_length="0").status == 502


def _is_the_applications(front: int, behind: int) -> None:
    """What names no page of ours is answered as Django answers it, however it is written."""
    for address in (
        "/index.html",
        "/policies/index.html",
        "/current/",
        "/nothing/",
        "/.lock",
        "/../policies/",
        "/%2e%2e/",
    ):
        assert ask(front, address).status in (400, 404)
    assert ask(front, "/policies/?unknown=1").status == 301
    assert ask(front, "/policies//").status == ask(behind, "/policies//").status != 200
    assert ask(front, "/healthz").body == b"ok"


def _changes_at_once(front: int, page: PolicyDocumentPage) -> None:
    path = path_of(page)
    old = ask(front, path)
    change(page, title="关于另一件事的若干措施")
    new = ask(front, path, if_none_match=old.headers["etag"])
    assert (new.status, "关于另一件事的若干措施" in new.text) == (200, True)
    assert "关于另一件事的若干措施" in ask(front, "/policies/").text
    change(page, live=False)
    assert {ask(front, address).status for address in (path, f"/zh-hant{path}", f"{path}versions/")} == {404}
    assert "关于另一件事的若干措施" not in ask(front, "/policies/").text


def test_of_several_machines_one_whose_site_is_dead_shows_nothing_kept(
    settings: SettingsWrapper, tmp_path: Path
) -> None:
    """Nobody follows the database there any more: what another machine withdraws must not go on being served by its nginx."""
    require("nginx")
    settings.HUIQITONG_BAKE_DIR = ""
    settings.HUIQITONG_NODES = 2  # who publishes waits
    make_bureau()
    page = make_public(make_document(make_department("kjj", "市科学技术局")))
    path, bake = path_of(page), tmp_path / "bake"
    with (
        granian(bake, HUIQITONG_NODES="2") as (behind, process),
        nginx(tmp_path / "nginx", bake, behind, several=True) as front,
    ):
        made = ask(front, path)
        time.sleep(0.3)
        answers = [ask(front, path) for _time in range(20)]
        assert {answer.body for answer in answers} == {made.body}
        # nginx answers itself: granian would name itself in nothing, so it is stopped for a moment shorter than the lease.
        os.killpg(process.pid, signal.SIGSTOP)
        assert ask(front, path).status == 200
        change(page, live=False)
        link = socket.create_connection(("127.0.0.1", front), timeout=1)
        link.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        with pytest.raises(TimeoutError):  # passed on to who does not answer: nothing kept is shown
            link.recv(1)
        link.close()
        os.killpg(process.pid, signal.SIGCONT)
        assert ask(front, path).status == 404


def test_a_link_that_moves_all_the_time_loses_no_page(tmp_path: Path) -> None:
    """nginx looks for the file and opens it after; in between the link may have moved, and the page is made anew then."""
    folder = Folder(tmp_path / "bake")
    # The day of nginx, which is not that of the tests.
    today = subprocess.run(
        ["date", "+%F"], env={"TZ": "Asia/Shanghai"}, capture_output=True, text=True, check=True
    ).stdout.strip()
    folder.write("e1-1-1-1", today, "/guides/", kept("正在申报".encode()))
    stop = threading.Event()

    def move() -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            folder._point(("e1-1-1-1", "e2-2-2-2")[number % 2])

    with nginx(tmp_path / "nginx", folder.root, free_port()) as front:
        mover = threading.Thread(target=move)
        mover.start()
        found = Counter(ask(front, "/guides/").status for _time in range(1500))
        stop.set()
        mover.join()
    assert set(found) == {200, 502}, found  # there is nobody behind to make it anew; a 404 would be the public's


def test_at_midnight_in_shanghai_yesterdays_folder_is_left(tmp_path: Path) -> None:
    """Nobody need wake up: nginx looks into the folder of the day it is."""
    faketime = require("faketime")
    folder = Folder(tmp_path / "bake")
    folder.link.symlink_to("e1-1-1")
    folder.write("e1-1-1", "2026-03-01", "/guides/", kept("正在申报".encode()))
    begin = "2026-03-01 23:59:55"
    with nginx(tmp_path / "nginx", folder.root, free_port(), faketime, begin) as front:
        started = time.monotonic()
        before = ask(front, "/guides/")
        left = 5 - (time.monotonic() - started)
        time.sleep(left + 1)
        after = ask(front, "/guides/")
    assert (before.status, before.text) == (200, "正在申报")
    assert after.status == 502  # there is nobody behind to make today's
    utc = datetime.datetime(2026, 3, 1, 15, 59, 55, tzinfo=datetime.UTC)
    assert utc.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S") == begin
