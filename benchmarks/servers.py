"""Servers on 127.0.0.1 that live as long as a measurement, and what they cost: requests by wrk, CPU by /proc."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONNECTIONS, WORKERS = 16, 2
START_SECONDS = 60
_TICKS = os.sysconf("SC_CLK_TCK")


class ServingError(RuntimeError):
    """A server did not start, or did not answer as it must."""


class Load(NamedTuple):
    """What one load found: requests a second, and microseconds of CPU of all server processes for each request."""

    requests: float
    cpu: float


class Server(NamedTuple):
    """A running server: its port, its first process, and the path that is asked."""

    port: int
    pid: int
    path: str

    def fetch(self, **headers: str) -> tuple[list[tuple[str, str]], bytes]:
        """Headers and body of the answer. Raises ServingError unless it is a 200."""
        request = Request(f"http://127.0.0.1:{self.port}{self.path}", headers=headers)
        with urlopen(request, timeout=30) as response:  # noqa: S310 -- as above
            if response.status != 200:
                raise ServingError(f"{self.path}: {response.status}")
            return list(response.headers.items()), response.read()

    def load(self, seconds: float) -> Load:
        """Ask for the page over some connections for so long. Raises ServingError when an answer is no 200."""
        before = cpu_seconds(self.pid)
        told = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", f"http://127.0.0.1:{self.port}{self.path}"],
            capture_output=True, text=True, check=True, timeout=60 + seconds,
        ).stdout  # fmt: skip
        used = cpu_seconds(self.pid) - before
        done = int(re.search(r"(\d+) requests in", told)[1])
        if "Non-2xx" in told or not done:
            raise ServingError(f"{self.path}: {' '.join(told.split())}")
        return Load(float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1]), used / done * 1e6)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its descendants that live."""
    total, waiting = 0.0, [pid]
    while waiting:
        one = waiting.pop()
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split()
            children = [
                Path(f"/proc/{one}/task/{task.name}/children").read_text()
                for task in Path(f"/proc/{one}/task").iterdir()
            ]
        except FileNotFoundError:
            continue
        total += (int(fields[11]) + int(fields[12])) / _TICKS
        waiting += [int(child) for child in " ".join(children).split()]
    return total


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def granian(python: str, application: str, path: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """Serve a WSGI application as `make serve` does: two workers of one blocking thread."""
    port = free_port()
    command = [
        str(Path(python).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(WORKERS), "--blocking-threads", "1", "--no-access-log", "--log-level", "warning", application,
    ]  # fmt: skip
    with running(command, port, environment) as pid:
        yield Server(port, pid, path)


@contextmanager
def nginx(configuration: str, port: int, path: str, folder: Path) -> Iterator[Server]:
    """Serve by a configuration that is complete: written into `folder`, as are its logs."""
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        raise ServingError("no nginx here: make install-bench")
    folder.mkdir(exist_ok=True)
    file = folder / "nginx.conf"
    file.write_text(configuration, encoding="utf-8")
    # Its clock stands where the site's does: kept pages lie in a folder of the day. CST-8 is China's, without a list of zones.
    clock = {**os.environ, "TZ": "CST-8"}
    command = [program, "-p", str(folder), "-c", str(file), "-e", str(folder / "error.log")]
    with running(command, port, clock) as pid:
        yield Server(port, pid, path)


@contextmanager
def running(command: list[str], port: int, environment: Mapping[str, str]) -> Iterator[int]:
    """Run a server until it is not needed; yields its process number once it takes connections."""
    process = subprocess.Popen(command, env={**environment})
    try:
        deadline = time.monotonic() + START_SECONDS
        while not listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServingError(f"did not start: {' '.join(command)}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as found:
        found.settimeout(1)
        return found.connect_ex(("127.0.0.1", port)) == 0


#: nginx as it serves files: what every line below is measured against. As few words as it takes.
STATIC = """
daemon off;
worker_processes {workers};
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000;
    default_type text/html;
    charset utf-8;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root};
    }}
}}
"""


def static_configuration(root: Path, port: int, folder: Path) -> str:
    """Nginx over a folder of files."""
    user = "user root;" if os.geteuid() == 0 else ""
    return STATIC.format(workers=WORKERS, user=user, folder=folder, port=port, root=root)
