"""Ten thousand guesses at the addresses of files: nothing comes, and what exists answers like what does not (F7, P6, B5)."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client

from policy_pages.models import PolicyFile
from policy_pages.tests import factories as f
from tests.media.world import SECRET, make_files

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.models import Department

GUESSES = 10_000
#: Headers that name the moment or the request, not the file.
MOVING = {"Date", "X-Request-ID"}
NOWHERE = 999_999


class Guess(NamedTuple):
    """One request; `twin` is the same request for a file that is not there."""

    method: str
    path: str
    twin: str
    headers: tuple[tuple[str, str], ...]


def answer(response: HttpResponse) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    """Everything a guesser can compare."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = sorted((k, v) for k, v in response.headers.items() if k not in MOVING)
    cookies = [("cookie", name) for name in sorted(response.cookies)]
    return response.status_code, body, (*headers, *cookies)


def spellings(pk: Any, name: str) -> list[str]:
    """Ways to write the address of a file."""
    escaped = "".join(f"%{byte:02X}" for byte in name.encode())
    stem, dot, kind = name.rpartition(".")
    plain = [f"/documents/{pk}/{name}", f"/documents/{pk}/{name}/", f"/documents/{pk}/{escaped}", f"/documents/{pk}/"]
    cases = [f"/Documents/{pk}/{name}", f"/documents/{pk}/{name.upper()}", f"/documents/{pk}/{stem}{dot}{kind.upper()}"]
    ids = [
        f"/documents/0{pk}/{name}",
        f"/documents/+{pk}/{name}",
        f"/documents/{pk}%20/{name}",
        f"/documents/{pk}.0/{name}",
    ]
    tails = [
        f"/documents/{pk}/{name}{tail}" for tail in ("%00", "%20", ".", "~", ".bak", "?download=1", ";x", "%2F", "#x")
    ]
    paths = [
        f"/documents/./{pk}/{name}",
        f"/documents//{pk}/{name}",
        f"/documents/{pk}//{name}",
        f"/documents/%2e%2e/documents/{pk}/{name}",
    ]
    media = [
        f"/media/documents/{name}",
        f"/media/documents/{quote(name)}/",
        f"/MEDIA/documents/{name}",
        f"/media//documents/{name}",
    ]
    more = [
        f"/media/../media/documents/{name}",
        f"/static/../media/documents/{name}",
        f"/static/%2e%2e/media/documents/{name}",
    ]
    return [*plain, *cases, *ids, *tails, *paths, *media, *more, f"/media/documents/{pk}/{name}", f"/documents/{name}"]


def guesses(files: tuple[PolicyFile, ...], seed: int, count: int) -> list[Guess]:
    """`count` different guesses around the files, the same for each run."""
    chance = random.Random(seed)
    etags = [("If-None-Match", f'"{file.get_file_hash()}"') for file in files]
    headers = [(), (("Range", "bytes=0-3"),), (("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"),)]
    headers += [(pair,) for pair in etags] + [(("If-Match", etags[0][1]),), (("Accept", "application/pdf"),)]
    every = []
    for file in files:
        names = [file.filename, "form.pdf", "申请表.pdf", "x.pdf"]
        for pk, name in itertools.product(range(file.pk - 2, file.pk + 3), dict.fromkeys(names)):
            for path, twin in zip(spellings(pk, name), spellings(NOWHERE, f"no-{name}"), strict=True):
                every += [Guess(method, path, twin, tuple(h)) for method in ("GET", "HEAD") for h in headers]
    return chance.sample(sorted(set(every)), count)


def readers(login: Any) -> dict[str, Client]:
    """A stranger, another department's people, an account without a role, and roles that read no drafts."""
    f.make_user("nobody")
    codes = ("gxj-edit", "gxj-review", "nobody", "spj-acct", "sys-admin")
    return {"stranger": Client(), **{code: login(code) for code in codes}}


def ask(client: Client, guess: Guess, path: str) -> tuple[int, bytes, Any]:
    return answer(getattr(client, guess.method.lower())(path, headers=dict(guess.headers)))


@pytest.mark.slow
@pytest.mark.once
def test_20_ten_thousand_guesses_by_strangers_bring_no_byte(kjj: Department, gxj: Department, login: Any) -> None:
    """Row 20: collections are public in stock Wagtail; a file of no live page was downloadable by id and name."""
    files = make_files(kjj)
    asked, found, told = 0, [], []
    everyone = readers(login)
    share = -(-GUESSES // len(everyone))
    twins: dict[Any, Any] = {}
    for number, (who, client) in enumerate(everyone.items()):
        for guess in guesses(files.closed, number, min(share, GUESSES - asked)):
            asked += 1
            status, body, headers = ask(client, guess, guess.path)
            key = (who, guess.method, guess.twin, guess.headers)
            if key not in twins:
                twins[key] = ask(client, guess, guess.twin)
            if SECRET in body or status not in {301, 404}:
                found.append((who, guess, status))
            elif _without_address(headers) != _without_address(twins[key][2]) or (status, body) != twins[key][:2]:
                told.append((who, guess, status, headers, twins[key]))
    assert asked == GUESSES
    assert found == []
    assert told == []


def _without_address(headers: Any) -> Any:
    """Redirects (a slash is missing) name the address that was asked; the rest must not differ."""
    return [pair for pair in headers if pair[0] != "Location"]


@pytest.mark.slow
@pytest.mark.once
def test_the_guesses_would_find_what_is_open(kjj: Department, gxj: Department, login: Any, client: Client) -> None:
    """Power: the live page's file comes to all, by the very addresses that are guessed; the owner reads his drafts'."""
    files = make_files(kjj)
    for reader in readers(login).values():
        assert b"".join(reader.get(files.live.url).streaming_content) == SECRET + b"live"
    opened = {ask(client, guess, guess.path)[0] for guess in guesses((files.live,), 1, 2000)}
    assert 200 in opened
    for file in files.closed:
        assert SECRET in b"".join(login("kjj-edit").get(file.url).streaming_content)


def test_a_stranger_s_guess_reads_no_file(kjj: Department, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is hashed for a file that no live page carries, so time tells nothing of its size."""
    files = make_files(kjj)
    read: list[int] = []
    stock = PolicyFile.sha256
    monkeypatch.setattr(PolicyFile, "sha256", lambda self: read.append(self.pk) or stock(self))
    for file in files.closed:
        assert client.get(file.url).status_code == 404
    assert read == []
    response = client.get(files.live.url)
    assert b"".join(response.streaming_content) == SECRET + b"live"
    assert read == [files.live.pk], "power: the probe sees a reading"


def test_media_is_served_by_nobody() -> None:
    """The one way to a file is the serve view with its hook; MEDIA_URL is an address that leads nowhere."""
    from django.urls import Resolver404, resolve

    assert settings.WAGTAILDOCS_SERVE_METHOD == "serve_view"
    try:
        found = resolve(f"{settings.MEDIA_URL}documents/form.pdf")
    except Resolver404:
        return
    assert found.view_name == "wagtail_serve", "only the page tree, where no page has this name"
