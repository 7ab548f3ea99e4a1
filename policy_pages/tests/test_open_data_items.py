"""One page as data: everything that the public may know of it, and nothing else."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from policy_pages.models import PublicationRecord
from policy_pages.tests import factories as f
from policy_pages.tests.open_data_world import ANNEX, FORM, SAMPLE, classify_with_terms, make_city
from policy_pages.tests.test_public_lists import queries_of
from tests.scenes import scene

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db

SITE = "http://127.0.0.1:8000"


@pytest.fixture
def city(kjj: Department, gxj: Department) -> dict[str, Any]:
    return scene("open data city", lambda: make_city(kjj, gxj))


def item(client: Client, page: Any) -> dict[str, Any]:
    answer = client.get(f"/open-data/policies/{page.department.code}/{page.slug}.json")
    assert answer.status_code == 200
    return answer.json()


def test_a_document_tells_its_header(client: Client, city: dict[str, Any]) -> None:
    page = city["document"]
    told = item(client, page)
    assert (told["id"], told["type"], told["title"]) == (page.pk, "document", "研发办法")
    assert told["url"] == f"{SITE}/policies/kjj/{page.slug}/"
    assert told["data_url"] == f"{SITE}/open-data/policies/kjj/{page.slug}.json"
    assert told["department"] == {"code": "kjj", "name": "科学技术局"}
    assert told["source"] == {"name": "科学技术局", "url": None, "id": "src-1"}
    assert told["document"]["issuing_body"] == "科学技术局"
    assert told["document"]["status"] == {"code": "in_force", "name": "执行中"}
    assert (told["guide"], told["interpretation"]) == (None, None)
    assert told["published_at"].endswith("+08:00")
    assert told["status_on"] == timezone.localdate().isoformat()


def test_the_text_is_told_block_by_block_with_the_anchors_of_the_page(client: Client, city: dict[str, Any]) -> None:
    blocks = item(client, city["document"])["body"]
    assert [block["type"] for block in blocks] == ["chapter", "article", "article", "paragraph", "sheet", "attachments"]
    assert blocks[0] == {"type": "chapter", "anchor": "第一章", "number": "第一章", "title": "总则"}
    assert (blocks[1]["anchor"], blocks[1]["number"]) == ("第一条", "第一条")
    assert blocks[1]["text"] == "按旧办法、栏目、外网执行。\n第二款 & 其他。"
    assert (blocks[4]["caption"], blocks[4]["head"]) == ("标准", ["档次", "金额"])
    assert blocks[4]["rows"] == [["一", "100"], ["二", ""]]
    html = client.get(city["document"].get_url()).content.decode()
    for block in blocks[:3]:
        assert f'id="{block["anchor"]}"' in html


def test_links_lead_to_public_policies_and_elsewhere_only(client: Client, city: dict[str, Any]) -> None:
    html = item(client, city["document"])["body"][1]["html"]
    assert f'<a href="{SITE}/policies/kjj/{city["old"].slug}/">旧办法</a>' in html
    assert '<a href="https://example.org/x?a=1&amp;b=2">外网</a>' in html
    assert "<a>栏目</a>" in html
    assert "linktype" not in html


def test_a_link_to_a_page_that_was_withdrawn_loses_its_target(client: Client, city: dict[str, Any]) -> None:
    city["old"].unpublish()
    html = item(client, city["document"])["body"][1]["html"]
    assert "<a>旧办法</a>" in html
    assert city["old"].slug not in html


def test_files_are_told_with_type_size_hash_and_address(client: Client, city: dict[str, Any]) -> None:
    told = item(client, city["document"])
    annex = told["attachments"][0]
    assert (annex["title"], annex["media_type"], annex["size"]) == ("附件一", "application/pdf", len(ANNEX))
    assert annex["sha256"] == hashlib.sha256(ANNEX).hexdigest()
    assert annex["filename"].endswith(".pdf")
    assert told["body"][5]["files"] == [{"label": "附件一（表格）", **annex}]
    served = client.get(annex["url"])
    assert b"".join(served.streaming_content) == ANNEX


def test_a_guide_tells_its_six_elements(client: Client, city: dict[str, Any]) -> None:
    guide = item(client, city["guide"])["guide"]
    elements = guide["elements"]
    assert [row["text"] for row in elements["conditions"]] == ["在本市登记注册", "专精特新企业上浮"]
    assert elements["conditions"][1]["kind"] == {"code": "bonus", "name": "加成条件"}
    first, second = elements["materials"]
    assert first["blank_form"]["sha256"] == hashlib.sha256(FORM).hexdigest()
    assert first["sample_form"]["sha256"] == hashlib.sha256(SAMPLE).hexdigest()
    assert (second["source"]["code"], second["copies"], second["blank_form"]) == ("shared", None, None)
    assert elements["steps"][0]["name"] == "受理"
    assert elements["promised_limit"] == {
        "number": 10,
        "unit": {"code": "working_days", "name": "个工作日"},
        "note": "",
    }
    assert elements["responsible_division"] == "高新技术处"
    assert [row["number"] for row in elements["hotlines"]] == ["0510-81820000"]
    assert guide["missing_elements"] == []
    assert guide["questions"] == [{"question": "能补多少？", "answer": "一成。"}]
    assert guide["other_bases"] == ["国家有关文件", "省有关文件"]


def test_a_guide_tells_its_window_as_it_stands_today(client: Client, city: dict[str, Any]) -> None:
    window = item(client, city["guide"])["guide"]["window"]
    assert window["type"] == {"code": "fixed_window", "name": "固定期限"}
    assert window["last_day"] == city["guide"].window_end.isoformat()
    assert window["status"] == {"code": "closing", "name": "即将截止"}


def test_relations_are_told_on_both_sides(client: Client, city: dict[str, Any]) -> None:
    document, guide, explained, old = (city[name] for name in ("document", "guide", "explained", "old"))
    facts = item(client, document)["document"]
    assert [one["id"] for one in facts["guides"]] == [guide.pk]
    assert [one["id"] for one in facts["interpretations"]] == [explained.pk]
    assert [one["id"] for one in facts["predecessors"]] == [old.pk]
    assert item(client, old)["document"]["successor"]["data_url"].endswith(f"/kjj/{document.slug}.json")
    basis = item(client, guide)["guide"]["bases"][0]
    assert (basis["id"], basis["clause"], basis["anchor"]) == (document.pk, "第一条", "第一条")
    assert [one["id"] for one in item(client, explained)["interpretation"]["explains"]] == [document.pk]


def test_relations_to_what_is_not_public_any_more_are_not_told(client: Client, city: dict[str, Any]) -> None:
    city["document"].unpublish()
    assert item(client, city["guide"])["guide"]["bases"] == []
    assert item(client, city["explained"])["interpretation"]["explains"] == []
    assert item(client, city["old"])["document"]["successor"] is None


def test_a_repealed_document_stays_with_its_reason(client: Client, city: dict[str, Any]) -> None:
    told = item(client, city["old"])
    assert told["document"]["status"]["code"] == "repealed"
    assert told["document"]["repeal_reason"] == "由新办法接替"
    assert [version["kind"]["code"] for version in told["versions"]] == ["first", "repeal"]


def test_a_document_past_its_last_day_has_lapsed(client: Client, kjj: Department) -> None:
    page = f.make_public(f.make_document(kjj, is_stock=True, expires_on=timezone.localdate()))
    assert item(client, page)["document"]["status"]["code"] == "in_force"
    type(page).objects.filter(pk=page.pk).update(expires_on="2026-01-01")
    assert item(client, page)["document"]["status"] == {"code": "expired", "name": "已失效"}


def test_versions_are_those_of_the_records(client: Client, city: dict[str, Any]) -> None:
    told = item(client, city["guide"])
    records = PublicationRecord.objects.filter(page_id=city["guide"].pk).order_by("version")
    assert [one["content_hash"] for one in told["versions"]] == [record.content_hash for record in records]
    assert [one["change_note"] for one in told["versions"]] == ["", "提高上限"]
    assert told["change_note"] == "提高上限"
    assert told["guide"]["amount_max"] == "3000000.00"


def test_the_verdict_is_told(client: Client, city: dict[str, Any]) -> None:
    verdict = item(client, city["document"])["verdicts"][0]
    assert (verdict["code"], verdict["change"]["code"]) == ("on_time", "created")
    assert "期限 3 个工作日" in verdict["sentence"]
    assert item(client, city["other"])["verdicts"] == []
    assert item(client, city["other"])["is_stock"]


def test_the_bureaus_terms_are_told_list_by_list(client: Client, city: dict[str, Any]) -> None:
    classify_with_terms(city["guide"])
    told = item(client, city["guide"])
    assert told["route"] == {"code": "simple", "name": "简易程序"}
    assert [term["vocabulary"] for term in told["terms"]] == ["theme", "industry"]


def test_a_draft_an_unlisted_page_and_another_units_address_are_not_there(client: Client, city: dict[str, Any]) -> None:
    document = city["document"]
    for address in (
        f"/open-data/policies/gxj/{city['secret'].slug}.json",
        f"/open-data/policies/gxj/{document.slug}x.json",
        "/open-data/policies/nobody/wj-1.json",
        "/open-data/policies/kjj/kjj.json",
    ):
        answer = client.get(address)
        assert answer.status_code == 404
        assert answer.json()["error"].startswith("没有这项数据")
    document.listing.delete()
    assert client.get(f"/open-data/policies/kjj/{document.slug}.json").status_code == 404


def test_nothing_of_a_draft_is_in_any_item(client: Client, city: dict[str, Any]) -> None:
    f.save_draft(city["document"], title="改了一半的标题", summary="改了一半的摘要")
    text = client.get(f"/open-data/policies/kjj/{city['document'].slug}.json").content.decode()
    assert "改了一半" not in text
    assert "绝密" not in text


def test_many_blocks_files_and_relations_cost_the_queries_of_few(
    client: Client, kjj: Department, gxj: Department
) -> None:
    def make(number: int) -> Any:
        links = "".join(f'<p><a linktype="page" id="{page.pk}">x</a></p>' for page in publics[:number])
        rows = [("article", {"number": f"第{place}条", "text": links}) for place in range(number)]
        files = [{"file": f.make_file(kjj, b"%PDF-1.4 " + bytes([place]), f"附件{place}")} for place in range(number)]
        facts = {"body": [*rows, ("attachments", files)], "title": f"{number}条的办法", "is_stock": True}
        return f.make_public(f.make_document(kjj, **facts))

    publics = [f.make_public(f.make_document(gxj, title=f"文件{number}", is_stock=True)) for number in range(3)]
    few, many = make(1), make(3)
    for number in range(3):
        f.make_public(f.make_guide(kjj, document=many, title=f"指南{number}", is_stock=True))
    address = "/open-data/policies/kjj/{}.json".format
    costs = queries_of(client, address(few.slug)), queries_of(client, address(many.slug))
    assert costs[0] == costs[1] <= 15
    guide = f.make_guide(kjj, document=many, title="多份材料", is_stock=True)
    forms = [("material", f.material(f"材料{n}", blank_form=f.make_file(kjj, bytes([n]) + FORM))) for n in range(4)]
    simple, rich = f.make_public(guide), None
    cost = queries_of(client, address(simple.slug))
    rich = f.make_public(f.save_draft(simple, materials=forms, change_note="补充材料"))
    assert queries_of(client, address(rich.slug)) <= cost + 1 <= 15  # the files, once for all
