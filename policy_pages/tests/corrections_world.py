"""How the tests of 我要纠错 report an error."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import time_machine
from django.utils import timezone

from policy_pages.feedback.forms import new_stamp
from policy_pages.feedback.pages import named_page
from policy_pages.feedback.services import Report, receive_ticket

if TYPE_CHECKING:
    from policy_pages.models import CorrectionTicket

NEW = "/corrections/new/"


def travel(day: str) -> Any:
    """That moment of 2026 in Shanghai, standing still."""
    return time_machine.travel(f"2026-{day} +0800", tick=False)


def report(path: str = "/", **facts: Any) -> CorrectionTicket:
    """A report about the page at a path."""
    values = {"kind": "phone", "text": "咨询电话是空号。", "address": "", **facts}
    return receive_ticket(report=Report(page=named_page(path), **values))


def filled(**facts: str) -> dict[str, str]:
    """A form as a person sends it, who asked for it a minute ago."""
    with time_machine.travel(timezone.now() - datetime.timedelta(minutes=1), tick=False):
        stamp = new_stamp()
    return {
        "page": "/",
        "kind": "phone",
        "text": "咨询电话是空号。",
        "place": "",
        "contact": "",
        "website": "",
        "stamp": stamp,
    } | facts
