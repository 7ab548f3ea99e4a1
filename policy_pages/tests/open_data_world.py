"""A small city whose public pages have everything that data can tell of: made through the workflow."""

from __future__ import annotations

import csv
import datetime
import io
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from jsonschema import Draft202012Validator

from policy_pages.enums import ApplicationRoute, VocabularyCode
from policy_pages.models import ExplainedDocument, InterpretationPage, PublicationRecord, Term
from policy_pages.open_data.views import SETS
from policy_pages.tests import factories as f
from policy_pages.tests.test_public_lists import put_on_shelf, shelve_document, shelve_guide

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

FORM, SAMPLE, ANNEX = b"%PDF-1.4 blank", b"%PDF-1.4 sample", b"%PDF-1.4 annex"

POLICIES = "/open-data/policies.json"
#: Every address that answers with data of what is public.
LISTS = [
    *(f"/open-data/{name}.{form}" for name, form in SETS),
    *("/open-data/search.json?q=研发", "/feed.atom", "/departments/kjj/feed.atom", "/categories/category-01/feed.atom"),
]


def make_city(kjj: Department, gxj: Department) -> dict[str, Any]:
    """科技局: an old document repealed for a new one, a guide and an interpretation of it; 工信局: a draft and a document."""
    old = f.make_public(f.make_document(kjj, title="旧办法", doc_number="锡科规〔2020〕1号"))
    secret = f.make_document(gxj, title="绝密草案")
    other = f.make_public(f.make_document(gxj, title="技改办法", summary="=1+1 <b>补助</b>", is_stock=True))
    document = f.make_public(f.make_document(kjj, title="研发办法", source_id="src-1", body=body(kjj, old, secret)))
    f.make_public(repealed(old, document))
    guide = f.make_public(f.make_guide(kjj, document=document, title="研发补助", **guide_facts(kjj)))
    page = InterpretationPage(title="研发办法解读", author="科技局", body=[("paragraph", "<p>一图读懂。</p>")])
    page.explained = [ExplainedDocument(document=document)]
    page.summary = "说明研发办法。"
    explained = f.make_public(f.add_draft(kjj, page))
    guide = f.make_public(f.save_draft(guide, change=None, change_note="提高上限", amount_max=3_000_000))
    pages = {"old": old, "other": other, "document": document, "guide": guide, "explained": explained, "secret": secret}
    return {name: type(page).objects.get(pk=page.pk) for name, page in pages.items()}


def body(kjj: Department, public: Any, secret: Any) -> list[tuple[str, Any]]:
    """Every kind of block; a link to a public page, one to a page that is not, and one to elsewhere."""
    annex = f.make_file(kjj, ANNEX, "附件一")
    links = f'<a linktype="page" id="{public.pk}">旧办法</a>、<a linktype="page" id="{kjj.section_page_id}">栏目</a>'
    text = f'<p>按{links}、<a href="https://example.org/x?a=1&amp;b=2">外网</a>执行。</p><p>第二款 &amp; 其他。</p>'
    return [
        ("chapter", {"number": "第一章", "title": "总则"}),
        ("article", {"number": "第一条", "text": text}),
        ("article", {"number": "第二条", "text": "<p>另一条。</p>"}),
        ("paragraph", "<p>一段话。</p>"),
        ("sheet", {"caption": "标准", "has_header": True, "cells": "档次\t金额\n一\t100\n二"}),
        ("attachments", [{"file": annex, "label": "附件一（表格）"}]),
    ]


def guide_facts(kjj: Department) -> dict[str, Any]:
    """A guide with a window that closes in three days, files, bonus conditions and questions."""
    today = timezone.localdate()
    return {
        "window_type": "fixed_window",
        "window_start": today - datetime.timedelta(days=10),
        "window_end": today + datetime.timedelta(days=3),
        "amount_max": 2_000_000,
        "conditions": [
            ("condition", {"text": "在本市登记注册", "kind": "threshold", "clause": "第一条"}),
            ("condition", {"text": "专精特新企业上浮", "kind": "bonus", "clause": ""}),
        ],
        "materials": [
            (
                "material",
                f.material("申请表", blank_form=f.make_file(kjj, FORM, "空表"), sample_form=f.make_file(kjj, SAMPLE)),
            ),
            ("material", f.material("营业执照", source="shared", copies=None)),
        ],
        "questions": [("question", {"question": "能补多少？", "answer": "一成。"})],
        "basis_text": "国家有关文件\n\n省有关文件",
    }


