"""Control characters pasted from Word or a database: no page keeps one, and an old one takes nothing away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.models import GuideBasis, PolicyDocumentPage
from policy_pages.rules import printable, printable_within
from policy_pages.services.listed import relist
from policy_pages.tests.factories import make_document, make_guide, make_public

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

#: XML 1.0, §2.2: all that a document may hold.
XML = {0x9, 0xA, 0xD, *range(0x20, 0xD800), *range(0xE000, 0xFFFE), *range(0x10000, 0x110000)}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_left_fits_xml(text: str) -> None:
    left = printable(text)
    assert {ord(char) for char in left} <= XML
    assert [char for char in text if ord(char) in XML and char != "\x7f"] == [
        char for char, was in zip(left, _kept(text), strict=True) if was
    ]


def _kept(text: str) -> list[bool]:
    """For each character that is left, whether it stood there: a break of Word's did not."""
    return [ord(char) in XML for char in text if (ord(char) in XML and char != "\x7f") or char in "\x0b\x0c"]


def test_every_text_of_a_value_is_looked_at() -> None:
    value = [{"type": "article", "value": {"text": "甲\x0b乙\x1f", "rows": ["\x00丙", 3, None, True]}}]
    assert printable_within(value) == [{"type": "article", "value": {"text": "甲\n乙", "rows": ["丙", 3, None, True]}}]


@pytest.mark.django_db
def test_a_draft_keeps_none(kjj: Department) -> None:
    page = make_document(
        kjj,
        title="研发\x0b办法",
        summary="第一行\x0b第二行\x1f",
        body=[("article", {"number": "第一条", "text": "<p>支持\x02企业。</p>"})],
    )
    draft = page.get_latest_revision_as_object()
    assert (draft.title, draft.summary) == ("研发 办法", "第一行 第二行"), "both of one line"
    assert draft.body[0].value["text"].source == "<p>支持企业。</p>"


@pytest.mark.django_db
def test_a_row_beside_the_page_keeps_none(kjj: Department) -> None:
    guide = make_guide(kjj, document=make_public(make_document(kjj)))
    basis = guide.bases.get()
    basis.clause = "第一条\x0b第二款"
    guide.bases.add(basis)
    guide.save_revision()
    [row] = guide.get_latest_revision_as_object().bases.all()
    assert isinstance(row, GuideBasis)
    assert row.clause == "第一条 第二款"


@pytest.mark.django_db
def test_a_feed_outlives_an_old_text_that_holds_one(client: Client, kjj: Department) -> None:
    page = make_public(make_document(kjj, summary="摘要"))
    PolicyDocumentPage.objects.filter(pk=page.pk).update(title="旧\x1f文件", summary="第一行\x0b第二行")
    relist()
    for address in ("/feed.atom", "/departments/kjj/feed.atom", "/open-data/policies.atom"):
        [entry] = feedparser.parse(client.get(address).content).entries
        assert entry.title == "【新增】旧文件"
        assert "第一行" in entry.summary
