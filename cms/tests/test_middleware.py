"""One transaction per unsafe request, and a conflict answered in words."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from audit.errors import Conflict
from cms.middleware import AtomicUnsafeRequestMiddleware
from policy_pages.models import Term

pytestmark = pytest.mark.django_db(transaction=True)


def write(request: HttpRequest, code: str = "neu", status: int = 200, error: Exception | None = None) -> HttpResponse:
    Term.objects.create(vocabulary="theme", code=code, name="新词")
    if error:
        raise error
    return HttpResponse(str(connection.in_atomic_block), status=status)


def run(method: str, **facts: object) -> HttpResponse | None:
    request = RequestFactory().generic(method, "/")
    return AtomicUnsafeRequestMiddleware(lambda _request: HttpResponse()).process_view(request, write, (), facts)


def kept() -> bool:
    return Term.objects.filter(code="neu").exists()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_an_unsafe_request_runs_in_one_transaction(method: str) -> None:
    assert run(method).content == b"True"
    assert kept()


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_safe_request_takes_no_write_lock(method: str) -> None:
    assert run(method) is None
    assert not connection.in_atomic_block


def test_an_exception_leaves_nothing_behind() -> None:
    with pytest.raises(RuntimeError):
        run("POST", error=RuntimeError("broken"))
    assert not kept()


def test_a_server_error_response_leaves_nothing_behind() -> None:
    assert run("POST", status=500).status_code == 500
    assert not kept()


def test_a_conflict_leaves_nothing_behind_and_says_why() -> None:
    response = run("POST", error=Conflict("别人已经处理了这一项。"))
    assert response.status_code == 409
    assert "别人已经处理了这一项。" in response.content.decode()
    assert not kept()


def test_a_refused_form_keeps_what_was_written_before_it() -> None:
    """A 4xx of a view is the view's own word; only errors undo."""
    assert run("POST", status=400).status_code == 400
    assert kept()
    with transaction.atomic():
        Term.objects.filter(code="neu").delete()


def test_a_form_cut_short_is_answered_400_in_words() -> None:
    """Stock's blocks take `body-count` for granted: an empty POST to the editor was a server error."""

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.POST["body-count"])

    answer = AtomicUnsafeRequestMiddleware(view).process_view(RequestFactory().post("/"), view, (), {})
    assert answer.status_code == 400
    assert "表单不完整" in answer.content.decode()
