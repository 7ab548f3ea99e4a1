"""The bureau's words of the search: what may be written, and that a change holds from the next search on."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.enums import Role
from policy_pages.models import PolicyDocumentPage, SearchWord
from policy_pages.models.search import OTHERS, WORD_LENGTH
from policy_pages.search.queries import search_pages
from policy_pages.search.vocabulary import EQUAL_WORDS, SPOKEN, STOP_PHRASES
from policy_pages.search.words import current_vocabulary
from policy_pages.tests import factories as f
from policy_pages.tests.search_world import add_document

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db


def word(kind: str, text: str, others: str = "", **facts: object) -> SearchWord:
    row = SearchWord(kind=kind, word=text, others=others, **facts)
    row.full_clean()
    row.save()
    return row


def faults(kind: str, text: str, others: str = "") -> list[str]:
    with pytest.raises(ValidationError) as caught:
        SearchWord(kind=kind, word=text, others=others).full_clean()
    return [message for messages in caught.value.message_dict.values() for message in messages]


# --- What an installation begins with, and what is read -------------------------------------------------------------


def test_the_words_written_by_hand_are_there() -> None:
    vocabulary = current_vocabulary()
    assert {tuple(row) for row in vocabulary.equal_words} == set(EQUAL_WORDS)
    assert {turn: tuple(answers) for turn, answers in vocabulary.spoken.items()} == SPOKEN
    assert set(vocabulary.stop_phrases) == set(STOP_PHRASES)


def test_the_words_written_by_hand_are_without_fault() -> None:
    for row in SearchWord.objects.all():
        row.full_clean()


def test_what_is_typed_is_brought_into_one_form() -> None:
    row = word("equal", " 雲服務 ", "ＳａａＳ， 雲平台;上雲用雲")
    assert (row.word, row.others) == ("云服务", "saas、云平台、上云用云")


def test_no_word_of_the_bureau_means_no_word() -> None:
    SearchWord.objects.all().delete()
    SearchWord(kind="stop", word="那个").save()
    SearchWord.objects.get().delete()
    assert (current_vocabulary().other_words, current_vocabulary().stop_phrases) == ({}, ())
    assert search_pages(PolicyDocumentPage.objects.live(), "补贴怎么领").total == 0


def test_a_vocabulary_at_the_limits_of_the_form_breaks_no_search(kjj: Department) -> None:
    add_document(kjj, "研发补助")
    luck = random.Random(5)
    made = lambda length: "".join(chr(luck.randrange(0x4E00, 0x9FA5)) for _place in range(length))  # noqa: E731
    rows = [
        SearchWord(kind="equal", word=made(2), others="、".join(made(WORD_LENGTH) for _ in range(OTHERS)))
        for _ in range(66)
    ]
    rows += [SearchWord(kind="spoken", word=row.word, others=row.others[::-1]) for row in rows]
    SearchWord.objects.bulk_create(rows)
    SearchWord.objects.get(word="研发", kind="equal").save()  # tells that there are words to be read again
    heads = [row.word for row in rows[:66]]
    for text in (" ".join(heads), "".join(heads), "研发 " + " ".join(heads), "研发补助" + "".join(heads)):
        pks = search_pages(PolicyDocumentPage.objects.live(), text, complete=True).pks
        assert bool(pks) == ("研发" in text), text


# --- A change holds from the next search on -------------------------------------------------------------------------


def titles(text: str) -> list[str]:
    pks = search_pages(PolicyDocumentPage.objects.live(), text).pks
    by_key = PolicyDocumentPage.objects.in_bulk(pks)
    return [by_key[pk].title for pk in pks]


def test_a_new_word_is_searched_at_once_and_a_retired_one_no_more(kjj: Department) -> None:
    add_document(kjj, "无人驾驶航空器奖励")
    assert titles("低空飞机") == []
    row = word("equal", "低空飞机", "无人驾驶航空器")
    assert titles("低空飞机") == ["无人驾驶航空器奖励"]
    row.others = "直升机"
    row.save()
    assert titles("低空飞机") == []
    row.others = "无人驾驶航空器"
    row.save()
    assert titles("低空飞机") == ["无人驾驶航空器奖励"]
    row.is_active = False
    row.save()
    assert titles("低空飞机") == []


def test_it_costs_one_query_while_nothing_changed(django_assert_num_queries: object) -> None:
    current_vocabulary()
    with django_assert_num_queries(1):  # type: ignore[operator]
        current_vocabulary()
    word("stop", "那什么")
    with django_assert_num_queries(2):  # type: ignore[operator]
        current_vocabulary()


@pytest.mark.django_db(transaction=True)
def test_another_process_s_change_is_seen() -> None:
    current_vocabulary()
    program = (
        "import django; django.setup(); from django.db import connection;"
        "from policy_pages.models import SearchWord; SearchWord(kind='stop', word='那个啥').save()"
    )
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "postgresql":
        environment = {**os.environ, "DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"}
    else:
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{name}"}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert "那个啥" in current_vocabulary().stop_phrases


# --- Faults ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "others", "parts"),
    [
        ("stop", "的", "", ["只有一个字"]),
        ("equal", "补", "资助金", ["“补”只有一个字"]),
        ("stop", "补贴", "", ["是同义词或口语"]),
        ("stop", "买设备", "", ["是同义词或口语"]),
        ("stop", "请问", "", ["已经有一行了"]),
        ("stop", "那个", "别的", ["停用语不带别的词"]),
        ("equal", "新词", "", ["至少写一个"]),
        ("equal", "新词", "新词", ["不能是它自己的同义词"]),
        ("equal", "新词", "甲方、甲方", ["“甲方”写了两次"]),
        ("equal", "新词", "补助", ["“补助”已在“补贴”一行（同义词）里"]),
        ("equal", "补助", "新词", ["“补助”已在“补贴”一行（同义词）里"]),
        ("equal", "请问", "新词", ["“请问”是停用语，不能又有同义的词"]),
        ("equal", "新 词", "甲方", ["不是一个词"]),
        ("equal", "“新词”", "甲！方", ["“甲!方”不是一个词", "新词"]),
        ("equal", "", "甲方", ["此字段不能为空"]),
        ("equal", "新" * 21, "甲方", ["太长"]),
        ("equal", "新词", "、".join(f"词{n}号" for n in range(21)), ["最多 20 个词，现在有 21 个"]),
        ("nothing", "新词", "甲方", ["不是有效选项"]),
    ],
)
def test_faults_in_words(kind: str, text: str, others: str, parts: list[str]) -> None:
    told = "\n".join(faults(kind, text, others))
    assert all(part in told for part in parts), told


def test_several_faults_are_told_at_once() -> None:
    told = faults("equal", "补 助", "补、补、补 助！")
    assert len(told) >= 3, told


# --- In the back office ---------------------------------------------------------------------------------------------


def test_the_moderator_adds_and_retires_a_word(client: Client, kjj: Department) -> None:
    add_document(kjj, "无人驾驶航空器奖励")
    client.force_login(f.make_user("moder", f.make_bureau(), Role.MODERATOR))
    form = client.get("/admin/search-words/new/?word=%E4%BD%8E%E7%A9%BA").content.decode()
    assert 'value="低空"' in form
    sent = {"kind": "equal", "word": "低空飞机", "others": "无人驾驶航空器", "is_active": "on"}
    assert client.post("/admin/search-words/new/", sent).status_code == 302
    assert titles("低空飞机") == ["无人驾驶航空器奖励"]
    row = SearchWord.objects.get(word="低空飞机")
    del sent["is_active"]
    assert client.post(f"/admin/search-words/edit/{row.pk}/", sent).status_code == 302
    assert titles("低空飞机") == []
    assert [one.history_user.username for one in row.history.all()] == ["moder", "moder"]


def test_a_fault_leaves_what_was_typed(client: Client) -> None:
    client.force_login(f.make_user("moder", f.make_bureau(), Role.MODERATOR))
    html = client.post(
        "/admin/search-words/new/", {"kind": "equal", "word": "新词", "others": "新词、补助"}
    ).content.decode()
    assert "不能是它自己的同义词" in html and "已在“补贴”一行" in html
    assert 'value="新词、补助"' in html


def test_nobody_else_changes_words(client: Client, kjj: Department) -> None:
    bureau = f.make_bureau()
    row = SearchWord.objects.first()
    people = [("audit", bureau, Role.AUDITOR), ("edit", kjj, Role.EDITOR), ("admin", bureau, Role.SYSTEM_ADMINISTRATOR)]
    for name, unit, role in people:
        client.force_login(f.make_user(name, unit, role))
        client.post(f"/admin/search-words/edit/{row.pk}/", {"kind": row.kind, "word": row.word, "others": ""})
        row.refresh_from_db()
        assert row.is_active, name
        is_shown = client.get("/admin/search-words/").status_code == 200
        assert is_shown == (role == Role.AUDITOR), name
