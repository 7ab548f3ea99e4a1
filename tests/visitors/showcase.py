"""A small city that shows every kind of public page in every state a visitor can meet, made by the services."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.models import Assignment
from audit.rules import year_of
from policy_pages.feedback.pages import named_page
from policy_pages.feedback.services import Report, receive_ticket
from policy_pages.models import ExplainedDocument, InterpretationPage
from policy_pages.services.lateness import publish_reason, write_reason
from policy_pages.services.reports import freeze_report
from policy_pages.tests import factories as f
from policy_pages.tests.public_reading import path_of

if TYPE_CHECKING:
    from accounts.models import Department
    from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage, PolicyPage

#: Twelve columns, as a budget table has them.
WIDE = "\n".join("\t".join(f"第{row}行{column}列" for column in range(1, 13)) for row in range(1, 5))
LONG_TITLE = "关于进一步加大力度支持民营企业和中小微企业" + "高质量可持续" * 28 + "发展的若干措施"


@dataclass
class Showcase:
    """What stands in the city, by what it shows."""

    department: Department
    document: PolicyDocumentPage
    guide: ApplicationGuidePage
    receipt: str = ""
    pages: dict[str, PolicyPage] = field(default_factory=dict)

    def addresses(self) -> dict[str, str]:
        """One address for every public template and every state of it: name → path."""
        own = {name: path_of(page) for name, page in self.pages.items()}
        today, document, guide = timezone.localdate(), path_of(self.document), path_of(self.guide)
        return {
            "home": "/",
            "guides": "/guides/?window=open",
            "calendar": "/calendar/",
            "month": f"/calendar/{today + datetime.timedelta(days=31):%Y-%m}/",
            "departments": "/departments/",
            "department": f"/departments/{self.department.code}/",
            "site-map": "/site-map/",
            "open-data": "/open-data/",
            "corrections": "/corrections/",
            "correction-form": f"/corrections/new/?page={document}",
            "correction": f"/corrections/{self.receipt}/",
            "correction-missing": "/corrections/AAAAAAAAAAAA/",
            "versions": f"{document}versions/",
            "old-version": f"{document}versions/1/",
            "compared": f"{document}versions/1..2/",
            "check": f"{guide}check/",
            "paper": f"{guide}print/",
            "library": "/policies/",
            "filtered": "/policies/?type=document",
            "section": f"/policies/{self.department.code}/",
            "search": "/search/",
            "found": "/search/?q=%E8%A1%A5%E5%8A%A9",
            "not-found": "/search/?q=%E9%BE%98%E9%BE%98",
            "meter": "/timeliness/",
            "frozen": f"/timeliness/reports/{year_of(today).previous.code}/",
            "missing": "/nothing-here/",
            **own,
        }


def build() -> Showcase:
    """Two departments with documents, guides and interpretations in every public state; some minutes of a clerk's day."""
    f.make_bureau()
    kjj, gxj = f.make_department("kjj", "市科学技术局"), f.make_department("gxj", "市工业和信息化局")
    Assignment.objects.update(valid_from=timezone.localdate() - datetime.timedelta(days=90))
    document, guide = _core(kjj)
    city = Showcase(kjj, document, guide, _report(document), {"document": document, "guide": guide})
    city.pages |= _documents(kjj, document) | _guides(gxj, document) | _interpretations(kjj, document) | _late(gxj)
    freeze_report(code=year_of(timezone.localdate()).previous.code, actor=f.user("spj-moder"))
    return city


def _report(page: PolicyPage) -> str:
    """What a visitor reported of a page; returns the receipt."""
    report = Report(page=named_page(path_of(page)), address="192.0.2.7", kind="wording", text="第二条的比例写错了。")
    return receive_ticket(report=report).receipt


