"""Bad input through the real editor: a clear sentence at its field, all at once, nothing typed lost, never a 500."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from policy_pages.enums import WindowType
from policy_pages.models import ApplicationGuidePage, ChangeRecord, PolicyDocumentPage, PolicyFile
from policy_pages.tests import factories as f
from policy_pages.tests.editor import add_data, add_url, edit_data, post_add, post_edit

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.models import Department

#: Where Wagtail hands a StreamField to its script.
STREAM = "[data-w-block-arguments-value]"
SUBMIT = {"action-submit": "提交"}
TOMORROW = timezone.localdate() + datetime.timedelta(days=1)


def sentences(response: HttpResponse) -> str:
    """All error sentences of an editor page, as a person reads them."""
    assert response.status_code == 200, "the editor comes back with what was typed"
    soup = BeautifulSoup(response.content, "html.parser")
    found = soup.select(".error-message, .w-field__errors, .help-critical, .messages li")
    streams = [unescape(node["data-w-block-arguments-value"]) for node in soup.select(STREAM)]
    return "\n".join([*(node.get_text(" ", strip=True) for node in found), *streams])


def unescape(arguments: str) -> str:
    """A StreamField's value and errors, which its script draws from JSON."""
    return json.dumps(json.loads(arguments), ensure_ascii=False)


def errors_at(response: HttpResponse, field: str) -> str:
    """The sentence standing at one field."""
    soup = BeautifulSoup(response.content, "html.parser")
    stream = soup.select_one(f"#{field}{STREAM}")
    if stream:
        return json.dumps(json.loads(stream["data-w-block-arguments-value"])[1], ensure_ascii=False)
    node = soup.find(id=f"panel-child-{field}-errors") or soup.select_one(f'[id$="{field}-errors"]')
    return node.get_text(" ", strip=True) if node else ""


# --- Drafts and submissions ---------------------------------------------------------------------------------------------


def test_a_draft_may_lack_everything_but_its_title(kjj: Department, login: Any) -> None:
    response = post_add(login("kjj-edit"), ApplicationGuidePage, kjj, title="只有标题")
    assert response.status_code == 302
    page = ApplicationGuidePage.objects.get(title="只有标题")
    html = login("kjj-edit").get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert "提交前还要补正" in html
    assert "请填写咨询电话" in html


def test_t10_1_a_guide_lacking_all_six_elements_is_told_all_six_at_once(kjj: Department, login: Any) -> None:
    response = post_add(login("kjj-edit"), ApplicationGuidePage, kjj, title="缺六要素", **SUBMIT)
    told = sentences(response)
    for words in ("申报条件", "申报材料", "办理环节", "承诺时限", "责任处室", "咨询电话", "申报期限类型", "变更登记"):
        assert words in told
    for sentence in (
        "请至少填写一条申报条件",
        "请至少填写一项申报材料",
        "请至少填写一个办理环节",
        "请填写承诺时限",
        "请填写责任处室",
        "请填写咨询电话",
        "请选择申报期限类型",
    ):
        assert sentence in told
    assert not ApplicationGuidePage.objects.exists(), "nothing half handed in"


def test_nothing_typed_is_lost(kjj: Department, login: Any) -> None:
    client = login("kjj-edit")
    typed = {"title": "标题还在", "summary": "摘要还在🎉𠮷", "responsible_division": "处室还在", "promised_limit": "7"}
    rows = [("condition", {"text": "第一条条件还在", "kind": "threshold", "clause": "第三条"})]
    html = post_add(client, ApplicationGuidePage, kjj, conditions=rows, **typed, **SUBMIT).content.decode()
    for value in (*typed.values(), "第一条条件还在"):
        assert value in html or value.encode("unicode_escape").decode() in html


@pytest.mark.parametrize(
    ("field", "changes", "sentence"),
    [
        ("promised_limit", {"promised_limit": "30", "statutory_limit": "20"}, "承诺时限不得超过法定时限"),
        ("promised_unit", {"promised_unit": "calendar_days", "statutory_limit": "20"}, "单位不同"),
        (
            "window_end",
            {"window_type": WindowType.FIXED, "window_start": "2026-05-10", "window_end": "2026-05-01"},
            "截止日期早于开始日期",
        ),
        ("window_end", {"window_type": WindowType.YEAR_ROUND, "window_end": "2026-05-01"}, "常年申报没有截止日期"),
        (
            "window_start",
            {"window_type": WindowType.PENDING, "window_start": "2026-05-01"},
            "期限待定的事项不能填写日期",
        ),
        ("window_start", {"window_type": WindowType.FIXED}, "固定期限须填写申报开始日期"),
        ("hotlines", {"hotlines": [("hotline", {"number": "打给我", "contact": "", "hours": ""})]}, "不像一个电话号码"),
        ("complaint_phone", {"complaint_phone": "12"}, "不像一个电话号码"),
    ],
)
def test_a_contradiction_is_told_at_its_field(
    kjj: Department, login: Any, field: str, changes: dict[str, Any], sentence: str
) -> None:
    guide = f.make_guide(kjj)
    response = post_edit(login("kjj-edit"), guide, **changes, **SUBMIT)
    assert sentence in sentences(response)
    assert sentence in errors_at(response, field)
    assert ApplicationGuidePage.objects.get(pk=guide.pk).current_workflow_state is None


