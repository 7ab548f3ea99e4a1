"""Reading pages of the back office."""

from django.contrib.messages import get_messages
from django.test import Client


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def told(response: object) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))
