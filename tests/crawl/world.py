"""A small city on which every kind of public page exists: all states, both levels, an ended unit, a retired report."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import time_machine
from django.utils import timezone

from policy_pages.models import GuideBasis, InterpretationPage, Term
from policy_pages.models.interpretations import ExplainedDocument
from policy_pages.services.reports import freeze_report
from policy_pages.tests import factories as f
from policy_pages.tests.test_public_lists import put_on_shelf, shelve_document, shelve_guide
from tests.scenes import scene

if TYPE_CHECKING:
    from accounts.models import Department

BODY = [
    ("chapter", {"number": "第一章", "title": "总则"}),
    ("article", {"number": "第一条", "text": "<p>为支持企业研发，制定本办法。</p>"}),
    ("article", {"number": "第二条", "text": "<p>对研发投入给予后补助。</p>"}),
]


def make_city() -> dict[str, Department]:
    """Five units' sections, two lists longer than a page, everything linked to everything it rests on."""
    return scene("crawled city", _build)


def _build() -> dict[str, Department]:
    f.make_bureau()
    units = {
        "kjj": f.make_department("kjj", "科学技术局"),
        "gxj": f.make_department("gxj", "工业和信息化局"),
    }
    units["jy-gxj"] = f.make_department("jy-gxj", "江阴市工业和信息化局", level="county", parent=units["gxj"])
    units["old"] = f.make_department("old", "已撤并的局")
    _freeze_twice()
    documents = [shelve_document(units["kjj"], f"研发办法{number}", body=BODY) for number in range(21)]
    shelve_document(units["gxj"], "已废止的办法", document_status="repealed", successor=documents[0])
    shelve_document(units["old"], "撤并前的办法")
    windows = [(-5, 3), (-5, 60), (5, 30), (-30, -1)]
    guides = [shelve_guide(units["gxj"], f"技改指南{number}", *window) for number, window in enumerate(windows)]
    guides += [
        shelve_guide(units["kjj"], "常年受理"),
        shelve_guide(units["jy-gxj"], "待定", window_type="window_pending"),
    ]
    for guide in guides:
        GuideBasis.objects.create(guide=guide, document=documents[0], clause="第二条第一款")
    explained = put_on_shelf(units["kjj"], InterpretationPage(title="解读"), category="category-02")
    ExplainedDocument.objects.create(interpretation=explained, document=documents[0])
    guides[0].page_ptr.listing.terms.add(Term.objects.get(code="theme-02"))
    f.make_public(f.make_document(units["kjj"], title="走完全程的办法", body=BODY))
    type(units["old"]).objects.filter(code="old").update(is_active=False)
    return units


def _freeze_twice() -> None:
    """The last quarter, frozen in two editions."""
    last = timezone.localdate().replace(day=1) - datetime.timedelta(days=100)
    code = f"{last.year}-Q{(last.month - 1) // 3 + 1}"
    with time_machine.travel(timezone.now() + datetime.timedelta(seconds=1)):
        freeze_report(code=code, actor=f.user("spj-moder"))
        freeze_report(code=code, note="更正", actor=f.user("spj-moder"))
