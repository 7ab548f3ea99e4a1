"""`manage.py bake` and what `tick` does for the kept pages."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from policy_pages.baking.epoch import current_state, put_together
from policy_pages.baking.rules import code_of
from policy_pages.models import PublicChange
from policy_pages.tests.factories import make_document, make_public
from policy_pages.tests.public_reading import path_of

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department
    from tests.serving.asking import Node

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def test_warm_makes_the_most_visited_pages_in_every_variant(
    node: Node, kjj: Department, capsys: pytest.CaptureFixture
) -> None:
    page = make_public(make_document(kjj))
    call_command("bake", "--warm", "--pages", "9")
    path = path_of(page)
    today = timezone.localdate().isoformat()
    for prefix in ("", "/zh-hant", "/elder", "/zh-hant/elder"):
        for address in ("/", "/guides/", path):
            assert node.folder.read(node.folder.current(), today, prefix + address) is not None
    assert "预先生成了 36 份页面" in capsys.readouterr().out


def test_warm_leaves_what_others_serve(node: Node, kjj: Department) -> None:
    """Run with other settings than the site's processes, it would put its own pages in place of theirs."""
    node.application.follower.stop()
    theirs = node.folder.settle("feedbeef")
    with pytest.raises(CommandError, match="相同的环境变量"):
        call_command("bake", "--warm")
    assert node.folder.current() == theirs
    with pytest.raises(CommandError, match="相同的环境变量"):
        call_command("bake", "--anew", "--warm")
    assert node.folder.current() != theirs, "what was asked for beside it is done: everything is old"
    assert code_of(node.folder.current()) == "feedbeef"


def test_anew_makes_everything_old(node: Node, kjj: Department) -> None:
    node.ask("/guides/")
    call_command("bake", "--anew")
    assert node.makes("/guides/")


def test_tick_sets_a_lost_link(node: Node, kjj: Department) -> None:
    node.application.follower.stop()
    node.folder.withdraw()
    call_command("tick")
    assert node.folder.current().startswith(f"{current_state()}-")


@pytest.mark.parametrize(("arguments", "sentence"), [(["--pages", "0"], "1 以上的整数"), ([], "HUIQITONG_BAKE_DIR")])
def test_what_cannot_be_done_is_said(
    node: Node, settings: SettingsWrapper, arguments: list[str], sentence: str
) -> None:
    if not arguments:
        settings.HUIQITONG_BAKE_DIR = ""
    with pytest.raises(CommandError, match=sentence):
        call_command("bake", *arguments)


def test_old_marks_are_put_together_when_they_are_many(node: Node) -> None:
    old = timezone.now() - datetime.timedelta(days=3)
    PublicChange.objects.bulk_create([PublicChange() for _number in range(199)])
    PublicChange.objects.update(made_at=old)
    many = PublicChange.objects.count()
    if many < 200:
        assert put_together() == 0
    PublicChange.objects.bulk_create([PublicChange() for _number in range(5)])
    PublicChange.objects.update(made_at=old)
    PublicChange().save()
    before = current_state()
    assert put_together() == many + 5
    assert PublicChange.objects.count() == 2
    assert current_state() != before
