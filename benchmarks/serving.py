"""How fast a public page is served: kept, by nginx and by granian alone, and cold; beside files, constants and stock Wagtail."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.ground import ROOT, peer_python
from benchmarks.results import from_rounds, judged, ratios
from benchmarks.servers import ServingError, free_port, granian, nginx, static_configuration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.ground import Ground
    from benchmarks.results import Result
    from benchmarks.servers import Load, Server
    from benchmarks.workers import Side

RENDERS = 15
#: Headers that the server writes itself.
_SERVERS_OWN = frozenset({"date", "server", "connection", "transfer-encoding"})


def measure(ground: Ground) -> Iterator[dict[str, Result]]:
    """Yield the lines of this part by key, as they come."""
    ours, stock = ground.both()
    with ground.our_side(ours) as us, ground.stock_side(stock) as them:
        our_path = us.ask("prepare", length=ground.sizes.length)
        their_path = them.ask("prepare", length=ground.sizes.length)
        yield rendered(us, them, our_path, their_path, ground.sizes.rounds)
    with ExitStack() as stack:
        servers = serve_all(stack, ground, {"ours": ours, "stock": stock}, {"ours": our_path, "stock": their_path})
        loads = loaded(servers, ground)
    yield served(loads, ground)


# --- Cold -----------------------------------------------------------------------------------------------------------


def rendered(us: Side, them: Side, our_path: str, their_path: str, rounds: int) -> dict[str, Result]:
    """Time and queries of a page that nobody keeps."""
    sides = {"ours": [], "stock": []}
    for _round in range(rounds):
        for name, one, path in (("ours", us, our_path), ("stock", them, their_path)):
            sides[name].append(one.ask("get", path=path, times=RENDERS))
    times = {name: [median(found["seconds"]) for found in answers] for name, answers in sides.items()}
    one, other = (sides[name][-1] for name in ("ours", "stock"))
    how = (
        f"{median(times['ours']) * 1000:.1f} ms, {one['queries']} queries, {one['bytes']:,} bytes / "
        f"{median(times['stock']) * 1000:.1f} ms, {other['queries']} queries, {other['bytes']:,} bytes; in process, {RENDERS} times a round"
    )
    return {
        "render": from_rounds("render", ratios(times["ours"], times["stock"]), how),
        "queries": judged(
            "queries", one["queries"], f"one page with {one['bytes']:,} bytes; stock: {other['queries']}"
        ),
    }


# --- Kept -----------------------------------------------------------------------------------------------------------


def serve_all(stack: ExitStack, ground: Ground, urls: dict[str, str], paths: dict[str, str]) -> dict[str, Server]:
    """Start every design and make sure that it answers what is compared. Raises ServingError otherwise."""
    folder, path = ground.folder, paths["ours"]
    folder.chmod(0o755)
    environment = ground.ours(urls["ours"])
    baked = stack.enter_context(granian(sys.executable, "cms.wsgi:application", path, environment))
    headers, body = kept_answer(baked, folder / "bake")
    answer = folder / "answer.json"
    told = [pair for pair in headers if pair[0].lower() not in _SERVERS_OWN]
    answer.write_text(json.dumps({"headers": told}), encoding="utf-8")
    answer.with_suffix(".body").write_bytes(body)
    page = folder / "files" / path.strip("/") / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_bytes(body)

    python = str(peer_python())
    constant = {**environment, "HUIQITONG_BENCH_ANSWER": str(answer)}
    stock, application = ground.stock(urls["stock"]), "benchmarks.peers.stock.wsgi:application"
    ports = free_port(), free_port()
    front = shipped_configuration(ports[0], baked.port, folder)
    plain = static_configuration(folder / "files", ports[1], folder / "nginx-static")
    servers = {
        "nginx bake": stack.enter_context(nginx(front, ports[0], path, folder / "nginx-bake")),
        "nginx file": stack.enter_context(nginx(plain, ports[1], path, folder / "nginx-static")),
        "granian bake": baked,
        "constant": stack.enter_context(
            granian(sys.executable, "benchmarks.peers.constant:application", path, constant)
        ),
        "wagtail-cache": stack.enter_context(
            granian(python, application, paths["stock"], {**stock, "HUIQITONG_BENCH_CACHE": "1"})
        ),
        "stock": stack.enter_context(granian(python, application, paths["stock"], stock)),
    }
    for name in ("nginx bake", "nginx file", "constant"):
        if servers[name].fetch()[1] != body:
            raise ServingError(f"{name} answers other bytes")
    return servers


def kept_answer(server: Server, bake: Path) -> tuple[list[tuple[str, str]], bytes]:
    """What our server answers of the page once it is kept. Raises ServingError when it is not."""
    for _worker in range(8):
        headers, body = server.fetch()
    found = list(bake.glob(f"current/*/{server.path.strip('/')}/index.html"))
    if not found:
        raise ServingError(f"{server.path} is not kept: no file of it below {bake}/current")
    if found[0].read_bytes() != body:
        raise ServingError(f"{server.path} is kept otherwise than it is answered")
    return headers, body


def shipped_configuration(port: int, granian_port: int, folder: Path) -> str:
    """deploy/nginx.conf as it is shipped, in the frame of the same nginx that serves the plain file."""
    site = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    values = {
        "listen": f"127.0.0.1:{port}",
        "names": "127.0.0.1",
        "granian": f"127.0.0.1:{granian_port}",
        "bake": str(folder / "bake"),
        "static": str(folder / "static"),
    }
    for name, value in values.items():
        site = site.replace(f"<{name}>", value)
    whole = static_configuration(folder, port, folder / "nginx-bake")
    start, end = whole.index("    server {"), whole.rindex("}")
    # What the frame says of types and charset, the site says itself.
    return whole[:start] + site + whole[end:]


def loaded(servers: dict[str, Server], ground: Ground) -> dict[str, list[Load]]:
    """The loads of all rounds; every second round goes through the designs backwards."""
    for server in servers.values():
        for _worker in range(8):
            server.fetch()
        server.load(1)
    state = {name.lower(): value for name, value in servers["wagtail-cache"].fetch()[0]}.get("x-wagtail-cache")
    if state != "hit":
        raise ServingError(f"wagtail-cache does not keep the page: {state}")
    found: dict[str, list[Load]] = {name: [] for name in servers}
    for number in range(ground.sizes.rounds):
        names = list(servers) if number % 2 == 0 else list(servers)[::-1]
        for name in names:
            found[name].append(servers[name].load(ground.sizes.seconds))
        print(
            f"round {number + 1}: " + ", ".join(f"{name} {found[name][-1].requests:.0f}/s" for name in servers),
            flush=True,
        )
    return found


def served(loads: dict[str, list[Load]], ground: Ground) -> dict[str, Result]:
    """The five lines of kept pages."""

    def requests(one: str, other: str) -> tuple[list[float], str]:
        pair = [[load.requests for load in loads[name]] for name in (one, other)]
        return ratios(
            *pair
        ), f"{median(pair[0]):,.0f} / {median(pair[1]):,.0f} a second; wrk, 16 connections, {ground.sizes.seconds:g} s"

    costs = [[load.cpu for load in loads[name]] for name in ("nginx bake", "nginx file")]
    return {
        "nginx_requests": from_rounds("nginx_requests", *requests("nginx bake", "nginx file")),
        "nginx_cpu": from_rounds(
            "nginx_cpu", ratios(*costs), f"{median(costs[0]):.1f} / {median(costs[1]):.1f} µs a request"
        ),
        "constant": from_rounds("constant", *requests("granian bake", "constant")),
        "uncached": from_rounds("uncached", *requests("granian bake", "stock")),
        "wagtailcache": from_rounds("wagtailcache", *requests("granian bake", "wagtail-cache")),
    }
