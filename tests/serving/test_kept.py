"""What is kept, for whom, and until when."""

from __future__ import annotations

import datetime
import fcntl
import logging
import os
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.utils import timezone

from policy_pages.baking import rules
from policy_pages.baking.folder import _writer, kept, this_boot
from policy_pages.baking.wsgi import Memory, answer_of
from policy_pages.models import PolicyDocumentPage, PublicChange, Term
from policy_pages.tests.factories import make_change, make_document, make_guide, make_public, save_draft
from policy_pages.tests.public_reading import path_of
from tests.serving.asking import ask, change

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department
    from tests.serving.asking import Node

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


class TestOnePage:
    """A page asked for twice is made once."""

    def test_it_is_kept_in_files_and_in_memory(self, node: Node, kjj: Department) -> None:
        page = make_public(make_document(kjj))
        path = path_of(page)
        made, again = node.ask(path), node.ask(path)
        assert node.counted.asked == 1
        assert made.text == again.text
        assert page.title in made.text
        folder = node.folder.root / node.folder.current() / timezone.localdate().isoformat() / path.strip("/")
        assert {file.name for file in folder.iterdir()} == {"index.html", "index.html.gz"}
        assert (folder / "index.html").read_bytes() == made.body

    def test_another_worker_takes_it_from_the_file(self, node: Node, kjj: Department) -> None:
        path = path_of(make_public(make_document(kjj)))
        node.ask("/")
        body = node.ask(path).body
        node.application._memory = Memory("", "", 10**6)
        assert not node.makes(path)
        assert node.ask(path).body == body

    def test_it_says_what_django_says(self, node: Node, kjj: Department) -> None:
        direct, once = ask(node.counted.django, "/guides/"), node.ask("/guides/")
        own = rules.OWN_HEADERS
        assert {n: v for n, v in once.headers.items() if n not in own} == {
            n: v for n, v in direct.headers.items() if n not in own
        }
        assert once.body == direct.body

    def test_who_has_it_is_told_so(self, node: Node, kjj: Department) -> None:
        for encoding in ("gzip, br", "identity"):
            etag = node.ask("/guides/", accept_encoding=encoding).headers["etag"]
            for known in (etag, f'W/{etag}, "x"', "*"):
                reply = node.ask("/guides/", accept_encoding=encoding, if_none_match=known)
                assert (reply.status, reply.body) == (304, b"")
                assert reply.headers["cache-control"] == "no-cache"
            assert node.ask("/guides/", accept_encoding=encoding, if_none_match='"other"').status == 200

    def test_a_first_conditional_request_is_kept_whole(self, node: Node, kjj: Department) -> None:
        assert node.ask("/feed.atom", if_none_match="*").status == 304
        assert "<feed" in node.ask("/feed.atom").text

    def test_head_is_answered_without_a_body(self, node: Node, kjj: Department) -> None:
        page = node.ask("/guides/")
        head = node.ask("/guides/", "HEAD")
        assert (head.status, head.body, head.headers) == (200, b"", page.headers)

    def test_packed_for_those_who_take_it(self, node: Node, kjj: Department) -> None:
        plain = node.ask("/guides/", accept_encoding="identity")
        for said, is_packed in {
            "gzip": True,
            "br, gzip;q=0.5": True,
            "*": True,
            "gzip;q=0": False,
            "br": False,
        }.items():
            reply = node.ask("/guides/", accept_encoding=said)
            assert (reply.headers.get("content-encoding") == "gzip") is is_packed
            assert reply.text == plain.text
            assert int(reply.headers["content-length"]) == len(reply.body)
            assert reply.headers["vary"] == "Accept-Encoding"

    def test_a_search_is_kept_in_memory_only(self, node: Node, kjj: Department) -> None:
        make_public(make_document(kjj))
        address = "/search/?q=%E7%A0%94%E5%8F%91"
        node.ask(address)
        assert not node.makes(address)
        assert not list(node.folder.root.rglob("search"))


