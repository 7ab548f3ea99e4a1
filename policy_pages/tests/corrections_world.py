"""How the tests of 我要纠错 report an error."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import time_machine
from django.utils import timezone

from accounts.models import Assignment
from policy_pages.feedback.forms import new_stamp
from policy_pages.feedback.pages import named_page
from policy_pages.feedback.services import Report, answer_ticket, receive_ticket
from policy_pages.models import CorrectionTicket
from policy_pages.tests.factories import make_document, make_public, user

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

NEW = "/corrections/new/"
CONTACT = "0510-81829999"
#: From where the test client asks unless told.
LOCAL = "127.0.0.1"


def send(client: Client, address: str, **facts: str) -> Any:
    """Send a form that was handed out to an address from there."""
    return client.post(NEW, filled(address=address, **facts), REMOTE_ADDR=address)


def travel(day: str) -> Any:
    """That moment of 2026 in Shanghai, standing still."""
    return time_machine.travel(f"2026-{day} +0800", tick=False)


def report(path: str = "/", **facts: Any) -> CorrectionTicket:
    """A report about the page at a path."""
    values = {"kind": "phone", "text": "咨询电话是空号。", "address": "", **facts}
    return receive_ticket(report=Report(page=named_page(path), **values))


def filled(*, address: str = LOCAL, **facts: str) -> dict[str, str]:
    """A form as a person sends it, who asked for it a minute ago from an address."""
    with time_machine.travel(timezone.now() - datetime.timedelta(minutes=1), tick=False):
        stamp = new_stamp(address)
    return {
        "page": "/",
        "kind": "phone",
        "text": "咨询电话是空号。",
        "place": "",
        "contact": "",
        "website": "",
        "stamp": stamp,
    } | facts


def ticket_of(department: Department) -> CorrectionTicket:
    """About a public page of the department, reported on Monday 16 November 2026: due on Thursday."""
    Assignment.objects.update(valid_from=datetime.date(2023, 1, 5))
    with travel("11-16 10:00"):
        page = make_public(make_document(department))
        return report(f"/policies/{department.code}/{page.slug}/", contact=CONTACT, address="192.0.2.1")


def answered(ticket: CorrectionTicket, at: str = "11-18 10:00", **facts: Any) -> CorrectionTicket:
    """The ticket as it is after the editor of kjj, or who is named, answered it."""
    with travel(at):
        values = {"outcome": "corrected", "answer": "已改为 81820000。", "actor": user("kjj-edit"), **facts}
        answer_ticket(ticket=CorrectionTicket.objects.get(pk=ticket.pk), **values)
    return CorrectionTicket.objects.get(pk=ticket.pk)
