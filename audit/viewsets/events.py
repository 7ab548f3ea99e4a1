"""审计事件: the event chain, to read."""

import json
from datetime import datetime
from typing import Any

import django_filters
from django.apps import apps
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.log_actions import registry as log_action_registry

from ..forms import DayRangeFilter
from ..models import DutyClock, Event
from ..services.hashing import event_hash
from ..services.registry import shown_object
from ..services.twins import event_action
from ..templatetags.deadlines import chinese_date
from .base import NarrowViewSet

#: What each action is called; one without a name here is shown by its code.
ACTION_LABELS = {
    "account.allotted": "分配账号",
    "account.break_glass": "使用应急超级账号",
    "account.corrected": "更正姓名或电话",
    "account.disabled": "停用账号",
    "account.enabled": "启用账号",
    "account.factor_code_used": "使用恢复码",
    "account.factor_codes_renewed": "更换恢复码",
    "account.factor_enrolled": "绑定动态口令",
    "account.factor_failed": "动态口令验证失败",
    "account.factor_recovery_asked": "申请重置动态口令",
    "account.factor_recovery_cancelled": "取消重置动态口令",
    "account.factor_removed": "解除动态口令",
    "account.factor_reset": "重置动态口令",
    "account.locked_out": "登录锁定",
    "account.login": "登录",
    "account.login_begun": "密码正确，待验证动态口令",
    "account.login_failed": "登录失败",
    "account.logout": "退出登录",
    "account.password_changed": "修改密码",
    "account.password_reset": "重置密码",
    "account.session_ended": "会话被新登录结束",
    "account.password_wrong": "修改密码时输错原密码",
    "account.sessions_ended": "结束全部会话",
    "account.phone_changed": "更换联系电话",
    "account.undertaking_signed": "签署承诺书",
    "accounts.exported": "导出账号名册",
    "accounts.imported": "批量分配账号",
    "assignment.ended": "任职结束",
    "assignment.granted": "任职",
    "audit.triggers_restored": "恢复追加写触发器",
    "calendar.changed": "工作日历变更",
    "calendar.year_entered": "录入全年放假安排",
    "chain.genesis": "审计链起点",
    "change.cancelled": "撤销变更登记",
    "change.corrected": "更正变更登记",
    "change.registered": "登记变更",
    "change.settled": "按已有的公开办结变更",
    "clock.cancelled": "时限取消",
    "clock.corrected": "时限更正",
    "clock.finished": "时限完成",
    "clock.handed": "时限移交",
    "clock.moved": "时限转其他单位",
    "clock.refreshed": "时限随日历重算",
    "clock.rejudged": "时限重新裁定",
    "clock.started": "时限起算",
    "clock.voided": "时限作废",
    "correction.answered": "答复纠错",
    "correction.contact_erased": "删除纠错人联系方式",
    "correction.reassigned": "纠错转其他单位",
    "correction.received": "收到纠错",
    "correction.supplemented": "补充答复纠错",
    "correction.taken": "开始处理纠错",
    "department.founded": "登记设立日期",
    "department.opened": "开设单位",
    "dossier.exported": "导出卷宗",
    "digest.signed": "签署审计摘要",
    "duty.chased": "督办",
    "duty.reminded": "时限提醒",
    "duty.reminder_withdrawn": "撤回时限提醒",
    "filing.cancelled": "撤销人员变更备案",
    "filing.completed": "办结人员变更备案",
    "filing.corrected": "更正人员变更备案",
    "filing.filed": "人员变更备案",
    "import.finished": "导入完成",
    "late_reason.published": "公开逾期说明",
    "late_reason.returned": "退回逾期说明",
    "late_reason.written": "填写逾期说明",
    "listing.classified": "分类入清单",
    "page.imported": "导入草稿",
    "page.published": "公开",
    "page.repealed": "废止",
    "page.scheduled": "预定公开",
    "page.schedule_cancelled": "取消定时发布",
    "page.unpublished": "撤下",
    "permissions.repaired": "改正权限偏差",
    "report.exported": "导出时限报表",
    "report.frozen": "固定并公开时限报告",
    "time.stepped_back": "服务器时间回拨",
    "rule.set": "设定时限规则",
    "rule.withdrawn": "撤回时限规则",
    "site.changed": "更改网站信息",
    "task.approved": "审核通过",
    "task.cancelled": "撤回提交",
    "task.returned": "退回修改",
    "task.submitted": "进入审核环节",
    "window.cancelled": "撤销申报期限告知",
    "window.changed": "更改已告知的申报期限",
    "window.corrected": "更正期限确定日期",
    "window.notified": "告知申报期限已确定",
    "window.published": "已告知的申报期限公开",
    "window.received": "签收申报期限告知",
}