class TestNotKept:
    """What is somebody's own, of this moment, or no page of ours."""

    @pytest.mark.parametrize(
        "address",
        [
            "/healthz",
            "/readyz",
            "/nothing-here/",
            "/corrections/",
            "/corrections/new/",
            "/admin/login/",
            "/visits/3.gif",
            "/policies/?unknown=1",
            "/policies/../policies/",
            "/static/css/site.css",
        ],
    )
    def test_an_address(self, node: Node, kjj: Department, address: str) -> None:
        node.ask(address)
        assert node.makes(address)

    def test_who_is_logged_in_is_answered_by_django(self, node: Node, kjj: Department) -> None:
        node.ask("/guides/")
        assert node.makes("/guides/", cookie="a=b; sessionid=abc")
        assert not node.makes("/guides/", cookie="a=b; csrftoken=abc")

    def test_nothing_else_is_taken_from_what_is_kept(self, node: Node, kjj: Department) -> None:
        node.ask("/guides/")
        before = node.counted.asked
        node.ask("/guides/", "POST")
        assert node.counted.asked == before + 1

    def test_without_tls_who_must_come_by_it(self, node: Node, kjj: Department, settings: SettingsWrapper) -> None:
        node.ask("/guides/")
        node.application.needs_tls = settings.SECURE_SSL_REDIRECT = True
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        assert node.ask("/guides/").status == 200  # asked of Django, whose middleware began without
        assert node.makes("/guides/")
        assert not node.makes("/guides/", x_forwarded_proto="https")

    def test_a_path_that_a_server_may_read_otherwise_has_no_file(self) -> None:
        for path in (
            "/a/../b/",
            "/a//b/",
            "/a/./b/",
            "/.hidden/",
            "/a",
            "/index.html",
            "/文/",
            "/a%2fb/",
            "/" + "a" * 500 + "/",
        ):
            assert rules.folder_of(path) is None
        assert rules.folder_of("/") == ""
        assert rules.folder_of("/zh-hant/policies/kjj/wj-1/versions/2/") == "zh-hant/policies/kjj/wj-1/versions/2"
        assert rules.folder_of("/policies/kjj/wj-1/versions/1..2/") is None


class TestUntilWhen:
    """A change, midnight."""

    def test_a_publication_shows_at_the_next_request(self, node: Node, kjj: Department) -> None:
        page = make_public(make_document(kjj))
        old = node.ask(path_of(page))
        listed = node.ask("/policies/").text
        change = make_change(kjj, title="新的措施", kind="amended")
        make_public(save_draft(page, title="新的措施", change=change, change_note="改名"))
        new = node.ask(path_of(page), if_none_match=old.headers["etag"])
        assert (new.status, "新的措施" in new.text) == (200, True)
        assert "新的措施" in node.ask("/policies/").text
        assert "新的措施" not in listed

    def test_what_is_unpublished_is_gone_in_every_form(self, node: Node, kjj: Department) -> None:
        page = make_public(make_document(kjj))
        addresses = [path_of(page), f"/zh-hant{path_of(page)}", f"/elder{path_of(page)}", f"{path_of(page)}versions/"]
        assert {node.ask(address).status for address in addresses} == {200}
        PolicyDocumentPage.objects.get(pk=page.pk).unpublish()
        assert {node.ask(address).status for address in addresses} == {404}

    def test_the_same_page_has_the_same_etag_in_every_epoch(self, node: Node, kjj: Department) -> None:
        etag = node.ask("/guides/").headers["etag"]
        Term.objects.create(vocabulary="theme", code="zz", name="没有内容的主题")
        assert node.ask("/guides/", if_none_match=etag).status == 304

    def test_at_midnight_the_window_closes(self, node: Node, kjj: Department) -> None:
        today = timezone.localdate()
        guide = make_public(make_guide(kjj, window_type="fixed_window", window_start=today, window_end=today))
        tomorrow = datetime.datetime.combine(
            today + datetime.timedelta(days=1), datetime.time(), timezone.get_current_timezone()
        )
        with time_machine.travel(tomorrow - datetime.timedelta(seconds=1), tick=False):
            before = node.ask(path_of(guide)).text
        with time_machine.travel(tomorrow, tick=False):
            after = node.ask(path_of(guide)).text
        assert "已截止" not in before
        assert "已截止" in after

    def test_a_page_made_over_midnight_is_shown_to_nobody_else(self, node: Node, kjj: Department) -> None:
        today = timezone.localdate()
        guide = make_public(make_guide(kjj, window_type="fixed_window", window_start=today, window_end=today))
        midnight = datetime.datetime.combine(
            today + datetime.timedelta(days=1), datetime.time(), timezone.get_current_timezone()
        )
        with time_machine.travel(midnight - datetime.timedelta(seconds=1), tick=False) as clock:
            node.counted.meanwhile = lambda: clock.move_to(midnight)
            assert "已截止" not in node.ask(path_of(guide)).text
            node.counted.meanwhile = None
            assert "已截止" in node.ask(path_of(guide)).text


