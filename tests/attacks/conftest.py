"""The bureau, two city departments, and what one of them has not published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts.tests.conftest import bureau, gxj, kjj, login
from tests.attacks.world import Foreign, make_foreign
from tests.scenes import scene

if TYPE_CHECKING:
    from accounts.models import Department

__all__ = ["bureau", "foreign", "gxj", "kjj", "login"]


@pytest.fixture
def foreign(kjj: Department, gxj: Department) -> Foreign:
    """kjj's unpublished work, which gxj's people attack."""
    return scene("foreign", lambda: make_foreign(kjj))
