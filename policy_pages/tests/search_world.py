"""Pages for the search tests: live stock documents of one department, put into the index at once."""

from __future__ import annotations

from typing import Any

from django.utils.html import escape
from wagtail.search.index import insert_or_update_object

from accounts.models import Department
from policy_pages.models import PolicyDocumentPage


def add_document(department: Department, title: str, *paragraphs: str, **facts: Any) -> PolicyDocumentPage:
    """A live document as an import of stock leaves it; the way through the workflow is tested elsewhere."""
    body = [("paragraph", "".join(f"<p>{escape(text)}</p>" for text in paragraphs))]
    page = PolicyDocumentPage(title=title, body=body, is_stock=True, **{"live": True, **facts})
    department.section_page.specific_class.objects.get(pk=department.section_page_id).add_child(instance=page)
    # The signal's task runs on commit, which a test never reaches.
    insert_or_update_object(page)
    return page
