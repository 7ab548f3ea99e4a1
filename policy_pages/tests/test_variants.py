"""`/zh-hant/` and `/elder/`: the same pages by prefix, the look by parameters, nothing by cookie."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.tests.factories import make_document, make_guide, make_public
from policy_pages.variants.rewriting import rewritten
from policy_pages.variants.rules import Variant, is_page, look_of, split

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

TRADITIONAL = Variant(is_traditional=True)
ELDER = Variant(is_elder=True)
BOTH = Variant(is_traditional=True, is_elder=True, look=(("size", "l"), ("scheme", "dark")))


# --- Addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "prefix", "plain"),
    [
        ("/", "", "/"),
        ("/zh-hant/", "/zh-hant", "/"),
        ("/elder/policies/", "/elder", "/policies/"),
        ("/zh-hant/elder/policies/kjj/", "/zh-hant/elder", "/policies/kjj/"),
        ("/elder/zh-hant/", "/elder", "/zh-hant/"),
        ("/zh-hant", "", "/zh-hant"),
        ("/zh-hants/", "", "/zh-hants/"),
        ("/policies/elder/", "", "/policies/elder/"),
    ],
)
def test_a_variant_is_read_off_the_front_of_an_address(path: str, prefix: str, plain: str) -> None:
    variant, rest = split(path)
    assert (variant.prefix, rest) == (prefix, plain)


@pytest.mark.parametrize(
    ("link", "led"),
    [
        ("/", "/zh-hant/elder/?size=l&scheme=dark"),
        ("/policies/?type=guide#found", "/zh-hant/elder/policies/?type=guide&size=l&scheme=dark#found"),
        ("?page=2", "?page=2&size=l&scheme=dark"),
        ("/policies/?size=s", "/zh-hant/elder/policies/?size=l&scheme=dark"),
        ("/policies/kjj/wj-1/versions/1..2/", "/zh-hant/elder/policies/kjj/wj-1/versions/1..2/?size=l&scheme=dark"),
        ("#第六条", "#第六条"),
        ("", ""),
        ("tel:12345", "tel:12345"),
        ("https://example.com/policies/", "https://example.com/policies/"),
        ("//example.com/", "//example.com/"),
        ("/documents/7/a.pdf", "/documents/7/a.pdf"),
        ("/feed.atom", "/feed.atom"),
        ("/static/css/site.css", "/static/css/site.css"),
        ("/admin/", "/admin/"),
    ],
)
def test_links_stay_in_the_variant_and_files_are_the_same_for_everybody(link: str, led: str) -> None:
    assert BOTH.address(link) == led


def test_a_plain_variant_leaves_every_link_alone() -> None:
    assert Variant().address("/policies/?a=1") == "/policies/?a=1"


def test_what_is_unknown_or_holds_anyway_asks_for_no_look() -> None:
    asked = {"scheme": "dark", "contrast": "loud", "colour": "red", "size": "l"}
    assert look_of(asked) == (("size", "l"), ("scheme", "dark"))
    assert look_of({"size": "m", "contrast": "normal", "scheme": "auto"}) == ()


def test_a_way_back_to_what_holds_anyway_leaves_the_parameter_out() -> None:
    assert BOTH.with_look("size", "m").look == (("scheme", "dark"),)
    assert BOTH.with_look("size", "m").address("/") == "/zh-hant/elder/?scheme=dark"


@given(st.text(max_size=60))
def test_no_path_breaks_the_reading_of_a_variant(text: str) -> None:
    variant, plain = split("/" + text)
    assert variant.prefix + plain == "/" + text
    assert isinstance(is_page(plain), bool)


# --- Rewriting --------------------------------------------------------------------------------------


def test_words_and_the_attributes_people_read_are_converted() -> None:
    html = '<p title="发布时间">政策<a href="/policies/" aria-label="政策库">库</a></p><img alt="扫码">'
    found = rewritten(html, TRADITIONAL)
    assert found == (
        '<p title="發布時間">政策<a href="/zh-hant/policies/" aria-label="政策庫">庫</a></p><img alt="掃碼">'
    )


def test_what_readers_typed_programs_and_untranslated_words_stay() -> None:
    html = (
        "<textarea>发票</textarea><script>var 发 = 1;</script><!-- 发布 -->"
        '<a href="/" translate="no" lang="zh-Hans">简体</a><input value="研发">'
    )
    assert rewritten(html, TRADITIONAL) == html


def test_anchors_and_their_targets_still_meet() -> None:
    found = rewritten('<p id="第十条"><a href="#第十条">第十条</a></p>', TRADITIONAL)
    assert found == '<p id="第十条"><a href="#第十条">第十條</a></p>'


def test_a_form_by_get_takes_the_look_along_as_fields() -> None:
    found = rewritten('<form method="get" action="/search/"><input name="q"></form>', BOTH)
    assert 'action="/zh-hant/elder/search/?size=l&amp;scheme=dark"' in found
    assert '<input type="hidden" name="size" value="l"><input type="hidden" name="scheme" value="dark">' in found
    posted = rewritten('<form method="post" action="/corrections/new/">', BOTH)
    assert posted == '<form method="post" action="/zh-hant/elder/corrections/new/?size=l&amp;scheme=dark">'


def test_elder_mode_changes_links_only() -> None:
    assert rewritten('<a href="/policies/?a=1&amp;b=2">发布 &amp; 更新</a>', ELDER) == (
        '<a href="/elder/policies/?a=1&amp;b=2">发布 &amp; 更新</a>'
    )


PIECES = [
    "<",
    ">",
    "&",
    '"',
    "发",
    "展",
    "a",
    " ",
    "/",
    "=",
    "\n",
    "\x1f",
    "\x00",
    "<p>",
    "</p>",
    '<b title="发">',
    "<!--",
]


@given(
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.booleans(),
    st.booleans(),
    st.sampled_from([(), (("size", "l"),), (("size", "l"), ("scheme", "dark"))]),
)
def test_rewriting_loses_nothing_of_a_page(
    text: str, is_traditional: bool, is_elder: bool, look: tuple[tuple[str, str], ...]
) -> None:
    found = rewritten(text, Variant(is_traditional, is_elder, look))
    plain = re.sub(r'<input type="hidden"[^>]*>', "", found).replace("發", "发")
    # No reader sees a NUL, and traditional script leaves it out; nothing else may be missing or stand elsewhere.
    assert plain.replace("\x00", "") == text.replace("\x00", "")


def test_the_character_that_parts_pieces_moves_no_words() -> None:
    html = '<a title="发展\x1f改革" href="/policies/">政策\x1f库</a><b>发布</b><i>里面</i>'
    assert rewritten(html, TRADITIONAL) == (
        '<a title="發展\x1f改革" href="/zh-hant/policies/">政策\x1f庫</a><b>發布</b><i>裡面</i>'
    )


# --- Pages ------------------------------------------------------------------------------------------


def test_a_page_under_its_prefix_is_the_same_page(client: Client, kjj: Department) -> None:
    guide = make_public(make_guide(kjj, title="研发后补助", responsible_division="规划处"))
    html = client.get(f"/zh-hant/policies/kjj/{guide.slug}/").content.decode()
    assert '<html lang="zh-Hant"' in html
    assert "研發後補助" in html
    assert f'href="/zh-hant/elder/policies/kjj/{guide.slug}/" data-led' in html
    assert 'href="/zh-hant/policies/kjj/"' in html
    assert f'hreflang="zh-Hans" href="http://127.0.0.1:8000/policies/kjj/{guide.slug}/"' in html
    assert f'hreflang="zh-Hant" href="http://127.0.0.1:8000/zh-hant/policies/kjj/{guide.slug}/"' in html
    elder = client.get(f"/elder/policies/kjj/{guide.slug}/").content.decode()
    assert re.search(r'<html lang="zh-Hans" class="[^"]*\belder"', elder)
    assert "研发后补助" in elder


def test_no_variant_sets_a_cookie(client: Client, kjj: Department) -> None:
    make_public(make_document(kjj))
    for path in ("/zh-hant/", "/elder/policies/", "/zh-hant/elder/search/?q=%E7%A0%94%E7%99%BC&size=l"):
        response = client.get(path)
        assert response.status_code == 200
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")


def test_a_draft_is_hidden_in_every_variant(client: Client, kjj: Department) -> None:
    draft = make_document(kjj)
    for prefix in ("", "/zh-hant", "/elder", "/zh-hant/elder"):
        assert client.get(f"{prefix}/policies/kjj/{draft.slug}/").status_code == 404
    assert "沒有這個頁面" in client.get("/zh-hant/nothing/").content.decode()


@pytest.mark.parametrize("path", ["/admin/", "/static/css/site.css", "/documents/1/a.pdf?x=1", "/feed.atom"])
def test_a_prefix_before_a_file_or_the_back_office_leads_to_the_thing_itself(
    client: Client, path: str, db: None
) -> None:
    response = client.get("/zh-hant" + path)
    assert (response.status_code, response["Location"]) == (301, path)


def test_a_prefix_leads_to_no_other_site(client: Client, db: None) -> None:
    """What is left when the prefix is taken off is an address of another site, and would be in a redirect that repeats it."""
    for path in ("//example.com/", "//example.com", "//example.com/policies", "//example.com/policies/?size=m"):
        for prefix in ("/zh-hant", "/elder", "/zh-hant/elder"):
            assert client.get(prefix + path).status_code == 404, prefix + path


def test_the_length_told_is_the_length_sent(client: Client, kjj: Department) -> None:
    make_public(make_document(kjj))
    response = client.get("/zh-hant/")
    assert int(response["Content-Length"]) == len(response.content)


def test_a_redirect_stays_in_the_variant(client: Client, kjj: Department) -> None:
    response = client.get("/zh-hant/policies/kjj?size=l")
    assert response.status_code == 301
    assert response["Location"] == "/zh-hant/policies/kjj/?size=l"