def test_several_contradictions_are_told_at_once(kjj: Department, login: Any) -> None:
    changes = {
        "promised_limit": "30",
        "statutory_limit": "20",
        "window_type": WindowType.YEAR_ROUND,
        "window_end": "2026-05-01",
        "complaint_phone": "电话",
        "responsible_division": "",
    }
    told = sentences(post_edit(login("kjj-edit"), f.make_guide(kjj), **changes, **SUBMIT))
    for sentence in ("承诺时限不得超过法定时限", "常年申报没有截止日期", "“电话”不像一个电话号码", "请填写责任处室"):
        assert sentence in told


# --- Documents ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "changes", "sentence"),
    [
        ("written_on", {"written_on": f"{TOMORROW:%Y-%m-%d}"}, "晚于今天"),
        ("issued_on", {"written_on": "2026-03-05", "issued_on": "2026-03-01"}, "印发日期早于成文日期"),
        ("expires_on", {"effective_on": "2026-03-05", "expires_on": "2026-03-01"}, "失效日期早于施行日期"),
        ("issuing_body", {"issuing_body": ""}, "请填写制发机关"),
        ("doc_number", {"doc_number": "第八号文"}, "文号的写法应为"),
        ("repealed_on", {"document_status": "repealed"}, "须填写废止日期"),
        ("written_on", {"written_on": "2026年13月40日"}, "日期"),
    ],
)
def test_a_document_fault_is_told_at_its_field(
    kjj: Department, login: Any, field: str, changes: dict[str, Any], sentence: str
) -> None:
    response = post_edit(login("kjj-edit"), f.make_document(kjj), **changes, **SUBMIT)
    assert sentence in errors_at(response, field)


def test_a_number_the_department_already_has_is_refused_whatever_its_brackets(kjj: Department, login: Any) -> None:
    f.make_document(kjj, title="原文件", doc_number="锡科发〔2026〕8号")
    second = f.make_document(kjj, title="后来的文件")
    response = post_edit(login("kjj-edit"), second, doc_number="锡科发[2026] 08 号", **SUBMIT)
    assert "已有文号相同的文件《原文件》" in errors_at(response, "doc_number")


def test_another_department_may_use_the_same_number(kjj: Department, gxj: Department, login: Any) -> None:
    f.make_document(kjj, doc_number="锡科发〔2026〕8号")
    page = f.make_document(gxj, doc_number="锡科发〔2026〕8号")
    assert page.content_faults() == []


def test_a_new_document_needs_its_registered_change(kjj: Department, login: Any) -> None:
    page = f.make_document(kjj)
    response = post_edit(login("kjj-edit"), page, change="", **SUBMIT)
    assert "请先在“变更登记”中登记" in errors_at(response, "change")


def test_a_public_text_is_not_changed_without_change_or_note(kjj: Department, login: Any) -> None:
    page = f.make_public(f.make_document(kjj))
    response = post_edit(login("kjj-edit"), page, title="悄悄改了", **SUBMIT)
    assert "写明改了什么" in sentences(response)
    response = post_edit(login("kjj-edit"), page, title="勘误", change_note="更正标题错字", **SUBMIT)
    assert response.status_code == 302


def test_repeal_needs_a_registered_repeal(kjj: Department, login: Any) -> None:
    page = f.make_public(f.make_document(kjj))
    facts = {
        "document_status": "repealed",
        "repealed_on": f"{timezone.localdate():%Y-%m-%d}",
        "repeal_reason": "被新办法替代",
        "change_note": "废止",
    }
    response = post_edit(login("kjj-edit"), page, **facts, **SUBMIT)
    assert "登记“废止”" in errors_at(response, "change")


