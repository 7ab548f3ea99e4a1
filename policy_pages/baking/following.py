"""Each worker follows the database's epoch, so that what another process or machine made public shows here too."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.utils import timezone

from policy_pages.baking.epoch import current_epoch

if TYPE_CHECKING:
    from policy_pages.baking.folder import Folder

logger = logging.getLogger(__name__)

#: Seconds between two questions to the database.
_PAUSE = 0.1
#: Part of the lease after which the link is taken away: the rest is for the taking.
_MARGIN = 0.8


class Follower:
    """Asks for the epoch ten times a second in a thread of its own, and sets the link when it is another.

    With one machine (`HUIQITONG_NODES`) this repairs what a crash between commit and link left; kept pages are served
    meanwhile, for nothing else can change them. With several, another machine may publish at any moment: kept pages are
    served only for `HUIQITONG_BAKE_LEASE` seconds after the database was last asked, and who publishes waits as long.
    """

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.has_lease = settings.HUIQITONG_NODES > 1
        self.lease = settings.HUIQITONG_BAKE_LEASE
        self._asked_at = float("-inf")
        self._stopped = threading.Event()
        self._day = ""
        os.register_at_fork(after_in_child=self.start)  # threads do not survive a fork

    def start(self) -> None:
        """Set the link and begin to follow. A database that does not answer yet is asked again."""
        self._stopped.clear()
        self._look()
        threads = [self._follow, self._guard] if self.has_lease else [self._follow]
        for work in threads:
            threading.Thread(target=work, name=f"baking {work.__name__}", daemon=True).start()

    def stop(self) -> None:
        """End the threads, for tests."""
        self._stopped.set()

    def may_serve(self) -> bool:
        """Whether what is kept may be shown now."""
        return not self.has_lease or time.monotonic() - self._asked_at < self.lease

    def _follow(self) -> None:
        while not self._stopped.wait(_PAUSE):
            self._look()
        connection.close()

    def _look(self) -> None:
        asked_at = time.monotonic()
        try:
            if current_epoch() != self.folder.current() and not self.folder.settle():
                return
            self._asked_at = asked_at
            self._leave_day()
        except Exception:
            # The next look opens a new connection; the lease says what may be shown until then.
            logger.warning("kept pages: the database does not answer", exc_info=True)
            connection.close()

    def _leave_day(self) -> None:
        """At midnight yesterday's pages go, whatever zone the clock of the server in front is in."""
        today = timezone.localdate().isoformat()
        if today != self._day:
            self._day = today
            self.folder.sweep(today)

    def _guard(self) -> None:
        """Take the link away when the database has not answered for most of a lease: the thread that asks may hang."""
        while not self._stopped.wait(self.lease / 20):
            if time.monotonic() - self._asked_at > self.lease * _MARGIN:
                self.folder.withdraw()
