"""The demo's departments, one module of data each. Every text, number, amount and person in it is invented."""

from __future__ import annotations

from policy_pages.demo.content.czj import UNIT as CZJ
from policy_pages.demo.content.gxj import UNIT as GXJ
from policy_pages.demo.content.jy_gxj import UNIT as JY_GXJ
from policy_pages.demo.content.kjj import UNIT as KJJ
from policy_pages.demo.content.rsj import UNIT as RSJ
from policy_pages.demo.content.swj import UNIT as SWJ

#: A parent stands before its children.
UNITS = (KJJ, GXJ, RSJ, SWJ, CZJ, JY_GXJ)

__all__ = ["UNITS"]
