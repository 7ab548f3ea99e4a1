"""`python -m benchmarks`: fill a database in a temporary folder, measure, write results/latest.{json,md,svg}.

`HUIQITONG_BENCH_CLOCKS` is the number of clocks, a million unless said otherwise. Exit status 1 if a limit is missed.
A process of its own fills (`python -m benchmarks fill`): what is measured starts, as in use, with a memory of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Measure in a folder that is gone afterwards; returns the exit status."""
    clocks = int(os.environ.get("HUIQITONG_BENCH_CLOCKS", "1000000"))
    if sys.argv[1:] == ["fill"]:
        return fill(clocks)
    with tempfile.TemporaryDirectory(prefix="huiqitong-bench-") as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        os.environ["DJANGO_SETTINGS_MODULE"] = "cms.settings.test"
        subprocess.run([sys.executable, "-m", "benchmarks", "fill"], check=True)
        import django

        django.setup()
        from django.conf import settings

        settings.MEDIA_ROOT = str(Path(folder) / "media")
        from benchmarks.duties import measure  # needs the apps
        from benchmarks.report import write

        results = measure(clocks)
        write(results, clocks)
    return 0 if all(result["ok"] for result in results) else 1


def fill(clocks: int) -> int:
    """Make the database that the environment names, with so many clocks."""
    import django

    django.setup()
    from benchmarks.filling import make_city

    make_city(clocks)
    return 0


if __name__ == "__main__":
    sys.exit(main())
