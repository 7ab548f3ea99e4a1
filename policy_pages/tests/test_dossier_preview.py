"""Above a revision opened from the dossier stands which one it is, and whether the public reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.test import Client
from django.utils import timezone

from policy_pages.tests import factories as f
from policy_pages.tests.test_dossier import preview

if TYPE_CHECKING:
    from accounts.models import Department


def test_above_the_preview_stands_which_revision_it_is_and_whether_the_public_reads_it(
    kjj: Department, login: Any
) -> None:
    page = f.make_public(f.make_document(kjj, summary="第一稿"))
    first = page.live_revision_id
    page = f.make_public(
        f.save_draft(page, change=f.make_change(kjj, kind="amended"), change_note="修订", summary="第二稿")
    )
    second = page.live_revision_id
    page = f.save_draft(page, summary="第三稿", change_note="勘误")
    client = login("spj-audit")
    for revision_id, words in (
        (first, "这一版曾经公开，不是现在公开的内容。"),
        (second, "这就是现在公开的内容。"),
        (page.latest_revision_id, "这一版没有公开过，不是现在公开的内容，公众看不到。"),
    ):
        saved = timezone.localtime(page.revisions.get(pk=revision_id).created_at)
        html = client.get(preview(page, revision_id)).content.decode()
        assert f"版本 {revision_id}，姓名kjj-edit 于 {saved:%Y-%m-%d %H:%M} 保存。{words}" in html
        assert html.index(words) < html.index("<main")
        assert "预览：这一版尚未公开" not in html
    public = Client().get(page.url).content.decode()
    assert "notice" not in public.partition("<main")[0]
    assert f"版本 {second}" not in public
