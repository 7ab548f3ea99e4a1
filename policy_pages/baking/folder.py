"""The folder of kept pages: `current -> e…/`, below it a folder a day, below that each page by its address.

    current -> e12-9f3ac2-5d0c71aa/
    e12-9f3ac2-5d0c71aa/2026-11-30/policies/kjj/wj-1/index.html
    e12-9f3ac2-5d0c71aa/2026-11-30/policies/kjj/wj-1/index.html.gz

A page is written into the epoch that was current before it was made. If anything public changed meanwhile, nobody looks
there any more: no order of making and forgetting can show an old page.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import logging
import os
import shutil
import threading
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from policy_pages.baking import rules
from policy_pages.baking.epoch import current_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

#: Old epochs left for who is just writing into them.
_LEFT = 2
#: Level of compression: beyond it a page of ours shrinks by less than one in a hundred.
_LEVEL = 6


class Kept(NamedTuple):
    """A page's bytes, plain and compressed, and the stamp of its content (`rules.stamp_of`)."""

    plain: bytes
    packed: bytes
    stamp: int


def kept(body: bytes) -> Kept:
    """What is kept of an answer's body."""
    return Kept(
        body, gzip.compress(body, _LEVEL, mtime=0), rules.stamp_of(hashlib.blake2b(body, digest_size=8).digest())
    )


class Folder:
    """The kept pages of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.link = root / "current"
        self._link = str(self.link)
        root.mkdir(parents=True, exist_ok=True)

    def forget_earlier_boot(self, boot: str) -> bool:
        """Remove everything kept before the machine last started (`boot` names that start); whether there was anything.

        Files are not synced to the disk one by one: after a power cut some may be empty.
        """
        with self._locked():
            noted = self.root / ".boot"
            if noted.exists() and noted.read_text() == boot:
                return False
            self.withdraw()
            epochs = [path for path in self.root.iterdir() if rules.is_epoch_name(path.name)]
            for path in epochs:
                shutil.rmtree(path)
            noted.write_text(boot)
            return bool(epochs)

    def current(self) -> str:
        """The epoch this machine shows; empty when it shows none."""
        try:
            return os.readlink(self._link)  # noqa: PTH115 -- at every request: a Path costs more than the question
        except OSError:
            return ""

    def settle(self) -> str:
        """Point the link at what the database holds now, and return that epoch's name; empty if that could not be done.

        The database is asked with the lock held, so of two processes the later sets the later state. Whatever goes wrong,
        the old pages are no longer shown: without a link every page is made anew. Logs, and never raises.
        """
        try:
            with self._locked():
                epoch = current_epoch()
                if self.current() != epoch:
                    self._point(epoch)
                return epoch
        except Exception:
            logger.exception("kept pages: the link could not be set; pages are made anew until it can")
            self.withdraw()
            return ""

    def withdraw(self) -> None:
        """Show no kept page until `settle` sets the link again. Needs no room on the disk."""
        try:
            self.link.unlink(missing_ok=True)
        except OSError:
            logger.critical("kept pages: %s cannot even be removed; the server in front may show old pages", self.link)

    def read(self, epoch: str, day: str, path: str) -> Kept | None:
        """What another process kept of a page; None where there is nothing, or half of it."""
        where = self._file(epoch, day, path)
        if where is None:
            return None
        try:
            packed = _packed(where).read_bytes()
            plain = where.read_bytes()
            stamp = int(where.stat().st_mtime)
        except OSError:
            return None
        if stamp != rules.stamp_of(hashlib.blake2b(plain, digest_size=8).digest()):
            return None  # not of our writing, or cut short by a crash of the machine
        return Kept(plain, packed, stamp)

    def write(self, epoch: str, day: str, path: str, page: Kept) -> None:
        """Keep a page, whole or not at all; a full disk is logged and costs nothing but time."""
        where = self._file(epoch, day, path)
        if where is None:
            return
        temporary = where.with_name(f".{_writer()}")
        try:
            where.parent.mkdir(parents=True, exist_ok=True)
            # The compressed one first: the server looks for the plain one before it looks beside it.
            for target, data in ((_packed(where), page.packed), (where, page.plain)):
                temporary.write_bytes(data)
                os.utime(temporary, (page.stamp, page.stamp))
                temporary.replace(target)
        except OSError as error:
            logger.warning("kept pages: %s could not be written (%s)", path, error)
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def sweep(self, today: str) -> int:
        """Remove epochs and days that are over, but the last two epochs; returns how many folders went."""
        with self._locked():
            epoch = self.current()
            old = sorted(
                (path for path in self.root.iterdir() if rules.is_epoch_name(path.name) and path.name != epoch),
                key=lambda path: path.stat().st_mtime,
            )
        over = old[:-_LEFT] + [day for day in self._days(epoch) if day.name < today]
        for path in over:
            shutil.rmtree(path, ignore_errors=True)
        return len(over)

    def _days(self, epoch: str) -> list[Path]:
        try:
            return list((self.root / epoch).iterdir()) if epoch else []
        except FileNotFoundError:
            return []

    def _file(self, epoch: str, day: str, path: str) -> Path | None:
        folder = rules.folder_of(path)
        return None if folder is None else self.root / epoch / day / folder / "index.html"

    def _point(self, epoch: str) -> None:
        temporary = self.root / f".link-{_writer()}"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(epoch)
        temporary.replace(self.link)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _packed(where: Path) -> Path:
    return where.with_name("index.html.gz")


def _writer() -> str:
    return f"{os.getpid()}-{threading.get_ident()}"


@cache
def _folder(root: str) -> Folder:
    return Folder(Path(root))


def this_boot() -> str:
    """Names the start of this machine; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def kept_folder() -> Folder | None:
    """The folder of the settings; None where pages are not kept, or where it cannot be made."""
    if not settings.HUIQITONG_BAKE_DIR:
        return None
    try:
        return _folder(settings.HUIQITONG_BAKE_DIR)
    except OSError:
        logger.exception("kept pages: the folder %s cannot be used", settings.HUIQITONG_BAKE_DIR)
        return None
