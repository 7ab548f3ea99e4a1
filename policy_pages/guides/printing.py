"""The printable page's QR code."""

from __future__ import annotations

import io

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_code(address: str) -> SafeString:
    """The address as an inline SVG drawn by attributes alone (the CSP allows no style); decoration, for its words stand beside it.

    Level M: a fold or a stain over a seventh of it does no harm.
    """
    out = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(out, kind="svg", xmldecl=False, svgns=False, omitsize=True, svgclass="qr", lineclass=None, light="#fff")
    # Of our own making: segno draws numbers only, the address is drawn and not written.
    return mark_safe(out.getvalue().decode())  # noqa: S308
