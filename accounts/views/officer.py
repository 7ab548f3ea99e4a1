"""The account officer's desk: allot, look at one account and act on it, export the holders. Services do the work."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from wagtail.admin import messages

from accounts.enums import Resource, Role, Verb
from accounts.forms.officer import (
    AllotForm,
    CorrectionForm,
    EndRoleForm,
    ExportForm,
    GiveRoleForm,
    ReasonForm,
    StateForm,
)
from accounts.models import AccountFiling, Assignment, User
from accounts.permissions import may
from accounts.reports import Filters, account_state, export_holders, holder_lines, posts_in_words
from accounts.services import Allotted, correct_holder, disable_account, enable_account, reset_password
from accounts.services.officer import allot_for_holder, end_role, give_role
from audit.errors import Conflict
from audit.models import Event
from audit.viewsets.events import action_label, chinese_moment

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from django.forms import Form

    from accounts.permissions import StaffRequest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Events of an account that its page shows.
EVENTS_SHOWN = 50


class Slip(NamedTuple):
    """What the hand-over slip says. Lives in one answer only: its password is stored nowhere."""

    user: User
    posts: str
    password: str
    expires_at: datetime.datetime | None


@sensitive_variables()
def slips_page(request: StaffRequest, accounts: Iterable[Allotted], **context: Any) -> HttpResponse:
    """The slips of accounts with their one-time passwords, shown once: no cache keeps the answer."""
    passwords = {account.user.pk: account.password for account in accounts}
    users = User.objects.filter(pk__in=passwords).with_posts().order_by("username")
    slips = [Slip(user, planned_posts(user), passwords[user.pk], user.password_expires_at) for user in users]
    address = settings.WAGTAILADMIN_BASE_URL.rstrip("/") + reverse("wagtailadmin_login")
    facts = {"slips": slips, "days": settings.HUIQITONG_INITIAL_PASSWORD_DAYS, "address": address, **context}
    response = TemplateResponse(request, "accounts/admin/officer/slips.html", facts)
    response["Cache-Control"] = "no-store"
    return response


def planned_posts(user: User) -> str:
    """Units and roles of today; where there are none yet, those that begin later, with their day."""
    if now := posts_in_words(user):
        return now
    coming = Assignment.objects.overlapping(timezone.localdate(), None).filter(user=user).select_related("department")
    words = _("%(unit)s：%(role)s（%(day)s 起）")
    return "；".join(
        words % {"unit": row.department.short_name, "role": row.get_role_display(), "day": row.valid_from}
        for row in coming
    )


class AccountView(View):
    """A view of the desk: each method asks the table of rights for its verb."""

    reading, writing = Verb.READ, Verb.ALLOT

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Refuse whoever has not the right of the method."""
        verb = self.reading if request.method in {"GET", "HEAD", "OPTIONS"} else self.writing
        if not may(request.user, Resource.ACCOUNT, verb):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


@method_decorator(sensitive_post_parameters("holder_name", "phone"), name="dispatch")
class AllotView(AccountView):
    """分配账号: one screen, answered by the slip."""

    reading = Verb.ALLOT

    def get(self, request: StaffRequest) -> HttpResponse:
        """The empty form."""
        return self._show(request, AllotForm())

    @method_decorator(sensitive_variables())
    def post(self, request: StaffRequest) -> HttpResponse:
        """Allot, and answer with the slip; or say every fault and keep what was typed."""
        form = AllotForm(request.POST)
        if form.is_valid():
            try:
                account = allot_for_holder(**form.facts(), actor=request.user)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return slips_page(request, [account], screen=_("账号已分配"))
        return self._show(request, form)

    def _show(self, request: StaffRequest, form: AllotForm) -> HttpResponse:
        return TemplateResponse(request, "accounts/admin/officer/allot.html", {"form": form})


