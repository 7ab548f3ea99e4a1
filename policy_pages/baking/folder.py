"""The folder of kept pages: `current -> e…/`, below it a folder a day, below that each page by its address.

    current -> e12-9f3ac2-5d0c71aa-03b1c2d4/
    e12-9f3ac2-5d0c71aa-03b1c2d4/2026-11-30/policies/kjj/wj-1/index.html
    e12-9f3ac2-5d0c71aa-03b1c2d4/2026-11-30/policies/kjj/wj-1/index.html.gz

A page is written into the epoch that was current before it was made. If anything public changed meanwhile, nobody looks
there any more: no order of making and forgetting can show an old page.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import logging
import os
import secrets
import shutil
import threading
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from policy_pages.baking import rules
from policy_pages.baking.epoch import current_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

logger = logging.getLogger(__name__)

#: Old epochs left for who is just writing into them.
_LEFT = 2
#: Level of compression: beyond it a page of ours shrinks by less than one in a hundred.
_LEVEL = 6
#: Seconds to wait for another process that sets the link; it needs less than a hundredth.
_PATIENCE = 2


class Kept(NamedTuple):
    """A page's bytes, plain and compressed, and the stamp of its content (`rules.stamp_of`)."""

    plain: bytes
    packed: bytes
    stamp: int


def kept(body: bytes) -> Kept:
    """What is kept of an answer's body."""
    return Kept(body, gzip.compress(body, _LEVEL, mtime=0), _stamp(body))


def _stamp(body: bytes) -> int:
    return rules.stamp_of(hashlib.blake2b(body, digest_size=8).digest())


class Folder:
    """The kept pages of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.link = root / "current"
        self._link = str(self.link)
        self._lock_path = str(root / ".lock")
        #: Set while a link stands that can neither be set right nor removed: then nothing kept is served.
        self.is_broken = False
        root.mkdir(parents=True, exist_ok=True)

    def forget_earlier_boot(self, boot: str) -> bool:
        """Put everything kept before the machine last started (`boot` names that start) out of the way; whether there was any.

        Files are not synced to the disk one by one: after a power cut some may be empty. Raises OSError.
        """
        noted = self.root / ".boot"
        with self._locked():
            if noted.exists() and noted.read_text() == boot:
                return False
            self.withdraw()
            gone = self._put_away(self._epochs())
            temporary = noted.with_name(f".boot-{_writer()}")
            temporary.write_text(boot)
            temporary.replace(noted)
        self.remove_gone()
        return gone > 0

    def current(self) -> str:
        """The epoch this machine shows; empty when it shows none."""
        try:
            return os.readlink(self._link)  # noqa: PTH115 -- at every request: a Path costs more than the question
        except OSError:
            return ""

    def settle(self, code: str = "") -> str:
        """Point the link at what the database holds now, and return the folder's name; empty if that could not be done.

        `code` is the mark of a process that serves (`epoch.code_mark`); any other leaves the one that stands. The database
        is asked with the lock held, so of two processes the later sets the later state. Whatever goes wrong, the old
        pages are no longer shown: without a link every page is made anew. Logs, and never raises.
        """
        try:
            with self._locked():
                epoch = rules.epoch_name(current_state(), code or rules.code_of(self.current()))
                if rules.epoch_of(self.current()) != epoch:
                    self._point(rules.folder_name(epoch, secrets.token_hex(4)))
                self.is_broken = False
                return self.current()
        except Exception:
            logger.exception("kept pages: the link could not be set; pages are made anew until it can")
            self.withdraw()
            return ""

    def withdraw(self) -> None:
        """Show no kept page until `settle` sets the link again. Needs no room on the disk."""
        try:
            self._forget_live()
            self.link.unlink(missing_ok=True)
        except OSError:
            self.is_broken = True
            logger.critical("kept pages: %s cannot even be removed; the server in front may show old pages", self.link)

    def show(self, folder: str, asked_at: float, seconds: float) -> None:
        """Let a server in front look into this folder until so many seconds after an instant of POSIX time, and no longer.

        By links that each stand for a tenth of a second: what nobody renews ends by itself, whoever was killed or stopped.
        Does nothing where another folder is current by now. Raises OSError.
        """
        tenths = [asked_at + tenth / 10 for tenth in range(int(seconds * 10))]
        wanted = {rules.live_name(instant) for instant in tenths}
        with self._locked():
            there = {path.name for path in self._live()}
            for name in there - wanted:
                (self.root / name).unlink(missing_ok=True)
            if self.current() != folder:
                return
            for name in wanted - there:
                (self.root / name).symlink_to(folder)

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
        if stamp != _stamp(plain):
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
        """Remove epochs and days that are over, but the last two epochs; returns how many folders went. Raises OSError."""
        with self._locked():
            current = self.current()
            old = sorted(
                (path for path in self._epochs() if path.name != current), key=lambda path: path.stat().st_mtime
            )
            over = self._put_away([*old[:-_LEFT], *(day for day in self._days(current) if day.name < today)])
        self.remove_gone()
        return over

    def remove_gone(self) -> None:
        """Remove what was put away; without the lock, for it may take seconds."""
        for path in self.root.glob(".gone-*"):
            shutil.rmtree(path, ignore_errors=True)

    def _put_away(self, paths: Iterable[Path]) -> int:
        number = 0
        for path in paths:
            path.rename(self.root / f".gone-{secrets.token_hex(8)}")
            number += 1
        return number

    def _epochs(self) -> list[Path]:
        return [path for path in self.root.iterdir() if rules.is_epoch_folder(path.name)]

    def _live(self) -> list[Path]:
        return list(self.root.glob("live-*"))

    def _forget_live(self) -> None:
        for path in self._live():
            path.unlink(missing_ok=True)

    def _days(self, folder: str) -> list[Path]:
        try:
            return list((self.root / folder).iterdir()) if folder else []
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _file(self, epoch: str, day: str, path: str) -> Path | None:
        folder = rules.folder_of(path)
        return None if folder is None else self.root / epoch / day / folder / "index.html"

    def _point(self, folder: str) -> None:
        temporary = self.root / f".link-{_writer()}"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(folder)
        self._forget_live()
        temporary.replace(self.link)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)  # nobody else may hold it
        try:
            _lock(handle)
            yield
        finally:
            os.close(handle)


def _lock(handle: int) -> None:
    """Take the lock, or raise TimeoutError: a process that was stopped while it held it must not stop the others."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() > deadline:
            raise TimeoutError("the lock of the kept pages is held for too long")
        time.sleep(0.001)


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
