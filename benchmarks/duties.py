"""The part of the duty engine: a city of clocks in a database of its own, then its five limits."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.ground import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.ground import Ground
    from benchmarks.results import Result

#: The models that filling imports are there only after the set-up.
_FILL = "import sys, django; django.setup(); from benchmarks.filling import make_city; make_city(int(sys.argv[1]))"


def measure(ground: Ground) -> Iterator[dict[str, Result]]:
    """Yield the lines of this part by key."""
    os.environ["DATABASE_URL"] = ground.url("duties")
    os.environ["DJANGO_SETTINGS_MODULE"] = "cms.settings.test"
    os.environ["HUIQITONG_VAR"] = str(ground.folder)
    # A process of its own fills: what is measured starts, as in use, with a memory of its own.
    (ground.folder / "duties.sqlite3").unlink(missing_ok=True)
    subprocess.run([sys.executable, "-c", _FILL, str(ground.sizes.clocks)], check=True, cwd=ROOT)
    import django

    django.setup()
    from benchmarks.engine import judge_all  # needs the apps

    yield judge_all(ground.sizes.clocks)