def test_word_styles_are_dropped_and_the_words_stay(kjj: Department, login: Any) -> None:
    pasted = (
        '<p class="MsoNormal" style="font-family:仿宋;mso-bidi-font-size:16pt"><span lang="EN-US" style="color:red">'
        "对企业</span><o:p></o:p><b>给予补助</b><script>alert(1)</script></p>"
    )
    page = f.make_document(kjj)
    response = post_edit(login("kjj-edit"), page, body=[("paragraph", pasted)])
    assert response.status_code == 302
    source = PolicyDocumentPage.objects.get(pk=page.pk).get_latest_revision_as_object().body[0].value.source
    assert "对企业" in source
    assert "<b>给予补助</b>" in source
    for leftover in ("style", "Mso", "script", "span", "o:p"):
        assert leftover not in source


def test_a_body_of_40000_characters_is_saved_whole_and_submitted(kjj: Department, login: Any) -> None:
    article = "企业应当如实填报研发投入，" * 16
    body = [("article", {"number": f"第{n}条", "text": f"<p>{article}{n}</p>"}) for n in range(1, 200)]
    page = f.make_document(kjj)
    response = post_edit(login("kjj-edit"), page, body=body, **SUBMIT)
    assert response.status_code == 302
    latest = PolicyDocumentPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    assert sum(len(block.value["text"].source) for block in latest.body) > 40_000
    assert "199" in latest.body[198].value["text"].source


@pytest.mark.parametrize(
    "text", ["政策🎉👨‍👩‍👧", "𠮷野家𪚥", "=HYPERLINK(1)", "@SUM(A1)", "<script>alert(1)</script>", "‮倒着"]
)
def test_odd_characters_are_kept_as_typed(kjj: Department, login: Any, text: str) -> None:
    response = post_add(login("kjj-edit"), PolicyDocumentPage, kjj, title=text)
    assert response.status_code == 302
    page = PolicyDocumentPage.objects.get(title=text)
    html = login("kjj-edit").get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert "<script>alert(1)" not in html


def test_a_title_of_256_characters_and_a_nul_are_told(kjj: Department, login: Any) -> None:
    client = login("kjj-edit")
    assert "255" in sentences(post_add(client, PolicyDocumentPage, kjj, title="长" * 256))
    assert post_add(client, PolicyDocumentPage, kjj, title="空\x00字符").status_code == 200
    data = add_data(client, PolicyDocumentPage, kjj, title="")
    assert client.post(add_url(PolicyDocumentPage, kjj), data).status_code == 200


# --- The register -----------------------------------------------------------------------------------------------------------


def register(client: Any, department: Department, **facts: str) -> HttpResponse:
    values = {
        "department": str(department.pk),
        "kind": "created",
        "subject": "document",
        "title": "新政策",
        "trigger_date": f"{timezone.localdate():%Y-%m-%d}",
        "trigger_basis": "issued",
        "evidence": "印发件",
    }
    return client.post(reverse("changes:add"), {**values, **facts})


def test_a_change_is_registered_and_its_clock_runs(kjj: Department, login: Any) -> None:
    response = register(login("kjj-edit"), kjj)
    assert response.status_code == 302
    change = ChangeRecord.objects.get()
    assert change.clock.trigger_date == change.trigger_date
    assert change.registered_by.username == "kjj-edit"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"trigger_date": f"{TOMORROW:%Y-%m-%d}"}, "触发日期晚于今天"),
        ({"trigger_date": "2022-12-30"}, "早于办法施行之日"),
        ({"trigger_date": "2026-02-30"}, "日期"),
        ({"evidence": ""}, "必"),
        ({"kind": "deleted"}, "选"),
    ],
)
def test_a_bad_registration_is_told(kjj: Department, login: Any, facts: dict[str, str], sentence: str) -> None:
    response = register(login("kjj-edit"), kjj, **facts)
    assert sentence in sentences(response)
    assert not ChangeRecord.objects.exists()


def test_nobody_registers_for_another_department(kjj: Department, gxj: Department, login: Any) -> None:
    register(login("gxj-edit"), kjj)
    for username in ("kjj-review", "spj-acct", "spj-audit", "sys-admin"):
        register(login(username), kjj)
    assert not ChangeRecord.objects.exists()


def test_a_due_date_in_a_year_without_calendar_is_said_and_never_guessed(kjj: Department, login: Any) -> None:
    import time_machine

    with time_machine.travel(datetime.datetime(2026, 12, 29, 10, tzinfo=datetime.UTC), tick=False):
        register(login("kjj-edit"), kjj, trigger_date="2026-12-29")
        change = ChangeRecord.objects.get()
        assert change.clock.due_on is None
        html = login("kjj-edit").get(reverse("changes:edit", args=[change.pk])).content.decode()
    assert "待国务院公布 2027 年放假安排" in html


