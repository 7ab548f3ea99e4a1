"""The page editor's form: choices limited to what the person may see, faults told all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm

from policy_pages.enums import TriggerBasis

if TYPE_CHECKING:
    from policy_pages import rules


class PolicyPageForm(WagtailAdminPageForm):
    """Limits every choice to what the person may see, and tells all faults of a submission at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limit_changes()
        self._start_afresh()
        self._start_from_change()

    def _start_afresh(self) -> None:
        """A public page opened for its next change does not carry the last one's register entry and note along."""
        if self.instance.live and not self.instance.has_unpublished_changes:
            self.initial.update(change=None, change_note="")

    def _start_from_change(self) -> None:
        """A page opened from the register starts with the register's own words, so that nobody types them twice."""
        change = getattr(self.parent_page, "opened_for", None)
        if change is None or self.instance.pk:
            return
        known = {"change": change.pk, "title": change.title, "doc_number": change.doc_number}
        day_field = {TriggerBasis.ISSUED: "issued_on", TriggerBasis.WRITTEN: "written_on"}.get(change.trigger_basis, "")
        known[day_field] = change.trigger_date
        self.initial.update({name: value for name, value in known.items() if name in self.fields})

    def _department(self) -> Any:
        return self.instance.department or getattr(self.parent_page, "section_of", None)

    def _limit_changes(self) -> None:
        if "change" not in self.fields:
            return
        from policy_pages.models import ChangeRecord

        own = ChangeRecord.objects.filter(department=self._department(), subject__in=self.instance.change_subjects)
        allowed = own.open() | own.filter(pk=self.instance.change_id)
        self.fields["change"].queryset = allowed.select_related("clock")
        self.fields["change"].empty_label = _("——没有对应的登记——")

    def clean(self) -> dict[str, Any]:
        """Check choosers always, completeness only when it is handed in: a draft may be incomplete."""
        cleaned = super().clean()
        self._check_choosers(cleaned)
        return cleaned

    def _check_choosers(self, cleaned: dict[str, Any]) -> None:
        successor = cleaned.get("successor")
        if successor and not self._may_refer_to(successor):
            raise PermissionDenied  # as with foreign files: a chooser never offers it
        for formset in self.formsets.values():
            for form in formset.forms:
                form.full_clean()  # stock cleans the rows after the page's own form, too late for us
                document = getattr(form, "cleaned_data", {}).get("document")
                if document and not self._may_refer_to(document):
                    raise PermissionDenied

    def _may_refer_to(self, document: Any) -> bool:
        return document.live or document.department_id == getattr(self._department(), "pk", None)

    def _post_clean(self) -> None:
        """After the instance carries what was typed: add every fault of a submission at its field."""
        super()._post_clean()
        if self.instance.department_id is None:
            self.instance.department = self._department()
        if self.instance.has_foreign_files() or self.instance.has_foreign_links():
            # Only a crafted POST gets here; the editor shown again would print the other's title or address.
            raise PermissionDenied
        from policy_pages.services.moderation import submission_faults
        from policy_pages.services.windows import decision_faults

        if self.is_deferred_validation:
            for fault in decision_faults(self.instance):  # a draft may lack the day, but not name a wrong one
                if not fault.is_absence:
                    self._tell(fault)
            return
        self.instance.typed_children = {name: self._rows(formset) for name, formset in self.formsets.items()}
        for fault in submission_faults(self.instance):
            self._tell(fault)

    @staticmethod
    def _rows(formset: Any) -> int:
        """Rows that will stay, whether or not they are valid in themselves."""
        return sum(1 for form in formset.forms if form.has_changed() or form.instance.pk) - len(formset.deleted_forms)

    def _tell(self, fault: rules.Fault) -> None:
        if fault.field in self.fields:
            if fault.field not in self.errors:
                self.add_error(fault.field, fault.message)
        else:
            self.add_error(None, fault.message)
