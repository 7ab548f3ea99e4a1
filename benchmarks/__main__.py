"""`python -m benchmarks`: fill a database in a temporary folder, measure, write results/latest.{json,md,svg}.

`HUIQITONG_BENCH_CLOCKS` is the number of clocks, a million unless said otherwise. Exit status 1 if a limit is missed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Measure in a folder that is gone afterwards; returns the exit status."""
    clocks = int(os.environ.get("HUIQITONG_BENCH_CLOCKS", "1000000"))
    with tempfile.TemporaryDirectory(prefix="huiqitong-bench-") as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        os.environ["DJANGO_SETTINGS_MODULE"] = "cms.settings.test"
        import django

        django.setup()
        from django.conf import settings

        settings.MEDIA_ROOT = str(Path(folder) / "media")
        from benchmarks.duties import measure  # needs the apps
        from benchmarks.report import write

        results = measure(clocks)
        write(results, clocks)
    return 0 if all(result["ok"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
