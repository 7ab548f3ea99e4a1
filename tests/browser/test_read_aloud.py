"""朗读 in a real browser. Machines that test have no voice, so the browser's own is replaced by one that records what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

    from policy_pages.models import PolicyPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: As the browser's: speaks one utterance after the other. `finish()` is the end of the one being spoken.
VOICE = """(() => {
    const queue = [];
    window.said = []; window.cancelled = 0;
    const voices = [{ lang: 'en-US', localService: true, name: 'English' }, { lang: 'zh-CN', localService: false, name: 'far' },
        { lang: 'zh-CN', localService: true, name: 'near' }];
    class Utterance { constructor(text) { this.text = text; } }
    const synthesis = {
        get speaking() { return queue.length > 0; }, get pending() { return queue.length > 1; },
        getVoices: () => voices,
        speak(one) { queue.push(one); said.push([one.text, one.lang, one.voice && one.voice.name]); if (one.onstart) one.onstart({}); },
        cancel() { cancelled += 1; const was = queue.splice(0); was.forEach(one => one.onerror && one.onerror({ error: 'canceled' })); },
    };
    window.finish = () => { const one = queue.shift(); if (one) one.onend({}); };
    window.fail = () => { const one = queue.shift(); one.onerror({ error: 'synthesis-failed' }); };
    Object.defineProperty(window, 'speechSynthesis', { value: synthesis });
    Object.defineProperty(window, 'SpeechSynthesisUtterance', { value: Utterance });
})()"""
NO_VOICE = "delete window.speechSynthesis; Object.defineProperty(window, 'speechSynthesis', { value: undefined })"
#: How the page was asked to scroll.
SCROLLS = """window.scrolls = []; const before = Element.prototype.scrollIntoView;
Element.prototype.scrollIntoView = function (how) { scrolls.push(how.behavior); return before.call(this, how); };"""


@pytest.fixture
def document() -> PolicyPage:
    f.make_bureau()
    unit = f.make_department("kjj", "科学技术局")
    articles = [
        ("article", {"number": f"第{place}条", "text": f"<p>这是第{place}条的第一句。这是第二句；第三句在此！</p>"})
        for place in "一二三四五六七八九"
    ]
    body = [("paragraph", "<p>为了扶持企业，制定本办法。</p>"), *articles]
    return f.make_public(f.make_document(unit, title="研发奖补办法", body=body))


@pytest.fixture
def opened(chromium: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    contexts, errors = [], []

    def show(page: PolicyPage, *scripts: str, **facts: object) -> Page:
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 700}, **facts)
        context.set_default_timeout(15_000)
        contexts.append(context)
        for script in scripts:
            context.add_init_script(script)
        tab = context.new_page()
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(f"{live_server.url}/policies/kjj/{page.slug}/")
        return tab

    yield show
    for context in contexts:
        context.close()
    assert errors == []


def spoken(tab: Page) -> list[str]:
    return [text for text, _lang, _voice in tab.evaluate("said")]


def test_the_button_is_there_only_where_the_browser_can(opened: Callable[..., Page], document: PolicyPage) -> None:
    expect(opened(document).get_by_role("button", name="朗读")).to_be_visible()  # the real browser, untouched
    expect(opened(document, NO_VOICE).locator("[data-reader]")).to_be_hidden()
    expect(opened(document, java_script_enabled=False).locator("[data-reader]")).to_be_hidden()


def test_a_browser_without_voices_says_so_instead_of_nothing(opened: Callable[..., Page], document: PolicyPage) -> None:
    """The real speechSynthesis of a machine without voices: it fails, or never begins."""
    tab = opened(document)
    if tab.evaluate("speechSynthesis.getVoices().length"):
        pytest.skip("this machine has a voice")
    tab.get_by_role("button", name="朗读").click()
    expect(tab.get_by_role("status")).to_have_text("这台设备没有可用的中文语音，不能朗读。")
    expect(tab.get_by_role("button", name="朗读")).to_be_visible()
    expect(tab.locator(".is-read")).to_have_count(0)


def test_the_whole_text_is_read_sentence_by_sentence_and_nothing_around_it(
    opened: Callable[..., Page], document: PolicyPage
) -> None:
    tab = opened(document, VOICE)
    tab.get_by_role("button", name="朗读").click()
    for _sentence in range(80):
        tab.evaluate("finish()")
    told = spoken(tab)
    assert told.index("研发奖补办法") < told.index("为了扶持企业，制定本办法。") < told.index("这是第九条的第一句。")
    assert told[-1] == "第三句在此！"
    assert [text for text in told if "索引号" in text or "打印" in text or "目录" in text or "责任编辑" in text] == []
    assert {(lang, voice) for _text, lang, voice in tab.evaluate("said")} == {("zh-CN", "near")}
    expect(tab.get_by_role("button", name="朗读", exact=True)).to_be_visible()
    expect(tab.locator(".is-read")).to_have_count(0)


def test_the_sentence_is_marked_where_it_stands_and_brought_into_view(
    opened: Callable[..., Page], document: PolicyPage
) -> None:
    tab = opened(document, VOICE, SCROLLS, reduced_motion="reduce")
    tab.get_by_role("button", name="朗读").click()
    while "这是第九条的第一句。" not in spoken(tab):
        tab.evaluate("finish()")
        assert tab.locator(".is-read").count() == 1
    expect(tab.locator(".is-read")).to_contain_text("这是第九条的第一句")
    expect(tab.locator(".is-read")).to_be_in_viewport()
    assert set(tab.evaluate("scrolls")) == {"auto"}, "who wants no motion gets none"


def test_it_moves_smoothly_for_who_does_not_mind(opened: Callable[..., Page], document: PolicyPage) -> None:
    tab = opened(document, VOICE, SCROLLS, reduced_motion="no-preference")
    tab.get_by_role("button", name="朗读").click()
    while "这是第九条的第一句。" not in spoken(tab):
        tab.evaluate("finish()")
    assert set(tab.evaluate("scrolls")) == {"smooth"}


def test_pause_goes_on_with_the_same_sentence_and_stop_begins_anew_by_keyboard_alone(
    opened: Callable[..., Page], document: PolicyPage
) -> None:
    tab = opened(document, VOICE)
    play, stop = tab.locator("[data-read=play]"), tab.locator("[data-read=stop]")
    expect(stop).to_be_hidden()
    play.focus()
    tab.keyboard.press("Enter")
    expect(play).to_have_text("暂停朗读")
    expect(stop).to_be_visible()
    tab.evaluate("finish()")
    before = spoken(tab)
    tab.keyboard.press("Space")
    expect(play).to_have_text("继续朗读")
    assert tab.evaluate("[speechSynthesis.speaking, cancelled]") == [False, 1]
    expect(tab.locator(".is-read")).to_have_count(1)
    tab.keyboard.press("Enter")
    expect(play).to_have_text("暂停朗读")
    assert spoken(tab) == [*before, before[-1]]
    tab.keyboard.press("Tab")
    expect(stop).to_be_focused()
    tab.keyboard.press("Enter")
    expect(play).to_have_text("朗读")
    expect(play).to_be_focused()
    expect(stop).to_be_hidden()
    assert tab.evaluate("speechSynthesis.speaking") is False
    tab.keyboard.press("Enter")
    assert spoken(tab)[-1] == before[0]


def test_a_voice_that_fails_is_told(opened: Callable[..., Page], document: PolicyPage) -> None:
    tab = opened(document, VOICE)
    tab.get_by_role("button", name="朗读").click()
    tab.evaluate("fail()")
    expect(tab.get_by_role("status")).to_have_text("这台设备没有可用的中文语音，不能朗读。")
    tab.get_by_role("button", name="朗读", exact=True).click()
    expect(tab.get_by_role("status")).to_be_empty()


def test_it_falls_silent_when_the_page_is_left(opened: Callable[..., Page], document: PolicyPage) -> None:
    tab = opened(document, VOICE)
    tab.get_by_role("button", name="朗读").click()
    assert tab.evaluate("speechSynthesis.speaking")
    tab.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert tab.evaluate("speechSynthesis.speaking") is False
    expect(tab.locator("[data-read=play]")).to_have_text("朗读")


def test_a_guide_is_read_as_it_is_seen_and_no_sentence_is_too_long(opened: Callable[..., Page]) -> None:
    f.make_bureau()
    unit = f.make_department("kjj", "科学技术局")
    long = "，".join(f"第{place}类企业可以申报本项补助" for place in range(60)) + "。"
    hotlines = [("hotline", {"number": number, "hours": ""}) for number in ("0510-81820111", "0510-81820112")]
    guide = f.make_public(
        f.make_guide(
            unit, title="研发后补助", summary="给研发企业。", amount_text=long, amount_max=500_000, hotlines=hotlines
        )
    )
    tab = opened(guide, VOICE)
    tab.get_by_role("button", name="朗读").click()
    for _sentence in range(200):
        tab.evaluate("finish()")
    told = spoken(tab)
    text = "".join(told)
    assert "最高金额：50 万元" in told
    assert "咨询电话：0510-81820111，0510-81820112" in told, "two numbers, not one long one"
    assert "—" not in told
    assert [text for text in told if "一页纸" in text or "自查" in text] == [], "buttons are for the eye"
    assert text.index("研发后补助") < text.index("给研发企业") < text.index("现在能报吗：") < text.index("申报条件")
    assert max(map(len, told)) <= 180
    assert long.rstrip("。") in text, "what is cut is said whole"
