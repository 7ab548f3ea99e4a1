"""Opening a department: its section, its attachment folder, its rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from wagtail.models import Collection

from accounts.models import Department
from accounts.services import sync_department
from audit.services import record
from policy_pages.models.sections import DepartmentSectionPage, PolicyLibraryPage

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def open_department(*, code: str, name: str, short_name: str, actor: User | None = None, **facts: Any) -> Department:
    """Create a unit with its public section `/policies/<code>/` and its private folder of attachments (A4, T4.3).

    `facts` are further fields of Department. Idempotent: an existing code is returned as it is, with its rights
    brought in line. The bureau gets no section. Records `department.opened`.
    """
    department = Department.objects.filter(code=code).first()
    if department is None:
        department = Department(code=code, name=name, short_name=short_name, **facts)
        department.full_clean()
        if not department.is_bureau:
            library = PolicyLibraryPage.objects.get()
            section = library.add_child(
                instance=DepartmentSectionPage(title=short_name, slug=code, draft_title=short_name)
            )
            department.section_page = section.page_ptr
            department.collection = Collection.get_first_root_node().add_child(name=name)
        department.save()
        record(
            action="department.opened",
            actor=actor,
            department_code=code,
            object_type="accounts.department",
            object_id=department.pk,
            object_label=name,
            payload={"kind": str(department.kind), "level": str(department.level)},
        )
    sync_department(department)
    return department