def test_only_the_bureau_corrects_a_trigger_date_and_only_with_a_reason(kjj: Department, login: Any) -> None:
    change = f.make_change(kjj, days_ago=5)
    before = change.trigger_date
    url = reverse("changes:edit", args=[change.pk])
    earlier = f"{before - datetime.timedelta(days=3):%Y-%m-%d}"
    login("kjj-edit").post(url, {"trigger_date": earlier, "reason": "想改", "action": "correct"})
    login("spj-moder").post(url, {"trigger_date": earlier, "reason": "", "action": "correct"})
    change.refresh_from_db()
    assert change.trigger_date == before
    login("spj-moder").post(url, {"trigger_date": earlier, "reason": "收文登记有误", "action": "correct"})
    change.refresh_from_db()
    assert f"{change.trigger_date:%Y-%m-%d}" == earlier
    html = login("kjj-edit").get(url).content.decode()
    assert "收文登记有误" in html
    assert f"{before:%Y-%m-%d}" in html, "the old date stays to be seen"


# --- Attachments ------------------------------------------------------------------------------------------------------------


def upload(client: Any, department: Department, name: str, data: bytes) -> HttpResponse:
    values = {"title": "附件", "file": ContentFile(data, name=name), "collection": department.collection_id}
    return client.post(reverse("wagtaildocs:add"), values)


def archive_of(size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * size)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("form.pdf", b"MZ\x90\x00 an executable", "不符"),
        ("form.docx", b"%PDF-1.4", "不符"),
        ("form.docx", b"PK\x03\x04 broken", "损坏"),
        ("form.pdf", b"", "空"),
        ("form.exe", b"MZ\x90\x00", "exe"),
        ("form.html", b"<script>", "html"),
        ("form.svg", b"<svg onload=alert(1)>", "svg"),
        ("form.pdf", b"%PDF-" + b"0" * (50 * 1024 * 1024), "MB"),
    ],
    ids=["disguised", "other kind", "broken", "empty", "exe", "html", "svg", "50 MB"],
)
def test_a_bad_attachment_is_told_and_not_kept(
    kjj: Department, login: Any, name: str, data: bytes, sentence: str
) -> None:
    response = upload(login("kjj-edit"), kjj, name, data)
    assert sentence in sentences(response)
    assert not PolicyFile.objects.exists()


def test_a_packed_bomb_is_refused(kjj: Department, login: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policy_pages.forms.files.UNPACKED_LIMIT", 1024 * 1024)
    assert "解压后过大" in sentences(upload(login("kjj-edit"), kjj, "form.docx", archive_of(2 * 1024 * 1024)))
    assert upload(login("kjj-edit"), kjj, "form.docx", archive_of(1024)).status_code == 302


def test_the_same_guards_hold_at_the_multiple_upload(kjj: Department, login: Any) -> None:
    data = {"title": "x", "files[]": ContentFile(b"MZ\x90", name="x.pdf"), "collection": kjj.collection_id}
    response = login("kjj-edit").post(
        reverse("wagtaildocs:add_multiple"), data, headers={"x-requested-with": "XMLHttpRequest"}
    )
    assert "不符" in response.json()["error_message"]
    assert not PolicyFile.objects.exists()


def test_an_attachment_does_not_enter_another_departments_folder(kjj: Department, gxj: Department, login: Any) -> None:
    upload(login("gxj-edit"), kjj, "form.pdf", b"%PDF-1.4 form")
    assert not PolicyFile.objects.filter(collection=kjj.collection).exists()


def test_edit_data_sends_what_the_page_holds(kjj: Department, login: Any) -> None:
    """The helper these tests rest on: posting it unchanged leaves the text as it was."""
    guide = f.make_guide(kjj)
    before = editorial(guide)
    client = login("kjj-edit")
    client.post(reverse("wagtailadmin_pages:edit", args=[guide.pk]), edit_data(client, guide))
    assert editorial(ApplicationGuidePage.objects.get(pk=guide.pk)) == before


def editorial(guide: ApplicationGuidePage) -> list[Any]:
    latest = guide.get_latest_revision_as_object()
    rows = [[dict(block.value) for block in getattr(latest, name)] for name in ("conditions", "steps", "hotlines")]
    return [latest.title, latest.promised_limit, latest.responsible_division, latest.window_type, rows]
