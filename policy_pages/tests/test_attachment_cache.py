"""Who may keep an attachment: nobody a draft's, a public one only until the server says otherwise (F7). Pages too."""

from __future__ import annotations

import datetime
import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from accounts.models import Assignment
from accounts.tests.doors import sign_in
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import Department


@pytest.fixture
def kjj(db: None) -> Department:
    f.make_bureau()
    return f.make_department("kjj", "科学技术局")


def test_a_draft_s_attachment_is_kept_by_nobody(kjj: Department) -> None:
    draft = f.make_file(kjj)
    response = sign_in("kjj-edit").get(draft.url)
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")
    assert response.getvalue()
    assert Client().get(draft.url).status_code == 404


def test_a_public_attachment_is_asked_for_anew_each_time(kjj: Department) -> None:
    file = f.make_file(kjj)
    f.make_public(f.make_document(kjj, body=[("attachments", [{"file": file, "label": ""}])]))
    for client in (Client(), sign_in("kjj-edit")):
        response = client.get(file.url)
        assert (response.status_code, response["Cache-Control"]) == (200, "no-cache")
        assert response.getvalue()
        again = client.get(file.url, headers={"if-none-match": response["ETag"]})
        assert (again.status_code, again["Cache-Control"]) == (304, "no-cache")


def test_rights_of_an_ended_role_are_never_used_while_the_database_is_busy(
    kjj: Department, caplog: pytest.LogCaptureFixture
) -> None:
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    client = sign_in("kjj-edit")
    Assignment.objects.filter(user__username="kjj-edit").update(valid_from=yesterday, valid_until=yesterday)

    def refused(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refused), caplog.at_level(logging.WARNING):
        response = client.get("/admin/pages/")
    assert response.status_code == 503
    assert "请稍等片刻" in response.content.decode()
    assert "the database is busy" in caplog.text
    assert client.get("/admin/pages/").status_code != 503, "afterwards they are taken back and all is as ever"
    assert not f.user("kjj-edit").groups.exists()


def test_a_public_page_is_asked_for_anew_each_time(kjj: Department) -> None:
    """RFC 9111 §4.2.2: a cache that is told nothing decides by itself how long it shows what was withdrawn."""
    page = f.make_public(f.make_document(kjj))
    told = f"/policies/kjj/{page.slug}/"
    for path in (
        "/",
        told,
        f"/zh-hant{told}",
        f"{told}versions/",
        "/guides/",
        "/calendar/feed.ics",
        "/sitemap.xml",
        "/nothing/",
    ):
        assert Client().get(path)["Cache-Control"] == "no-cache", path
    assert "no-store" in Client().get("/guides/?nonsense=1")["Cache-Control"], "what was said is left as it is"