def _core(unit: Department) -> tuple[Any, Any]:
    """A document with every kind of block and two published versions, and the guide that rests on it."""
    file = f.make_file(unit)
    day = timezone.localdate() - datetime.timedelta(days=1)
    body = [
        ("chapter", {"number": "第一章", "title": "总则"}),
        ("article", {"number": "第一条", "text": "<p>对企业年度研发投入给予后补助。</p>"}),
        (
            "article",
            {"number": "第二条", "text": "<p>补助按下列比例计算：</p><ul><li>百分之五；</li><li>百分之十。</li></ul>"},
        ),
        ("chapter", {"number": "第二章", "title": "附则"}),
        ("article", {"number": "第三条", "text": "<p>本措施自印发之日起施行。</p>"}),
        ("sheet", {"caption": "补助标准", "has_header": True, "cells": WIDE}),
        ("paragraph", "<p>特此通知。</p>"),
        ("attachments", [{"file": file, "label": "研发投入后补助申请表"}]),
    ]
    document = f.make_public(
        f.make_document(
            unit,
            body=body,
            doc_number="锡科规〔2026〕3号",
            index_number="014006760/2026-00012",
            written_on=day,
            issued_on=day,
            effective_on=day,
            expires_on=day + datetime.timedelta(days=900),
            genre="notice",
            subject_category="科技、教育\\科技",
            editor_in_charge="规划处",
        )
    )
    body[2] = ("article", {"number": "第二条", "text": "<p>补助按百分之八计算。</p>"})
    change = f.make_change(unit, title=document.title, kind="amended")
    document = f.make_public(f.save_draft(document, body=body, change=change, change_note="统一补助比例"))
    today = timezone.localdate()
    guide = f.make_public(
        f.make_guide(
            unit,
            document=document,
            title="企业研发投入后补助申报",
            window_type="fixed_window",
            window_start=today - datetime.timedelta(days=10),
            window_end=today + datetime.timedelta(days=4),
            window_note="以材料提交时间为准",
            service_object="本市企业法人",
            applicable_scope="在本市登记、纳税的企业。",
            support_mode="后补助",
            amount_text="研发投入的 8%。\n最高 50 万元。",
            amount_max=500_000,
            annual_budget=30_000_000,
            payment_limit="公示后 10 个工作日",
            conditions=[
                ("condition", {"text": "在本市登记注册", "kind": "threshold", "clause": "第一条"}),
                ("condition", {"text": "上年度研发投入 100 万元以上", "kind": "threshold", "clause": "第二条"}),
                ("condition", {"text": "有市级以上研发机构的，加补 5 万元", "kind": "bonus", "clause": ""}),
                ("condition", {"text": "专家认为技术先进", "kind": "discretion", "clause": ""}),
            ],
            refusal_cases="提供虚假材料的。\n列入严重失信名单的。",
            materials=[
                ("material", f.material("申请表", blank_form=file, sample_form=file, note="加盖公章")),
                ("material", f.material("营业执照", source="shared", necessity="optional")),
                ("material", f.material("上年度审计报告", source="government", form="copy", copies=2)),
            ],
            steps=[
                ("step", {"name": name, "actor": "综合处", "limit": limit, "kind": kind, "description": "按次序办理。"})
                for name, limit, kind in (
                    ("受理", "1 个工作日", "ordinary"),
                    ("现场核查", "5 个工作日", "inspection"),
                    ("结果公示", "5 个工作日", "notice"),
                )
            ],
            promised_note="不含公示",
            result_name="补助资金",
            handling_unit="市生产力促进中心",
            co_issuers="市财政局",
            complaint_phone="12345",
            apply_url="https://example.com/apply",
            address="市民中心 8 号楼 601 室",
            office_hours="工作日 9:00–17:00",
            visits=0,
            questions=[("question", {"question": "亏损企业能报吗？", "answer": "可以。"})],
            remedies="行政复议、行政诉讼",
        )
    )
    return document, guide


def _documents(unit: Department, successor: PolicyDocumentPage) -> dict[str, PolicyPage]:
    today = timezone.localdate()
    repealed = f.make_public(f.make_document(unit, title="旧的研发补助办法"))
    resting = f.make_public(f.make_guide(unit, document=repealed, title="旧的研发补助申报"))
    ended = f.save_draft(
        repealed,
        document_status="repealed",
        repealed_on=today,
        repeal_reason="已由新的措施代替",
        successor=successor,
        change=f.make_change(unit, title="旧的研发补助办法", kind="repealed"),
        change_note="废止",
    )
    expired = f.make_document(unit, title="去年的扶持办法", expires_on=today - datetime.timedelta(days=30))
    return {
        "repealed": f.make_public(ended),
        "guide-basis-ended": resting,
        "expired": f.make_public(expired),
        "long-title": f.make_public(f.make_document(unit, title=LONG_TITLE[:200])),
    }


def _guides(unit: Department, basis: PolicyDocumentPage) -> dict[str, PolicyPage]:
    today = timezone.localdate()
    fixed = {"window_type": "fixed_window"}
    day = datetime.timedelta(days=1)
    many = [("material", f.material(f"第 {number} 项证明材料")) for number in range(1, 81)]
    facts: dict[str, dict[str, Any]] = {
        "guide-year-round": {"title": "技术改造补助"},
        "guide-pending": {"title": "智能工厂认定", "window_type": "window_pending", "window_note": "每年三季度组织"},
        "guide-upcoming": {
            "title": "绿色工厂奖励",
            **fixed,
            "window_start": today + 9 * day,
            "window_end": today + 30 * day,
        },
        "guide-closed": {
            "title": "首台套奖励",
            **fixed,
            "window_start": today - 40 * day,
            "window_end": today - 9 * day,
        },
        "guide-80-materials": {"title": "材料很多的事项", "materials": many},
    }
    pages = {name: f.make_public(f.make_guide(unit, **fact)) for name, fact in facts.items()}
    stock = {"promised_limit": None, "statutory_limit": None, "responsible_division": "", "hotlines": [], "steps": []}
    pages["guide-incomplete"] = f.make_public(
        f.make_guide(unit, document=basis, title="要素待补的存量事项", is_stock=True, **stock)
    )
    automatic = f.act(f.hand_in(f.make_guide(unit, title="稳岗返还")), f"{unit.code}-review")
    pages["guide-automatic"] = f.act(automatic, "spj-moder", **f.classification(route="no_application"))
    return pages


def _interpretations(unit: Department, document: PolicyDocumentPage) -> dict[str, PolicyPage]:
    page = InterpretationPage(
        title="一图读懂研发投入后补助",
        summary="用三句话说明怎么补。",
        author="政策法规处",
        body=[("paragraph", "<p>按研发投入的百分之八补助。</p>")],
    )
    page.explained = [ExplainedDocument(document=document)]
    return {"interpretation": f.make_public(f.add_draft(unit, page))}


def _late(unit: Department) -> dict[str, PolicyPage]:
    """Published after its limit, with the reason that the bureau agreed to."""
    change = f.make_change(unit, days_ago=20)
    page = f.make_public(f.make_document(unit, change=change, written_on=change.trigger_date, title="迟到的办法"))
    change.refresh_from_db()
    reason = write_reason(change=change, text="会签单位变更，重新走了流程。", actor=f.user("gxj-edit"))
    publish_reason(reason=reason, text=reason.text, actor=f.user("spj-moder"))
    return {"late": page}
