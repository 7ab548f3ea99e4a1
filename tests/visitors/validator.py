"""The Nu Html Checker (v.Nu), which validator.w3.org runs, offline: what it says against pages, in a line each."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

#: `make install-browser` puts it there, with its hash checked.
JAR = Path(settings.BASE_DIR) / ".venv" / "share" / "vnu.jar"
SECONDS = 120


def require() -> None:
    """Skip where the checker or Java is missing; on CI that is a failure."""
    if JAR.exists() and shutil.which("java"):
        return
    reason = "no HTML validator: make install-browser brings it (npm and Java must be there)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def messages(pages: Mapping[str, str], folder: Path) -> list[str]:
    """Each error and warning as `name:line: message`; empty for pages that are valid."""
    folder /= "pages"
    folder.mkdir()
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    command = ["java", "-jar", str(JAR), "--format", "json", "--stdout", "--exit-zero-always", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    found = json.loads(run.stdout)["messages"]
    return [
        f"{Path(one.get('url', '')).stem}:{one.get('lastLine', 0)}: {one['message']}"
        for one in found
        if one["type"] != "info" or one.get("subType") == "warning"
    ]
