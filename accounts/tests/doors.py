"""How people of the tests come in: by the login form, from an address, with what the form answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.test import Client

from accounts.enums import Role
from accounts.services import allot_account
from policy_pages.tests.factories import PASSWORD

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.models import Department
    from accounts.services import Allotted

LOGIN = "/admin/login/"
#: Passes both profiles.
GOOD = "Ganlan-Shu7-Yueguang"
HOME_ADDRESS = "192.0.2.1"


def knock(
    client: Client, username: str, password: str = PASSWORD, address: str = HOME_ADDRESS, **extra: Any
) -> HttpResponse:
    """Send the login form once, as a hand would."""
    return client.post(LOGIN, {"username": username, "password": password}, REMOTE_ADDR=address, **extra)


def sign_in(
    username: str, password: str = PASSWORD, address: str = HOME_ADDRESS, client: Client | None = None
) -> Client:
    """A browser in which the person has just logged in."""
    client = client or Client()
    response = knock(client, username, password, address)
    assert response.status_code == 302, response.content.decode()
    return client


def allot(department: Department, username: str = "kjj-new") -> Allotted:
    """An account fresh from the bureau: nothing chosen, nothing signed."""
    return allot_account(
        username=username,
        holder_name="新来的人",
        phone="0510-81820000",
        department=department,
        roles=[Role.EDITOR],
        actor=None,
    )
