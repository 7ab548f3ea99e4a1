"""Where a visit goes first: one line at the end of a file, no database, nothing of the visitor.

Each process has a file a day of its own (`2026-11-25-<16 hexadecimal digits>.log`), which only grows until it is of a past day.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from policy_pages.visits.rules import written

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

logger = logging.getLogger(__name__)

#: A file of one process and day: some two million visits. Whatever comes after is not counted.
FILE_BYTES = 32 * 1024 * 1024
#: Files that may wait to be collected: with `FILE_BYTES` a bound on the disk, should `tick` stand still.
FILES = 256
#: Addresses and pages remembered within an hour; beyond that the one seen longest ago is forgotten.
REMEMBERED = 50_000


def append(folder: Path, at: datetime.datetime, page: int) -> bool:
    """Note a visit of the page at that instant (in the site's zone); False when there is no room for it. Raises OSError."""
    return append_line(folder, at, written(at, page))


def append_line(folder: Path, at: datetime.datetime, line: bytes) -> bool:
    """Note one line, which ends with its only line feed, at that instant (in the site's zone); False when there is no room.

    One write of a few hundred bytes at most to a file opened for appending: whole, whoever else writes. Raises OSError.
    """
    path = folder / f"{at:%Y-%m-%d}-{_process.token()}.log"
    flags = os.O_WRONLY | os.O_APPEND
    try:
        file = os.open(path, flags)
    except FileNotFoundError:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if len(os.listdir(folder)) >= FILES:  # noqa: PTH208 -- only their number is asked for
            logger.warning("nothing is counted: %s holds %s files; does tick run?", folder, FILES)
            return False
        file = os.open(path, flags | os.O_CREAT, 0o600)
    try:
        if os.fstat(file).st_size >= FILE_BYTES:
            return False
        os.write(file, line)
    finally:
        os.close(file)
    return True


class _Process:
    """This process's part of the names of its files; a fork gets another."""

    def __init__(self) -> None:
        self._of = 0
        self._token = ""

    def token(self) -> str:
        if self._of != os.getpid():
            self._of, self._token = os.getpid(), secrets.token_hex(8)
        return self._token


_process = _Process()


class HourlyBound:
    """How often within an hour one address may count for one page (or text), as far as this process sees.

    An address is kept as a keyed hash together with the page, in memory only; the key is random, lives as long as the hour
    and is written nowhere, so that nobody can tell afterwards, and no two hours can be laid together.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hour = ""
        self._key = b""
        self._seen: OrderedDict[bytes, int] = OrderedDict()

    def allows(self, address: str, page: int | str, at: datetime.datetime, limit: int) -> bool:
        """Whether this visit is one of the first `limit` of the hour; it is remembered as one of them."""
        with self._lock:
            hour = f"{at:%Y-%m-%d %H}"
            if hour != self._hour:
                self._hour, self._key = hour, secrets.token_bytes(32)
                self._seen.clear()
            name = hashlib.blake2b(f"{page} {address}".encode(), key=self._key, digest_size=12).digest()
            number = self._seen.pop(name, 0)
            self._seen[name] = min(number + 1, limit)
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
            return number < limit


#: The one of this process.
bound = HourlyBound()