class TestRoom:
    """Bounds of memory, and a disk that takes nothing."""

    def test_memory_forgets_what_was_not_asked_for_longest(self) -> None:
        answers = {letter: answer_of(kept(letter.encode() * 3000), []) for letter in "abcdefghijklmnop"}
        room = Memory("e", "d", answers["a"].size * 12)
        for letter, answer in answers.items():
            room.put((letter, ""), answer)
            room.get(("a", ""))
        assert room.bytes <= room.most_bytes
        assert room.get(("a", "")) is answers["a"]
        assert room.get(("b", "")) is None
        assert room.get(("p", "")) is answers["p"]

    def test_what_would_push_out_everything_is_not_kept(self) -> None:
        room = Memory("e", "d", 50_000)
        assert room.takes(4_000)
        assert not room.takes(9_000)

    def test_a_disk_that_takes_no_page_costs_time_only(
        self, node: Node, kjj: Department, caplog: pytest.LogCaptureFixture
    ) -> None:
        (node.folder.root / node.folder.current()).write_text("here no folder can be made")
        with caplog.at_level(logging.WARNING, "policy_pages.baking"):
            assert node.ask("/guides/").status == 200
        assert "could not be written" in caplog.text
        assert not [file for file in node.folder.root.rglob(".*") if file.name not in (".lock",)]

    def test_a_link_that_cannot_be_set_is_taken_away(self, node: Node, kjj: Department) -> None:
        """As on a full disk: the old pages must not stay."""
        page = make_public(make_document(kjj))
        node.ask(path_of(page))
        (node.folder.root / f".link-{_writer()}").mkdir()  # where the new link would be made
        PolicyDocumentPage.objects.get(pk=page.pk).unpublish()
        assert node.folder.current() == ""
        assert node.ask(path_of(page)).status == 404

    def test_a_process_that_was_stopped_in_between_stops_nobody(self, node: Node, kjj: Department) -> None:
        """It holds the lock for ever: the others show nothing kept rather than what may be old."""
        handle = os.open(node.folder.root / ".lock", os.O_RDWR)
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert node.folder.settle() == node.folder.current() == ""
        os.close(handle)
        assert node.folder.settle() != ""

    def test_commands_leave_the_servers_mark(self, node: Node, kjj: Department) -> None:
        served = node.folder.current()
        assert node.folder.settle() == served
        node.application.follower.stop()
        assert rules.code_of(node.folder.settle("abc")) == "abc"
        assert rules.code_of(node.folder.settle()) == "abc"
        assert rules.code_of("") == "0"

    def test_another_release_keeps_nothing_under_this_ones_name(self, node: Node, kjj: Department) -> None:
        """While a new release starts beside the old one, the old one's pages would be the new one's."""
        node.application.follower.stop()
        node.folder.settle("abc")
        assert node.makes("/guides/")
        assert node.makes("/guides/")
        assert not list((node.folder.root / node.folder.current()).rglob("index.html"))

    def test_no_folder_is_entered_twice(self, node: Node, kjj: Department) -> None:
        """A database that was restored comes back to a state; what was kept too late under its name stays where it is."""
        before = node.folder.current()
        node.ask("/guides/")
        marks = list(PublicChange.objects.values())
        Term.objects.update(position=9)
        node.ask("/guides/")
        PublicChange.objects.exclude(pk__in=[mark["id"] for mark in marks]).delete()
        node.folder.settle()
        assert rules.epoch_of(node.folder.current()) == rules.epoch_of(before)
        assert node.folder.current() != before
        assert node.makes("/guides/")

    def test_a_link_that_can_neither_be_set_nor_removed_is_not_followed(self, node: Node, kjj: Department) -> None:
        """A disk that was remounted to be read only; a directory in place of the link stands for it."""
        node.application.follower.stop()
        page = make_public(make_document(kjj))
        node.ask(path_of(page))
        link = node.folder.current()
        node.folder.link.unlink()
        node.folder.link.mkdir()
        node.folder._link = str(node.folder.root / "as it was")
        (node.folder.root / "as it was").symlink_to(link)
        assert not node.makes(path_of(page))
        change(page, live=False)
        assert node.folder.settle() == ""
        assert node.ask(path_of(page)).status == 404

    def test_a_file_cut_short_is_not_served(self, node: Node, kjj: Department) -> None:
        node.ask("/guides/")
        day = timezone.localdate().isoformat()
        assert node.folder.read(node.folder.current(), day, "/guides/") is not None
        file = node.folder.root / node.folder.current() / day / "guides/index.html"
        file.write_bytes(file.read_bytes()[:1000])
        assert node.folder.read(node.folder.current(), day, "/guides/") is None

    def test_what_was_kept_before_the_machine_started_is_gone(self, node: Node, kjj: Department) -> None:
        """A power cut may leave empty files."""
        assert not node.folder.forget_earlier_boot("first")
        node.folder.settle(node.application.follower.code)
        node.ask("/guides/")
        assert not node.folder.forget_earlier_boot("first")
        assert list(node.folder.root.rglob("index.html"))
        assert node.folder.forget_earlier_boot("second")
        assert not list(node.folder.root.rglob("index.html"))
        assert this_boot()

    def test_old_epochs_and_days_go(self, node: Node, kjj: Department) -> None:
        for number in range(5):
            node.ask("/guides/")
            Term.objects.filter(vocabulary="theme").update(position=number)
        node.ask("/guides/")
        yesterday = node.folder.root / node.folder.current() / "2020-01-01"
        yesterday.mkdir()
        assert node.folder.sweep(timezone.localdate().isoformat()) == 4
        left = [path.name for path in node.folder.root.iterdir() if rules.is_epoch_folder(path.name)]
        assert len(left) == 3
        assert node.folder.current() in left
        assert not yesterday.exists()
