"""批量分配: upload, read the report, confirm; the answer is every slip on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db import transaction
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from wagtail.admin import messages

from accounts.enums import Verb
from accounts.forms.officer import ConfirmForm, RosterForm
from accounts.services.roster import (
    Opened,
    RosterRow,
    check_roster,
    import_roster,
    read_roster,
    seconds_needed,
    template,
)
from accounts.services.workbook import WorkbookError
from accounts.views.officer import AccountView, slips_page, workbook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from accounts.permissions import StaffRequest

SALT = "accounts.roster"
#: Seconds in which a checked file may be confirmed.
CONFIRM_WITHIN = 3600
TYPED = ("number", "texts", "formulas", "is_merged")


# Hashing 200 passwords takes some 20 seconds: `import_roster` does it before it opens the one transaction, so that no
# other desk waits for SQLite's lock meanwhile. Nothing here writes outside that transaction.
@method_decorator(transaction.non_atomic_requests, name="dispatch")
@method_decorator(sensitive_post_parameters("rows"), name="dispatch")
class ImportView(AccountView):
    """Nothing is kept between the two steps: the checked rows travel in the page, signed for this officer."""

    reading = Verb.ALLOT
    template = "accounts/admin/officer/import.html"

    def get(self, request: StaffRequest) -> HttpResponse:
        """The form, and where the template is."""
        return self._show(request, form=RosterForm())

    def post(self, request: StaffRequest) -> HttpResponse:
        """First the dry run of an uploaded file, then the import of its rows."""
        return self._import(request) if "rows" in request.POST else self._check(request)

    def _check(self, request: StaffRequest) -> HttpResponse:
        form = RosterForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, form=form)
        try:
            rows = read_roster(form.cleaned_data["file"].read())
        except WorkbookError as error:
            form.add_error("file", str(error))
            return self._show(request, form=form)
        check_roster(rows)
        return self._report(request, rows)

    @method_decorator(sensitive_variables())
    def _import(self, request: StaffRequest) -> HttpResponse:
        form = ConfirmForm(request.POST)
        rows = unsealed(form.data.get("rows", ""), request.user.pk)
        if rows is None or not form.is_valid():
            messages.error(request, _("检查结果已过期，请重新上传文件。"))
            return self._show(request, form=RosterForm())
        opened: Opened = import_roster(rows=rows, lenient=form.cleaned_data["lenient"], actor=request.user)
        if not opened.accounts:
            return self._report(request, rows, refused=True)
        skipped = [row for row in rows if row.faults]
        return slips_page(request, opened.accounts, screen=_("批量分配完成"), skipped=skipped)

    def _report(self, request: StaffRequest, rows: Sequence[RosterRow], *, refused: bool = False) -> HttpResponse:
        wrong = [row for row in rows if row.faults]
        right = len(rows) - len(wrong)
        confirm = ConfirmForm(initial={"rows": sealed(rows, request.user.pk)}) if right else None
        return self._show(
            request,
            form=RosterForm(),
            rows=rows,
            wrong=wrong,
            right=right,
            refused=refused,
            confirm=confirm,
            seconds=seconds_needed(right),
        )

    def _show(self, request: StaffRequest, **context: Any) -> HttpResponse:
        response = TemplateResponse(request, self.template, context)
        response["Cache-Control"] = "no-store"
        return response


class TemplateView(AccountView):
    """The empty workbook."""

    reading = Verb.ALLOT

    def get(self, request: StaffRequest) -> HttpResponse:
        """Download it."""
        return workbook(template(), "accounts-template.xlsx")


def sealed(rows: Sequence[RosterRow], officer: int) -> str:
    """The rows as typed, signed: what was checked is what is imported, by whom it was checked."""
    typed = [[getattr(row, name) for name in TYPED] for row in rows]
    return signing.dumps(typed, salt=f"{SALT}.{officer}", compress=True)


def unsealed(text: str, officer: int) -> list[RosterRow] | None:
    """The rows again; None when the seal is broken, another's or too old."""
    try:
        typed = signing.loads(text, salt=f"{SALT}.{officer}", max_age=CONFIRM_WITHIN)
    except signing.BadSignature:
        return None
    return [RosterRow(**dict(zip(TYPED, row, strict=True))) for row in typed]
