"""`python -m benchmarks [PART …]`: measure the parts, each in a process of its own, against their limits.

Without a part: all of them, into results/latest.{json,md,svg}; one or some: into results/<part>.*. A run that the
environment made smaller (`benchmarks.sizes`) writes results/reduced.*. Exit status 1 if a limit is missed, of a full run, or
could not be measured, of any. The data lie in a temporary folder, or in HUIQITONG_BENCH_FOLDER, and are then used again.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.ground import ROOT, Ground
from benchmarks.limits import LINES, PARTS, keys_of
from benchmarks.report import write
from benchmarks.results import completed, exit_status
from benchmarks.sizes import Sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.results import Result


def main(arguments: list[str]) -> int:
    """Measure what is asked for; returns the exit status."""
    if arguments[:1] == ["--measure"]:
        return measure(arguments[1], Path(arguments[2]))
    unknown = [name for name in arguments if name not in PARTS]
    if unknown:
        print(f"no part {', '.join(unknown)}: {', '.join(PARTS)}")
        return 2
    sizes, results = Sizes.asked(), []
    parts = arguments or PARTS
    with data_folder() as folder:
        for part in parts:
            results += run(part, folder)
    results.sort(key=lambda result: [line.name for line in LINES.values()].index(result["name"]))
    name = "-".join(parts) if arguments else "latest"
    write(results, sizes, name if sizes.is_full else "reduced")
    return exit_status(results, is_full=sizes.is_full)


def run(part: str, folder: Path) -> list[Result]:
    """One part in a process of its own; what it could not measure is told with its last words."""
    print(f"== {part}", flush=True)
    start, answer, errors = time.monotonic(), folder / f"{part}.json", folder / f"{part}.log"
    answer.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks", "--measure", part, str(folder)]
    with errors.open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stderr=log)
        try:
            process.wait()
        finally:
            process.terminate()
            process.wait()
    print(f"== {part}: {time.monotonic() - start:.0f} s", flush=True)
    said = errors.read_text(encoding="utf-8").strip()
    sys.stderr.write(said + "\n" if said else "")
    reason = "could not be measured: " + (said.rpartition("\n")[2] or "no reason given")
    found = json.loads(answer.read_text(encoding="utf-8")) if answer.exists() else {}
    return completed(found, keys_of(part), reason)


def measure(part: str, folder: Path) -> int:
    """In the part's own process: measure, and leave the results by key as they come."""
    ground, found = Ground(folder, Sizes.asked()), {}
    try:
        for more in importlib.import_module(f"benchmarks.{part}").measure(ground):
            found |= more
            (folder / f"{part}.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    except Exception:
        traceback.print_exc()
        return 1
    return 0


@contextmanager
def data_folder() -> Iterator[Path]:
    """Where databases lie: a folder that is gone afterwards, or the one that the environment names."""
    named = os.environ.get("HUIQITONG_BENCH_FOLDER")
    if named:
        Path(named).mkdir(parents=True, exist_ok=True)
        yield Path(named).resolve()
        return
    with tempfile.TemporaryDirectory(prefix="huiqitong-bench-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # whoever ends us ends our servers too
    sys.exit(main(sys.argv[1:]))
