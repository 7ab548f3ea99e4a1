"""Every file of the corpus through both upload screens: no error page, stored or refused in Chinese, served inert."""

from __future__ import annotations

import gc
import re
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from policy_pages.models import PolicyFile
from tests.media.corpus import GROUPS

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from accounts.models import Department
    from tests.media.corpus import Case

SECONDS = 5.0
MORE_MEMORY = 200 * 1024  # kilobytes
#: Media types that a browser neither runs nor lays out as a page; pdf alone is shown, in the viewer.
INERT = re.compile(
    r"application/(pdf|zip|msword|vnd\.[\w.+-]+|octet-stream|x-[\w.-]+|ofd)$|image/(png|jpeg)$|text/plain(; ?charset=.*)?$"
)
BOUNDARY = "----corpus"


def multipart(fields: dict[str, str], field: str, case: Case) -> bytes:
    """The request as a hostile program would write it: the name as it is, no tidying by a test client."""
    lines = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    name = case.name.replace('"', "%22")
    lines.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n')
    head = "".join(lines) + "Content-Type: application/pdf\r\n\r\n"
    return head.encode() + case.data + f"\r\n--{BOUNDARY}--\r\n".encode()


def single(client: Client, folder: int, case: Case) -> HttpResponse:
    data = multipart({"title": "附件", "collection": str(folder)}, "file", case)
    return client.post(reverse("wagtaildocs:add"), data, content_type=f"multipart/form-data; boundary={BOUNDARY}")


def multiple(client: Client, folder: int, case: Case) -> HttpResponse:
    data = multipart({"title": "附件", "collection": str(folder)}, "files[]", case)
    address, kind = reverse("wagtaildocs:add_multiple"), f"multipart/form-data; boundary={BOUNDARY}"
    return client.post(address, data, content_type=kind, headers={"x-requested-with": "XMLHttpRequest"})


def told(response: HttpResponse) -> list[str]:
    """What the person is told about the file."""
    if "json" in response["Content-Type"]:
        return response.json().get("error_message", "").splitlines()
    page = BeautifulSoup(response.content, "html.parser")
    return [found.get_text(" ", strip=True) for found in page.select(".w-field__errors .error-message, #file-errors p")]


def upload_faults(send: Any, client: Client, folder: int, case: Case, kept: set[str]) -> list[str]:
    """What went otherwise than it should for one upload; the stored file is judged too, its path added to `kept`."""
    before = set(PolicyFile.objects.values_list("pk", flat=True))
    start = time.monotonic()
    response = send(client, folder, case)
    spent = time.monotonic() - start
    stored = PolicyFile.objects.exclude(pk__in=before).first()
    faults = [f"took {spent:.1f} s"] if spent > SECONDS else []
    if response.status_code >= 400:
        faults.append(f"status {response.status_code}")
    elif bool(stored) != case.stored:
        faults.append(f"stored is {bool(stored)}: {told(response)}")
    elif stored is None:
        sentences = told(response)
        if len(sentences) != 1 or not re.search(r"[\u4e00-\u9fff]{4}", sentences[0]) or "“”" in sentences[0]:
            faults.append(f"told {sentences}")
    if stored:
        faults += serving_faults(client, stored) + name_faults(stored.filename)
        kept.add(stored.file.name)
        stored.delete()
    if len(case.data) > 1 << 20:
        del response
        gc.collect()  # the test client keeps the sent bytes in a cycle
    return [f"{send.__name__} {case.name[:60]!r}: {fault}" for fault in faults]


def serving_faults(client: Client, file: PolicyFile) -> list[str]:
    response = client.get(file.url)
    if response.status_code != 200:
        return [f"not served: {response.status_code} {file.url}"]
    b"".join(response.streaming_content)
    kind, disposition = response["Content-Type"], response.headers.get("Content-Disposition", "")
    faults = [] if INERT.match(kind) else [f"served as {kind}"]
    if not disposition.startswith("attachment") and kind != "application/pdf":
        faults.append(f"{kind} is shown in the browser: {disposition!r}")
    if (
        response["X-Content-Type-Options"] != "nosniff"
        or "default-src 'none'" not in response["Content-Security-Policy"]
    ):
        faults.append("may be sniffed or may load things")
    if re.search(r"[\r\n\0<>]|[^\x20-\x7e]", disposition):
        faults.append(f"header {disposition!r}")
    return faults


def name_faults(name: str) -> list[str]:
    """A stored name holds letters, digits, dots, dashes and underscores only, and fits a file system."""
    is_safe = re.fullmatch(r"[\w.-]+", name) and name not in {".", ".."} and len(name.encode()) <= 255
    return [] if is_safe and name.isprintable() else [f"stored as {name!r}"]


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("group", GROUPS)
def test_every_file_is_stored_inert_or_refused_in_chinese(
    kjj: Department, login: Any, media_root: Path, group: str
) -> None:
    client, folder = login("kjj-edit"), kjj.collection_id
    client.raise_request_exception = False
    largest = max(GROUPS[group](), key=lambda case: len(case.data))
    client.post("/healthz", multipart({}, "file", largest), content_type="application/octet-stream")  # our own copies
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kept: set[str] = set()
    tries = [(send, case) for case in GROUPS[group]() for send in (single, multiple)]
    assert [fault for send, case in tries for fault in upload_faults(send, client, folder, case, kept)] == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < MORE_MEMORY
    on_disk = {str(path.relative_to(media_root)) for path in media_root.rglob("*") if path.is_file()}
    assert on_disk == kept, "nothing of a refused file stays behind, and nothing lies elsewhere"
    assert all(name.startswith("documents/") for name in kept)


def test_the_corpus_is_as_large_as_promised() -> None:
    cases = [case for make in GROUPS.values() for case in make()]
    assert len(cases) >= 200
    assert len({(case.name, case.data) for case in cases}) == len(cases)
    assert sum(case.stored for case in cases) > 80
    assert sum(not case.stored for case in cases) > 120