def repealed(old: Any, successor: Any) -> Any:
    """A draft that repeals a document for another, with its change registered."""
    change = f.make_change(old.department, kind="repealed", title=old.title, trigger_basis="repeal_decision")
    facts = {"document_status": "repealed", "repealed_on": timezone.localdate(), "repeal_reason": "由新办法接替"}
    return f.save_draft(old, change=change, change_note="废止", successor=successor, **facts)


def classify_with_terms(page: Any) -> None:
    """Give a page's listing a route and two terms, as the bureau's form does."""
    theme = Term.objects.filter(vocabulary=VocabularyCode.THEME).first()
    industry = Term.objects.filter(vocabulary=VocabularyCode.INDUSTRY).first()
    page.listing.terms.set([term for term in (industry, theme) if term])
    page.listing.route = ApplicationRoute.SIMPLE
    page.listing.save()


def every(client: Client, address: str) -> list[dict[str, Any]]:
    """All items of the policies, page after page."""
    items, following = [], address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.content
        items += answer.json()["items"]
        following = answer.json()["next"]
    return items


#: Address → the schema it keeps.
ANSWERS = {
    "/open-data/policies.json": "policies",
    "/open-data/policies.json?page_size=2": "policies",
    "/open-data/policies.json?type=guide&window=open": "policies",
    "/open-data/policies.json?updated_since=2999-01-01": "policies",
    "/open-data/windows.json": "windows",
    "/open-data/departments.json": "departments",
    "/open-data/terms.json": "terms",
    "/open-data/removed.json": "removed",
    "/open-data/search.json": "search",
    "/open-data/search.json?q=研发": "search",
    "/open-data/policies.json?type=x": "error",
    "/open-data/nothing.json": "error",
}


class Judge:
    """Holds answers against the schemas as they are published."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.validators: dict[str, Draft202012Validator] = {}

    def validator(self, name: str) -> Draft202012Validator:
        if name not in self.validators:
            schema = self.client.get(f"/open-data/schema/{name}.json").json()
            Draft202012Validator.check_schema(schema)
            checker = Draft202012Validator.FORMAT_CHECKER
            self.validators[name] = Draft202012Validator(schema, format_checker=checker)
        return self.validators[name]

    def judge(self, address: str, name: str) -> dict[str, Any]:
        told = self.client.get(address).json()
        faults = [
            f"{address} {fault.json_path}: {fault.message[:200]}" for fault in self.validator(name).iter_errors(told)
        ]
        assert faults == []
        return told

    def judge_all(self) -> int:
        """Every list and every item of the site; returns how many items there were."""
        for address, name in ANSWERS.items():
            self.judge(address, name)
        items = every(self.client, "/open-data/policies.json?page_size=50")
        for item in items:
            told = self.judge(item["data_url"], "item")
            assert (told["id"], told["title"], told["updated_at"]) == (item["id"], item["title"], item["updated_at"])
        return len(items)


def make_library(kjj: Department, gxj: Department) -> None:
    """One page of each type on two shelves, past the workflow."""
    shelve_document(kjj, "研发文件", doc_number="锡科规〔2026〕3号", summary="研发费用后补助。")
    shelve_guide(kjj, "研发指南", -5, 3, amount_max=2_000_000)
    shelve_guide(gxj, "技改指南", 5, 30)
    put_on_shelf(gxj, InterpretationPage(title="技改解读"), category="category-02")


def titles(client: Client, address: str) -> list[str]:
    """Titles of all items of the policies, page after page."""
    return [item["title"] for item in every(client, address)]


def lines(client: Client, address: str) -> list[dict[str, str]]:
    """The lines of a CSV file by their heads."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel takes a file without this mark for another encoding"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def record(page: Any, **facts: Any) -> PublicationRecord:
    """A publication of a page on a shelf."""
    values = {"version": 1, "kind": "first", "revision_id": page.pk, "published_at": page.last_published_at}
    values |= {"content": "{}", "content_hash": "0" * 64, "approvals": [], "classification": {}, **facts}
    row = PublicationRecord(page_id=page.pk, department_code=page.department.code, **values)
    row.save()
    return row
