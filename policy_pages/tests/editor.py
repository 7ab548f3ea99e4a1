"""The editor's form as a browser would send it: the HTML fields as served, and the StreamFields that scripts draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from wagtail import blocks
from wagtail.fields import StreamField
from wagtail.test.utils.form_data import inline_formset, nested_form_data, querydict_from_html, rich_text, streamfield

if TYPE_CHECKING:
    from django.http import HttpResponse, QueryDict
    from django.test import Client
    from wagtail.models import Page

    from accounts.models import Department


def edit_url(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def add_url(model: type[Page], department: Department) -> str:
    return reverse("wagtailadmin_pages:add", args=["policy_pages", model._meta.model_name, department.section_page_id])


def edit_data(client: Client, page: Page, **changes: Any) -> QueryDict:
    """Form data of a page's edit view; `changes` are form values, lists of (type, value) for StreamFields."""
    latest = page.get_latest_revision_as_object()
    streams = {
        field.name: [(child.block_type, child.value) for child in field.value_from_object(latest)]
        for field in latest._meta.get_fields()
        if isinstance(field, StreamField)
    }
    return _data(client.get(edit_url(page)), type(latest), streams, changes)


def add_data(client: Client, model: type[Page], department: Department, **changes: Any) -> QueryDict:
    """Form data of the add view of a page type, empty but for `changes`."""
    streams = {field.name: [] for field in model._meta.get_fields() if isinstance(field, StreamField)}
    return _data(client.get(add_url(model, department)), model, streams, changes)


def post_edit(client: Client, page: Page, **changes: Any) -> HttpResponse:
    return client.post(edit_url(page), edit_data(client, page, **changes))


def post_add(client: Client, model: type[Page], department: Department, **changes: Any) -> HttpResponse:
    return client.post(add_url(model, department), add_data(client, model, department, **changes))


def _data(response: HttpResponse, model: type[Page], streams: dict[str, list], changes: dict[str, Any]) -> QueryDict:
    assert response.status_code == 200
    data = querydict_from_html(response.content.decode(), form_id="page-edit-form")
    nested: dict[str, Any] = {}
    for name, rows in streams.items():
        block = model._meta.get_field(name).stream_block
        values = [(kind, _posted(block.child_blocks[kind], value)) for kind, value in changes.pop(name, rows)]
        nested[name] = streamfield(values)
    for name in [name for name, value in changes.items() if isinstance(value, list)]:
        nested[name] = inline_formset(changes.pop(name))
    data.update(nested_form_data(nested))
    for name, value in changes.items():
        data[name] = value
    return data


def _posted(block: blocks.Block, value: Any) -> Any:
    """A block's value as its form field sends it."""
    if isinstance(block, blocks.RichTextBlock):
        return rich_text(str(getattr(value, "source", value)), features=block.features)
    if isinstance(block, blocks.StructBlock):
        posted = {name: _posted(child, value.get(name)) for name, child in block.child_blocks.items()}
        return {name: sent for name, sent in posted.items() if sent is not None}
    if isinstance(block, blocks.ListBlock):
        rows = [{"value": _posted(block.child_block, row), "id": "", "order": n} for n, row in enumerate(value)]
        return {"count": len(rows), **{str(n): {**row, "deleted": "", "type": "item"} for n, row in enumerate(rows)}}
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else None
    return str(getattr(value, "pk", value))
