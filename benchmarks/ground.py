"""What every part stands on: the environments of both sides, and their filled databases, made once a run."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.servers import ServingError
from benchmarks.timing import say, timed
from benchmarks.workers import side

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from benchmarks.sizes import Sizes
    from benchmarks.workers import Side

ROOT = Path(__file__).resolve().parent.parent
PEER_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
OURS, STOCK = "benchmarks.city", "benchmarks.peers.stock.filling"


@dataclass(frozen=True)
class Ground:
    """A folder for the data of a run, and how much there is to be."""

    folder: Path
    sizes: Sizes

    # --- Environments -------------------------------------------------------------------------------------------------

    def ours(self, url: str) -> dict[str, str]:
        """The environment of our side over a database."""
        return self._environment(url, "benchmarks.settings")

    def stock(self, url: str) -> dict[str, str]:
        """The environment of the stock side over a database."""
        return self._environment(url, "benchmarks.peers.stock.settings")

    def _environment(self, url: str, settings: str) -> dict[str, str]:
        told = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": settings, "HUIQITONG_VAR": str(self.folder)}
        return {**os.environ, **told, "PYTHONUTF8": "1"}

    def our_side(self, url: str) -> AbstractContextManager[Side]:
        """Our worker."""
        return side(sys.executable, "benchmarks.ours", self.ours(url))

    def stock_side(self, url: str) -> AbstractContextManager[Side]:
        """The stock worker."""
        return side(str(peer_python()), "benchmarks.peers.stock.worker", self.stock(url))

    # --- Databases ----------------------------------------------------------------------------------------------------

    def both(self) -> tuple[str, str]:
        """Addresses of our and the stock SQLite database with all `pages`, filled side by side unless they are there."""
        ours, stock = self.url("ours"), self.url("stock")
        sizes = self.sizes
        self.fill({ours: (OURS, sizes.pages, sizes.length), stock: (STOCK, sizes.pages, sizes.length)})
        return ours, stock

    def fewer_and_more(self) -> tuple[str, str]:
        """Addresses of our SQLite databases with `few` and with `many` short pages."""
        few, many = self.url("few"), self.url("many")
        self.fill({many: (OURS, self.sizes.many, self.sizes.short), few: (OURS, self.sizes.few, self.sizes.short)})
        return few, many

    def url(self, name: str) -> str:
        """Address of an SQLite database of the run."""
        return f"sqlite:///{self.folder / name}.sqlite3"

    def fill(self, wanted: dict[str, tuple[str, int, int]]) -> None:
        """Fill databases that are not there yet, each by a process of its own, at once: address → module, pages, length.

        What is measured afterwards starts, as in use, with a memory of its own. Raises ServingError when one fails.
        """
        self._collect()
        missing = {url: how for url, how in wanted.items() if not self._stamp(url).exists()}
        if missing:
            say(
                f"filled {', '.join(f'{how[1]} pages by {how[0]}' for how in missing.values())}",
                timed(lambda: self._fill(missing)),
            )

    def _fill(self, missing: dict[str, tuple[str, int, int]]) -> None:
        processes = {}
        for url, (module, pages, length) in missing.items():
            python, environment = (
                (sys.executable, self.ours(url)) if module == OURS else (peer_python(), self.stock(url))
            )
            hits = [str(hit) for hit in self.sizes.hits()] if pages == self.sizes.pages else []
            command = [str(python), "-m", module, str(pages), str(length), *hits]
            processes[url] = subprocess.Popen(command, env=environment, cwd=ROOT)
        try:
            failed = [url for url, process in processes.items() if process.wait()]
        finally:
            for process in processes.values():
                process.terminate()
        if failed:
            raise ServingError(f"filling failed: {', '.join(failed)}")
        for url in missing:
            self._stamp(url).touch()

    def _stamp(self, url: str) -> Path:
        return self.folder / f".filled-{url.rpartition('/')[2]}-{url.partition(':')[0]}"

    def _collect(self) -> None:
        """Static files with hashed names, as an installation has them."""
        if not (self.folder / "static" / "staticfiles.json").exists():
            command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
            subprocess.run(command, env=self.ours("sqlite://:memory:"), cwd=ROOT, check=True)


def peer_python() -> Path:
    """The interpreter of the peers. Raises ServingError without one."""
    if not PEER_PYTHON.exists():
        raise ServingError("no .venv-bench here: make install-bench")
    return PEER_PYTHON
