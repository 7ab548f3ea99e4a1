"""The pictures of docs/screenshots: one name, one place that draws it, and nothing left over."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
#: Composed of others by `side_by_side`.
COMPOSED = {"readme"}


def test_each_picture_has_one_name_and_is_there() -> None:
    sources = [path.read_text() for path in (ROOT / "tests" / "browser").glob("test_*.py")]
    names = sorted(name for source in sources for name in re.findall(r'\.shot\("([^"]+)"\)', source))
    numbers = [name.partition("-")[0] for name in names]
    assert len(set(numbers)) == len(numbers), names
    assert {path.stem for path in (ROOT / "docs" / "screenshots").iterdir()} == COMPOSED | set(names)
