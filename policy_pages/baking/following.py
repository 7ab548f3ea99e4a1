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

from policy_pages.baking import rules
from policy_pages.baking.epoch import code_mark, current_state

if TYPE_CHECKING:
    from policy_pages.baking.folder import Folder

logger = logging.getLogger(__name__)

#: Seconds between two questions to the database.
_PAUSE = 0.1


class Follower:
    """Asks for the epoch ten times a second in a thread of its own, and sets the link when it is another.

    With one machine (`HUIQITONG_NODES`) this repairs what a crash between commit and link left; kept pages are served
    meanwhile, for nothing else can change them. With several, another machine may publish at any moment: kept pages are
    served, by us and by a server in front (`Folder.show`), for `HUIQITONG_BAKE_LEASE` seconds after the database was last
    asked and no longer, whatever becomes of us; and who publishes waits as long.
    """

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.has_lease = settings.HUIQITONG_NODES > 1
        self.lease = settings.HUIQITONG_BAKE_LEASE
        self._asked_at = float("-inf")
        self._stopped = threading.Event()
        self._day = ""
        self.code = code_mark()
        os.register_at_fork(after_in_child=self._go_on)  # threads do not survive a fork

    def start(self) -> None:
        """Set the link and begin to follow. A database that does not answer yet is asked again."""
        self._stopped.clear()
        self._look()
        threading.Thread(target=self._follow, name="baking", daemon=True).start()

    def _go_on(self) -> None:
        if not self._stopped.is_set():
            self.start()

    def stop(self) -> None:
        """End the threads, for tests."""
        self._stopped.set()

    def may_serve(self, folder: str) -> bool:
        """Whether what is kept in the current folder may be shown now, and kept there: another release's is not ours."""
        if not folder or self.folder.is_broken or rules.code_of(folder) != self.code:
            return False
        return not self.has_lease or time.monotonic() - self._asked_at < self.lease

    def _follow(self) -> None:
        while not self._stopped.wait(_PAUSE):
            self._look()
        connection.close()

    def _look(self) -> None:
        asked_at, instant = time.monotonic(), time.time()
        try:
            epoch = rules.epoch_name(current_state(), self.code)
            if rules.epoch_of(self.folder.current()) != epoch and not self.folder.settle(self.code):
                return
            self._asked_at = asked_at
            if self.has_lease:
                self.folder.show(self.folder.current(), instant, self.lease)
            self._leave_day()
        except Exception:
            # The next look opens a new connection; the lease says what may be shown until then.
            logger.warning("kept pages: the epoch could not be followed", exc_info=True)
            connection.close()

    def _leave_day(self) -> None:
        """At midnight yesterday's pages go, whatever zone the clock of the server in front is in."""
        today = timezone.localdate().isoformat()
        if today != self._day:
            # In a thread of its own: removing some ten thousand files must not keep us from following.
            threading.Thread(target=self._sweep, args=(today,), name="baking sweep", daemon=True).start()
            self._day = today

    def _sweep(self, today: str) -> None:
        try:
            self.folder.sweep(today)
        except OSError:
            logger.warning("kept pages: what is over could not be removed; tick tries again", exc_info=True)