def action_label(code: str) -> str:
    """Return what the action is called; for the twin of Wagtail's log Wagtail's own name."""
    return ACTION_LABELS.get(code) or twin_labels().get(code, code)


def twin_labels() -> dict[str, str]:
    """Return the twins' names: every action that Wagtail's log knows."""
    logged = log_action_registry.get_choices()
    return {event_action(action): _("操作日志：%s") % label for action, label in logged}


def action_choices() -> list[tuple[str, str]]:
    """Return every action by which the list is filtered."""
    return sorted({**ACTION_LABELS, **twin_labels()}.items())


def chinese_moment(at: datetime) -> str:
    """Return an instant as 2026-11-23（周一）09:30:05, in the default time zone whoever reads."""
    return f"{chinese_date(at)}{timezone.localtime(at, timezone.get_default_timezone()):%H:%M:%S}"


def object_kind(object_type: str) -> str:
    """Return what kind of thing an event speaks of, in words where the model still exists."""
    try:
        return str(apps.get_model(object_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return object_type


def departments() -> QuerySet:
    """Return all units. The audit app knows them only through its own foreign key."""
    model: Any = DutyClock._meta.get_field("department").related_model
    return model._default_manager.all()


def department_choices() -> list[tuple[str, str]]:
    """Return code and short name of every unit."""
    return list(departments().order_by("code").values_list("code", "short_name"))


class EventFilterSet(WagtailFilterSet):
    """By what was done, whose unit it touched, and when."""

    action = django_filters.ChoiceFilter(label=gettext_lazy("动作"), choices=action_choices)
    department_code = django_filters.ChoiceFilter(label=gettext_lazy("单位"), choices=department_choices)
    at = DayRangeFilter(label=gettext_lazy("日期"))

    class Meta:
        model = Event
        fields = ("action", "department_code", "at")


class EventIndexView(generic.IndexView):
    """The chain, newest first."""

    default_ordering = "-seq"
    filterset_class = EventFilterSet

    def get_base_queryset(self) -> QuerySet:
        """Add the unit's short name, which the event itself does not keep."""
        unit = departments().filter(code=OuterRef("department_code")).values("short_name")[:1]
        return super().get_base_queryset().annotate(unit=Coalesce(Subquery(unit), "department_code"))


class EventDetailView(generic.InspectView):
    """One event: what it says, and whether its hashes hold."""

    template_name = "audit/admin/event.html"
    page_title = gettext_lazy("审计事件")

    def get_page_subtitle(self) -> str:
        """Return number and name of the event."""
        return f"#{self.object.seq} {action_label(self.object.action)}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the event in words and the comparison of its hashes with the row's and the predecessor's."""
        event = self.object
        before = Event.objects.filter(seq=event.seq - 1).values_list("hash", flat=True).first()
        return super().get_context_data(
            event=event,
            action=action_label(event.action),
            moment=chinese_moment(event.at),
            unit=dict(department_choices()).get(event.department_code, event.department_code),
            kind=object_kind(event.object_type),
            object_url=shown_object(self.request.user, event.object_type, event.object_id).url,
            payload=json.dumps(event.payload, ensure_ascii=False, indent=2, sort_keys=True),
            hash_holds=event_hash(event) == event.hash,
            link_holds=event.prev_hash == (before or "0" * len(event.prev_hash)),
            **kwargs,
        )


class EventViewSet(NarrowViewSet):
    """审计事件: read, never written. Exports come with the signed digest, not from here."""

    model = Event
    name = "events"
    icon = "list-ul"
    menu_label = gettext_lazy("审计事件")
    menu_order = 440
    add_to_admin_menu = True
    views = ("index", "index_results", "inspect")
    inspect_view_enabled = True
    index_view_class = EventIndexView
    inspect_view_class = EventDetailView
    list_per_page = 50
    search_fields = ("object_label", "actor_name", "object_id", "action")
    list_display = [
        Column("seq", label=gettext_lazy("序号"), sort_key="seq", width="6em"),
        Column("at", label=gettext_lazy("时间"), accessor=lambda event: chinese_moment(event.at)),
        TitleColumn(
            "action",
            label=gettext_lazy("动作"),
            accessor=lambda event: action_label(event.action),
            url_name="events:inspect",
        ),
        Column("object", label=gettext_lazy("对象"), accessor=lambda event: event.object_label or "—"),
        Column("unit", label=gettext_lazy("单位"), accessor=lambda event: event.unit or "—"),
        Column("actor", label=gettext_lazy("操作者"), accessor="actor_name"),
    ]
