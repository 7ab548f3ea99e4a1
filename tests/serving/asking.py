"""Asking a WSGI application as a server does, without Django's test client, which would go round what keeps pages."""

from __future__ import annotations

import gzip
import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from django.core.wsgi import get_wsgi_application
from django.db import connections

from policy_pages.baking.folder import Folder
from policy_pages.baking.wsgi import BakedApplication

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass
class Reply:
    """One answer; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body, unpacked."""
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()


def ask(application: Callable, address: str, method: str = "GET", **headers: str) -> Reply:
    """Send a request; headers by name with `_` for `-`."""
    path, _question_mark, query = address.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    said: list[Any] = []
    chunks = application(environ, lambda status, headers, exc_info=None: said.extend([status, headers]))
    body = b"".join(chunks)
    if hasattr(chunks, "close"):
        chunks.close()
    return Reply(int(said[0][:3]), {name.lower(): value for name, value in said[1]}, body)


class Counted:
    """Django's application, counting how often it is really asked; `meanwhile` is called between asking and answering."""

    def __init__(self) -> None:
        self.django = get_wsgi_application()
        self.asked = 0
        self.meanwhile: Callable[[], None] | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Any:
        self.asked += 1
        chunks = self.django(environ, start_response)
        answer = list(chunks)
        chunks.close()
        if self.meanwhile:
            self.meanwhile()
        return answer


class Node:
    """One machine: its folder, the application around Django's, and the thread that follows the database."""

    def __init__(self, root: Path) -> None:
        self.folder = Folder(root)
        self.counted = Counted()
        self.application = BakedApplication(self.counted, self.folder)

    def ask(self, address: str, method: str = "GET", **headers: str) -> Reply:
        """Ask it."""
        return ask(self.application, address, method, **headers)

    def makes(self, address: str, **headers: str) -> bool:
        """Whether asking makes the page anew."""
        before = self.counted.asked
        self.ask(address, **headers)
        return self.counted.asked > before

    def stop(self) -> None:
        """End its threads and their connections."""
        self.application.follower.stop()
        connections.close_all()
