"""A real granian and a real nginx with the configuration that is shipped, on free ports of this machine."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from tests.serving.asking import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60


def require(program: str) -> str:
    """The path of a program; skips the test where it is missing, or fails it on CI."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        message = f"{program} is missing: make install-browser"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(message)
        pytest.skip(message)
    return found


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port: int, address: str, method: str = "GET", **headers: str) -> Reply:
    """One request over the wire, sent as it stands: nothing of the address is tidied up."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    link.putrequest(method, address, skip_accept_encoding=True)
    for name, value in headers.items():
        link.putheader(name.replace("_", "-"), value)
    link.endheaders()
    answer = link.getresponse()
    reply = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    link.close()
    return reply


@contextmanager
def running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen]:
    """A server in a process group of its own, once it listens; ended afterwards."""
    process = subprocess.Popen(
        command, env=environment, cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                pytest.fail(f"{command[0]} did not start: {process.communicate()[0].decode()[-2000:]}")
            time.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def kill(process: subprocess.Popen) -> None:
    """End a server and its workers at once, as a power cut does."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def granian(bake: Path, **environment: str) -> Iterator[tuple[int, subprocess.Popen]]:
    """The site on the tests' own database: its port and its process."""
    port = free_port()
    command = [
        str(Path(sys.executable).parent / "granian"),
        *(
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--workers",
            "1",
            "--blocking-threads",
            "1",
        ),
        "cms.wsgi:application",
    ]
    settings = {
        "DJANGO_SETTINGS_MODULE": "cms.settings.dev",
        "DATABASE_URL": database_url(),
        "HUIQITONG_BAKE_DIR": str(bake),
        **environment,
    }
    with running(command, port, {**os.environ, **settings}) as process:
        yield port, process


def database_url() -> str:
    """Where the tests' database is."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}"


@contextmanager
def nginx(folder: Path, bake: Path, upstream: int, *before: str, several: bool = False) -> Iterator[int]:
    """nginx with deploy/nginx.conf before the site: its port. `before` stands before its command, as faketime does.

    `several`: changed for several machines, as its comment says.
    """
    program, port = require("nginx"), free_port()
    folder.mkdir()
    site = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    for name, value in {
        "<listen>": f"127.0.0.1:{port}",
        "<names>": "127.0.0.1",
        "<granian>": f"127.0.0.1:{upstream}",
        "<bake>": str(bake),
        "<static>": str(folder),
    }.items():
        site = site.replace(name, value)
    if several:
        assert site.count('*$" current;') == 1
        site = site.replace('*$" current;', '*$" $huiqitong_live;')
    (folder / "site.conf").write_text(site, encoding="utf-8")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; events {{}}"
        f"http {{ access_log off; {temporary} include {folder}/site.conf; }}",
        encoding="utf-8",
    )
    command = [*before, program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with running(command, port, {**os.environ, "TZ": "Asia/Shanghai"}):
        yield port