class DetailView(AccountView):
    """One account: facts, roles, filings, events; what the officer may do to it, by POST."""

    template = "accounts/admin/officer/account.html"

    def get(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Show it."""
        return self._show(request, get_object_or_404(User, pk=pk))

    def post(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Do one thing to it, unless somebody changed the account since the form was opened (409)."""
        user = get_object_or_404(User.objects.select_for_update(no_key=True), pk=pk)
        action = request.POST.get("action", "")
        if action not in ACTIONS:
            raise Http404
        form = ACTIONS[action].form(request.POST)
        if not form.is_valid():
            return self._show(request, user, action, form)
        if not constant_time_compare(form.cleaned_data["seen"], stamp(user)):
            raise Conflict(_("您打开页面之后，这个账号已有变动（可能已被他人停用、启用、重置或调整角色）。"))
        try:
            return ACTIONS[action].act(request, user, form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
            return self._show(request, user, action, form)

    def _show(self, request: StaffRequest, user: User, action: str = "", bound: Form | None = None) -> HttpResponse:
        touchable = may(request.user, Resource.ACCOUNT, Verb.ALLOT) and not user.is_superuser and user != request.user
        account = User.objects.filter(pk=user.pk).with_posts().get()
        names = ("reset", "correct", "disable", "give") if user.is_active else ("enable",)
        seen = stamp(user) if touchable else ""
        forms = {name: self._form(user, name, seen, action, bound) for name in names} if touchable else {}
        context = {
            "account": account,
            "state": account_state(account),
            "posts": posts_in_words(account),
            "rows": self._rows(user, seen, action, bound),
            "history": assignment_history(user),
            "filings": AccountFiling.objects.visible_to(request.user).of_account(user),
            "events": account_events(user),
            "forms": forms,
            "is_self": user == request.user,
        }
        return TemplateResponse(request, self.template, context)

    def _form(self, user: User, name: str, seen: str, action: str, bound: Form | None) -> Form:
        if name == action and bound is not None:
            return bound
        initial = {"seen": seen, "holder_name": user.holder_name, "phone": user.phone}
        return ACTIONS[name].form(auto_id=f"{name}_%s", initial=initial)

    def _rows(self, user: User, seen: str, action: str, bound: Form | None) -> list[dict[str, Any]]:
        """The assignments, newest first; those that still run with a form to end them."""
        rows = []
        today = timezone.localdate()
        for row in user.assignments.select_related("department").order_by("-valid_from", "-pk"):
            form: Form | None = None
            if seen and (row.valid_until is None or row.valid_until >= today):
                initial = {"seen": seen, "assignment": row.pk, "last_day": max(today, row.valid_from)}
                form = EndRoleForm(auto_id=f"end{row.pk}_%s", initial=initial)
                if action == "end" and bound is not None and bound.data.get("assignment") == str(row.pk):
                    form = bound
            rows.append({"row": row, "form": form, "is_current": row.is_current(today)})
        return rows


def stamp(user: User) -> str:
    """What an account is at this moment, as a keyed hash: a form that was opened earlier carries another one."""
    held = user.assignments.order_by("pk").values_list("pk", "valid_from", "valid_until")
    facts = [
        user.pk,
        user.is_active,
        str(user.disabled_at),
        user.password,
        user.holder_name,
        user.phone,
        [list(map(str, row)) for row in held],
    ]
    return salted_hmac("accounts.officer.stamp", json.dumps(facts), algorithm="sha256").hexdigest()


def account_events(user: User) -> list[dict[str, str]]:
    """The newest events about an account: when, what, by whom, why."""
    events = Event.objects.for_object("accounts.user", user.pk).reverse()[:EVENTS_SHOWN]
    return [
        {
            "moment": chinese_moment(event.at),
            "action": action_label(event.action),
            "actor": event.actor_name,
            "reason": str(event.payload.get("reason", "")),
        }
        for event in events
    ]


def assignment_history(user: User) -> list[Any]:
    """Every stand of every assignment of an account, newest first."""
    return list(Assignment.history.filter(user=user).select_related("department", "history_user"))


# --- What may be done to an account ----------------------------------------------------------------------------


@sensitive_variables()
def _reset(request: StaffRequest, user: User, facts: dict[str, Any]) -> HttpResponse:
    password = reset_password(user=user, reason=facts["reason"], actor=request.user)
    return slips_page(request, [Allotted(user, password)], screen=_("密码已重置"), is_reset=True)


def _disable(request: StaffRequest, user: User, facts: dict[str, Any]) -> HttpResponse:
    disable_account(user=user, reason=facts["reason"], actor=request.user)
    messages.success(request, _("账号 %s 已停用，正在使用的会话随即结束。") % user.username)
    return redirect(request.path)


def _enable(request: StaffRequest, user: User, facts: dict[str, Any]) -> HttpResponse:
    enable_account(user=user, reason=facts["reason"], actor=request.user)
    messages.success(request, _("账号 %s 已启用。") % user.username)
    return redirect(request.path)


def _correct(request: StaffRequest, user: User, facts: dict[str, Any]) -> HttpResponse:
    words = {name: facts[name] for name in ("holder_name", "phone", "reason")}
    correct_holder(user=user, actor=request.user, **words)
    messages.success(request, _("已更正，原来的姓名保留在账号记录中。"))
    return redirect(request.path)


def _give(request: StaffRequest, user: User, facts: dict[str, Any]) -> HttpResponse:
    role = Role(facts["role"])
    give_role(user=user, department=facts["department"], role=role, valid_from=facts["valid_from"], actor=request.user)
    messages.success(request, _("已增加角色：%(unit)s %(role)s。") % {"unit": facts["department"], "role": role.label})
    return redirect(request.path)


def _end(request: StaffRequest, user: User, facts: dict[str, Any]) -> HttpResponse:
    assignment = get_object_or_404(user.assignments.select_related("user", "department"), pk=facts["assignment"])
    try:
        end_role(assignment=assignment, last_day=facts["last_day"], actor=request.user)
    except ValidationError as error:
        raise ValidationError({"last_day": error.messages}) from error
    day = facts["last_day"].isoformat()
    messages.success(request, _("已登记：%(what)s，最后一天 %(day)s。") % {"what": assignment, "day": day})
    return redirect(request.path)


class Action(NamedTuple):
    """A form on an account's page, and what it does."""

    form: type[StateForm]
    act: Any


ACTIONS = {
    "reset": Action(ReasonForm, _reset),
    "disable": Action(ReasonForm, _disable),
    "enable": Action(ReasonForm, _enable),
    "correct": Action(CorrectionForm, _correct),
    "give": Action(GiveRoleForm, _give),
    "end": Action(EndRoleForm, _end),
}


class ExportView(AccountView):
    """导出账号名册: choose, see how many, download by POST, which is recorded."""

    reading = writing = Verb.EXPORT

    def get(self, request: StaffRequest) -> HttpResponse:
        """The choice, and how many lines it gives."""
        form = ExportForm(request.GET)
        number = len(holder_lines(Filters(**form.cleaned_data))) if form.is_valid() else 0
        context = {"form": form, "number": number}
        return TemplateResponse(request, "accounts/admin/officer/export.html", context)

    def post(self, request: StaffRequest) -> HttpResponse:
        """The workbook."""
        form = ExportForm(request.POST)
        if not form.is_valid():
            return TemplateResponse(request, "accounts/admin/officer/export.html", {"form": form, "number": 0})
        content = export_holders(filters=Filters(**form.cleaned_data), actor=request.user)
        return workbook(content, f"accounts-{timezone.localdate():%Y%m%d}.xlsx")


def workbook(content: bytes, name: str) -> HttpResponse:
    """A download that no cache keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=XLSX, headers=headers)
