"""The look: one small style sheet, readable colours, nothing inline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
SHEET = Path(settings.BASE_DIR) / "static" / "css" / "site.css"
PUBLIC = [
    path
    for folder in (".", "components", "policy_pages", "policy_pages/blocks")
    for path in sorted((TEMPLATES / folder).glob("*.html"))
]
#: Text colour on the grounds it stands on.
PAIRS = [
    ("ink", "ground"),
    ("ink", "wash"),
    ("ink", "main-wash"),
    ("ink", "mark"),
    ("ink", "late-wash"),
    ("ink", "soon-wash"),
    ("muted", "ground"),
    ("muted", "wash"),
    ("main", "ground"),
    ("main", "wash"),
    ("main", "main-wash"),
    ("main", "late-wash"),
    ("main", "soon-wash"),
    ("main-deep", "ground"),
    ("on-main", "main"),
    ("on-main", "main-deep"),
    ("open", "open-wash"),
    ("open", "wash"),
    ("soon", "soon-wash"),
    ("soon", "ground"),
    ("soon", "wash"),
    ("late", "late-wash"),
    ("late", "wash"),
]


def _palettes() -> dict[str, dict[str, str]]:
    tokens = SHEET.read_text().split("/* 2 ", 1)[0]
    colours = re.compile(r"--([a-z-]+): (#[0-9A-F]{6})")
    blocks = dict(re.findall(r"(:root|\.scheme-auto|\.scheme-dark|\.contrast-high) \{(.*?)\}", tokens, re.DOTALL))
    light = dict(colours.findall(blocks[":root"]))
    names = {"light": ":root", "device": ".scheme-auto", "dark": ".scheme-dark", "high": ".contrast-high"}
    return {name: {**light, **dict(colours.findall(blocks[block]))} for name, block in names.items()}


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_contrast_is_computed_rightly() -> None:
    assert round(_contrast("#000000", "#FFFFFF"), 1) == 21.0
    assert round(_contrast("#777777", "#FFFFFF"), 2) == 4.48


@pytest.mark.parametrize("scheme", ["light", "dark", "high"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_is_readable_on_its_ground(scheme: str, text: str, ground: str) -> None:
    palette = _palettes()[scheme]
    assert _contrast(palette[text], palette[ground]) >= 4.5


def test_dark_is_the_same_on_the_devices_wish_and_on_the_readers() -> None:
    assert _palettes()["device"] == _palettes()["dark"] != _palettes()["light"]


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_high_contrast_reaches_the_highest_level(text: str, ground: str) -> None:
    palette = _palettes()["high"]
    assert _contrast(palette[text], palette[ground]) >= 7


def test_the_design_page_tells_the_contrast_of_today() -> None:
    page = (Path(settings.BASE_DIR) / "docs" / "design.md").read_text()
    palettes = [_palettes()[name] for name in ("light", "dark", "high")]
    told = re.findall(r"^\| ([a-z-]+) on ([a-z-]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", page, re.MULTILINE)
    computed = [
        (text, ground, *(f"{_contrast(palette[text], palette[ground]):.1f}" for palette in palettes))
        for text, ground in PAIRS
    ]
    assert told == computed


def test_the_style_sheet_is_small() -> None:
    assert len(SHEET.read_bytes()) <= 40_000


@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_carries_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", text)


def test_the_server_error_page_needs_no_context() -> None:
    text = (TEMPLATES / "500.html").read_text()
    assert "{%" not in text
    assert "{{" not in text
    assert "系统出了故障" in text
