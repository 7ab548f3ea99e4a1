"""Pages that were published several times, through the workflow; and publications rewritten behind its back."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from audit.tests.attacks import tamper
from policy_pages.models import PublicationRecord
from policy_pages.tests import factories as f
from policy_pages.tests.public_reading import words

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department


def article(number: str, text: str) -> tuple[str, dict[str, str]]:
    return "article", {"number": number, "text": f"<p>{text}</p>"}


FIRST = [
    article("第一条", "为支持企业，制定本办法。"),
    article("第二条", "最高补助30万元。"),
    article("第三条", "由市财政承担。"),
    article("第四条", "另行规定。"),
]
SECOND = [FIRST[0], article("第二条", "最高补助50万元。"), FIRST[2], article("第五条", "本办法自印发之日起施行。")]


def publish_again(page: Any, **facts: Any) -> Any:
    """The next version of a public page."""
    return f.make_public(f.save_draft(page, **{"change_note": "修改有关条文。", **facts}))


def make_amended(department: Department, **facts: Any) -> Any:
    """A document of two versions: 第二条 changed, 第五条 new, 第四条 gone."""
    page = f.make_public(f.make_document(department, **{"body": FIRST, "doc_number": "锡科规〔2026〕3号", **facts}))
    return publish_again(page, body=SECOND, change=f.make_change(department, kind="amended", title=page.title))


def address(page: Any, below: str = "") -> str:
    return f"/policies/{page.department.code}/{page.slug}/versions/{below}"


def record_of(page: Any, version: int = 1) -> PublicationRecord:
    return PublicationRecord.objects.get(page_id=page.pk, version=version)


def rewrite(page: Any, version: int = 1, *, rehash: bool = True, **facts: Any) -> None:
    """Put other values into a frozen text; `rehash` as if it had been published so. None takes a field away."""
    content = {**json.loads(record_of(page, version).content), **facts}
    kept = {name: value for name, value in content.items() if value is not None}
    write(page, json.dumps(kept, ensure_ascii=False), version, rehash=rehash)


def write(page: Any, text: str, version: int = 1, *, rehash: bool = True) -> None:
    """Any text in place of a frozen one, past the database's guard."""
    record = record_of(page, version)
    content_hash = hashlib.sha256(text.encode()).hexdigest() if rehash else record.content_hash
    tamper(
        "UPDATE policy_pages_publicationrecord SET content = %s, content_hash = %s WHERE id = %s",
        text,
        content_hash,
        record.pk,
    )


def stored(*blocks: Any) -> str:
    """Blocks as a revision keeps them: JSON within JSON. A pair is type and value; anything else stands as it is."""
    items = [
        {"type": one[0], "value": one[1], "id": str(n)} if isinstance(one, tuple) else one
        for n, one in enumerate(blocks)
    ]
    return json.dumps(items, ensure_ascii=False)


def main(client: Client, url: str) -> str:
    """The page without head and foot, as HTML."""
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode().split("<main", 1)[1].split("</main>", 1)[0]


def tight(html: str) -> str:
    return words(html).replace(" ", "")
