"""What the apps find in their tables to contradict the chain, and the command that lists it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import Page, PageLogEntry

from audit.services import record, registry
from audit.services.records import check_records

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_records", {})


def verify(*options: str) -> str:
    out = io.StringIO()
    call_command("audit_verify", *options, stdout=out)
    return out.getvalue()


def test_every_app_that_registered_is_asked_once() -> None:
    assert check_records() == []
    assert "各表的记录与审计链一致" in verify("--records")
    registry.register_records(one := lambda: ["一。"])
    registry.register_records(lambda: ["二。", "三。"])
    registry.register_records(one)
    assert check_records() == ["一。", "二。", "三。"]
    assert "审计链完好" in verify(), "only when asked"


def test_every_fault_of_all_that_was_asked_is_listed_and_the_status_is_1() -> None:
    page = Page.objects.get(depth=1)
    gone = PageLogEntry.objects.log_action(page, "wagtail.edit")
    PageLogEntry.objects.log_action(page, "wagtail.edit")
    PageLogEntry.objects.filter(pk=gone.pk).update(label="别的")
    registry.register_records(lambda: ["一。", "二。"])
    with pytest.raises(CommandError) as caught:
        verify("--records", "--logs")
    assert caught.value.returncode == 1
    assert str(caught.value).splitlines() == [f"操作记录第 {gone.pk} 条与第 2 号事件不符。", "一。", "二。"]


def test_what_is_written_during_the_comparison_is_no_contradiction() -> None:
    """Its row was read and its event was not: the second comparison does not say it again."""
    comparisons = []

    def compare() -> Iterator[str]:
        comparisons.append(1)
        yield "早就不符。"
        if len(comparisons) == 1:
            record(action="a.b")
            yield "刚刚写入。"

    registry.register_records(compare)
    assert check_records() == ["早就不符。"]
    assert len(comparisons) == 2
    assert check_records() == ["早就不符。"]
    assert len(comparisons) == 3, "nothing was written meanwhile: once is enough"
