"""What `tick` and `bake` do for the kept pages."""

from __future__ import annotations

from django.utils import timezone

from policy_pages.baking.epoch import put_together
from policy_pages.baking.folder import kept_folder


def keep_house() -> tuple[str, int]:
    """Put old marks together, set this machine's link right, remove what is over: the epoch's name and how many folders went.

    The name is empty where no pages are kept, or the link could not be set.
    """
    put_together()
    folder = kept_folder()
    if folder is None:
        return "", 0
    return folder.settle(), folder.sweep(timezone.localdate().isoformat())
