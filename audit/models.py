"""The event chain, the working-day calendar, the rules of duties and their clocks."""

import json
from datetime import date
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.models import HistoricalRecords

from . import rules
from .enums import REMINDERS, ActorKind, DayUnit, NoticeKind, Outcome, Side
from .errors import AppendOnly
from .querysets import DutyClockQuerySet, DutyRuleQuerySet, EventQuerySet

LABEL_LENGTH = 255
NAME_LENGTH = 150
ID_LENGTH = 64
HASH_LENGTH = 64
ACTION_LENGTH = 80


class Event(models.Model):
    """One thing that happened, chained to the one before it (A30, T30.1). Written by `services.record` only.

    Plain ids and copies of names, no foreign keys: setting a key to NULL would be a change of the row, and what an
    event says must not depend on what became of its subject. `payload_json` is canonical JSON kept as text, so that
    the bytes under the hash are the same on every database; `payload` reads it.
    """

    seq = models.PositiveBigIntegerField("序号", unique=True)
    at = models.DateTimeField("时间")
    actor_kind = models.CharField("操作者类别", max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField("操作者编号", null=True)
    actor_name = models.CharField("操作者", max_length=NAME_LENGTH)
    department_code = models.CharField("部门代码", max_length=ID_LENGTH, blank=True)
    action = models.CharField("动作", max_length=ACTION_LENGTH)
    object_type = models.CharField("对象类型", max_length=ID_LENGTH, blank=True)
    object_id = models.CharField("对象编号", max_length=ID_LENGTH, blank=True)
    object_label = models.CharField("对象", max_length=LABEL_LENGTH, blank=True)
    payload_json = models.TextField("内容", default="{}")
    request_id = models.CharField("请求编号", max_length=ID_LENGTH, blank=True)
    algorithm = models.CharField("算法", max_length=16)
    prev_hash = models.CharField("前一校验值", max_length=HASH_LENGTH)
    hash = models.CharField("校验值", max_length=HASH_LENGTH)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "审计事件"
        verbose_name_plural = "审计事件"
        ordering = ["seq"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["object_type", "object_id", "seq"], name="audit_event_object"),
            models.Index(fields=["department_code", "at"], name="audit_event_department"),
            models.Index(fields=["action", "at"], name="audit_event_action"),
            models.Index(fields=["actor_id", "at"], name="audit_event_actor"),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row; raises AppendOnly for one that exists."""
        if not self._state.adding:
            raise AppendOnly("an event is never changed")
        super().save(force_insert=True, using=kwargs.get("using"))

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise AppendOnly, always."""
        raise AppendOnly("an event is never deleted")

    @property
    def payload(self) -> dict[str, Any]:
        """The payload as Python data, a fresh copy at each call."""
        return json.loads(self.payload_json)


class ChainHead(models.Model):
    """The one row that names the last event; locked at each append, and what shows a cut tail."""

    ROW = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ROW, editable=False)
    seq = models.PositiveBigIntegerField("序号", default=0)
    hash = models.CharField("校验值", max_length=HASH_LENGTH)
    at = models.DateTimeField("时间", null=True)

    class Meta:
        verbose_name = "事件链头"
        verbose_name_plural = "事件链头"
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_chainhead_one_row")]

    def __str__(self) -> str:
        return f"#{self.seq}"


class CalendarYear(models.Model):
    """A year whose working days are known, because the State Council notice was entered and confirmed."""

    year = models.PositiveSmallIntegerField(
        "年份", unique=True, validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    confirmed = models.BooleanField(
        "已确认", default=False, help_text="放假调休安排录入完毕并核对后勾选；未确认的年份按“暂不可计算”处理。"
    )
    notice = models.TextField("依据", blank=True, help_text="国务院办公厅通知的名称和文号。")

    history = HistoricalRecords(verbose_name="工作日年度历史")

    class Meta:
        verbose_name = "工作日年度"
        verbose_name_plural = "工作日年度"
        ordering = ["-year"]

    def __str__(self) -> str:
        return str(self.year)


class CalendarOverride(models.Model):
    """A day that is not what its weekday says: a weekday off, or a weekend day worked (调休)."""

    day = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("是否上班", default=False)
    source = models.TextField("依据", help_text="国务院办公厅通知的名称和文号。")

    history = HistoricalRecords(verbose_name="放假调休历史")

    class Meta:
        verbose_name = "放假调休"
        verbose_name_plural = "放假调休"
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {'上班' if self.is_workday else '放假'}"


class CalendarVersion(models.Model):
    """What a calendar version said: kept for ever, so that every verdict can be recomputed as it was pronounced.

    Append-only. `content` is one line a year and one line a day that differs from its weekday; `version` its hash.
    """

    version = models.CharField("版本", max_length=ID_LENGTH, unique=True)
    content = models.TextField("内容")
    kept_at = models.DateTimeField("启用时间")

    class Meta:
        verbose_name = "日历版本"
        verbose_name_plural = "日历版本"
        ordering = ["kept_at", "pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.version


class DutyRule(models.Model):
    """One version of a duty of the regulation: how many days it allows, from which date on (A32)."""

    #: Of `DutyCode`, or of a later duty that has nothing but its rule (`DutyRule.objects.duties`).
    code = models.CharField("义务", max_length=40)
    article = models.CharField("条款", max_length=40)
    title = models.CharField("名称", max_length=120)
    days = models.PositiveSmallIntegerField("天数")
    unit = models.CharField("单位", max_length=10, choices=DayUnit.choices, default=DayUnit.WORKING)
    effective_from = models.DateField("施行日期")
    is_setting = models.BooleanField("自定天数", default=False, help_text="办法未规定天数，由行政审批局设定。")
    source = models.TextField("依据", blank=True, help_text="为什么是这个天数：文件名称和文号，或会议决定。")
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="设定人",
    )
    set_at = models.DateTimeField("设定时间", null=True, blank=True, editable=False)

    history = HistoricalRecords(verbose_name="时限规则历史")
    objects = DutyRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "时限规则"
        verbose_name_plural = "时限规则"
        ordering = ["code", "-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "effective_from"],
                name="audit_dutyrule_version",
                violation_error_message="同一义务在同一施行日期只能有一条规则。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.days}{self.get_unit_display()}）"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, under the same refusal as `clean`."""
        self.clean()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse to change what clocks were started on: ValidationError; a change is a new version."""
        super().clean()
        if self.pk and self.clocks.exists() and not self._same_terms():
            raise ValidationError(_("已有时限按本规则计算，不能再改；请新增一条施行日期更晚的规则。"))

    def _same_terms(self) -> bool:
        return (
            type(self)
            .objects.filter(
                pk=self.pk, code=self.code, days=self.days, unit=self.unit, effective_from=self.effective_from
            )
            .exists()
        )


class DutyClock(models.Model):
    """A duty of one department about one object, from its trigger to its end.

    `due_on` and `calendar_version` are what was announced: the last day as computed when the clock was started,
    corrected or refreshed (None: a calendar gap hides it). While it is open everything else is derived by `verdict`.
    When it is finished the verdict is pronounced and kept (docs/decisions/0010): `outcome`, `used` days of the rule's
    unit, and `bureau_used` of them. `handovers` tells who held the matter when, oldest first.
    """

    rule = models.ForeignKey(DutyRule, models.PROTECT, related_name="clocks", verbose_name="规则")
    department = models.ForeignKey(
        "accounts.Department", models.PROTECT, related_name="duty_clocks", verbose_name="责任部门"
    )
    #: Whose matter it is when the duty is another's: the bureau's duties about a department's item.
    concerned = models.ForeignKey(
        "accounts.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所涉部门"
    )
    object_type = models.CharField("对象类型", max_length=ID_LENGTH)
    object_id = models.CharField("对象编号", max_length=ID_LENGTH)
    object_label = models.CharField("对象", max_length=LABEL_LENGTH)
    trigger_date = models.DateField("触发日期")
    basis = models.TextField("触发日期依据")
    due_on = models.DateField("截止日期", null=True, blank=True)
    calendar_version = models.CharField("日历版本", max_length=ID_LENGTH)
    started_at = models.DateTimeField("登记时间")
    holder = models.CharField("现由谁办理", max_length=10, choices=Side.choices, default=Side.DEPARTMENT)
    #: One entry a handover: `side`, `at` (ISO instant) and `on`, its local day.
    handovers = models.JSONField("移交经过", default=list, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)
    outcome = models.CharField("结论", max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    used = models.PositiveIntegerField("用时（天）", null=True, blank=True)
    bureau_used = models.PositiveIntegerField("其中审批局（天）", null=True, blank=True)

    # Reasons may be longer than simple-history's own 100 characters.
    history = HistoricalRecords(verbose_name="时限历史", history_change_reason_field=models.TextField(null=True))
    objects = DutyClockQuerySet.as_manager()
    # Set by the services, read by simple-history when it writes its row.
    _history_user: AbstractUser | None
    _change_reason: str | None

    class Meta:
        verbose_name = "时限"
        verbose_name_plural = "时限"
        ordering = ["due_on", "pk"]
        indexes = [
            # A board: what is open in a unit, by its last day.
            models.Index(fields=["department", "outcome", "due_on"], name="audit_clock_board"),
            models.Index(fields=["outcome", "due_on"], name="audit_clock_open"),
            models.Index(fields=["object_type", "object_id"], name="audit_clock_object"),
            # A report is counted from this index alone (docs/decisions/0010).
            models.Index(
                fields=["rule", "department", "outcome", "used", "bureau_used", "trigger_date", "due_on"],
                name="audit_clock_report",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(finished_at=None) | models.Q(cancelled_at=None), name="audit_clock_one_end"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome=Outcome.OPEN, finished_at=None, cancelled_at=None)
                | models.Q(outcome=Outcome.CANCELLED, cancelled_at__isnull=False)
                | models.Q(outcome__in=[Outcome.ON_TIME, Outcome.LATE, Outcome.GAP], finished_at__isnull=False),
                name="audit_clock_outcome_fits_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule.title}：{self.object_label}"

    @property
    def is_open(self) -> bool:
        """Tell whether the clock still runs."""
        return self.finished_at is None and self.cancelled_at is None

    def verdict(self, today: date | None = None, calendar: rules.WorkCalendar | None = None) -> rules.Verdict:
        """Return the verdict as of `today` (default: the day in Asia/Shanghai).

        What was pronounced of a finished clock stays. An open one, and one that a gap hid, is judged with `calendar`
        (default: the current one; pass it when judging many: fetching it takes two queries). A cancelled clock is judged
        as of the day it was cancelled; callers show it as cancelled, not by this verdict.
        """
        if self.finished_at and self.outcome != Outcome.GAP:
            end = rules.local_date(self.finished_at, timezone.get_default_timezone())
            return rules.Verdict(self.outcome, self.due_on, self.used, self.rule.days, None, end, self.rule.unit)
        return self.judged(today, calendar)

    def judged(self, today: date | None = None, calendar: rules.WorkCalendar | None = None) -> rules.Verdict:
        """Judge the clock anew from its facts, as of `today` and with `calendar` (defaults as for `verdict`)."""
        # Not the active time zone: Wagtail switches that to the reader's own, and a verdict has no reader.
        tz = timezone.get_default_timezone()
        if calendar is None:
            from .services import current_calendar  # services import the models

            calendar = current_calendar()
        finished_on = rules.local_date(self.finished_at, tz) if self.finished_at else None
        if self.cancelled_at:
            today = rules.local_date(self.cancelled_at, tz)
        today = today or timezone.localdate(timezone=tz)
        return rules.verdict(self.trigger_date, self.rule.days, finished_on, today, calendar, self.rule.unit)

    @property
    def held(self) -> tuple[rules.Handover, ...]:
        """The handovers as the rules count them."""
        return tuple(rules.Handover(date.fromisoformat(entry["on"]), entry["side"]) for entry in self.handovers)

    def bureau_days(self, today: date | None = None, calendar: rules.WorkCalendar | None = None) -> int | None:
        """Days the bureau held it until its finish or, while open, until `today`; None if a gap hides them."""
        if not self.is_open:
            return self.bureau_used
        if calendar is None:
            from .services import current_calendar

            calendar = current_calendar()
        today = today or timezone.localdate(timezone=timezone.get_default_timezone())
        return rules.bureau_days(self.trigger_date, today, self.held, calendar, self.rule.unit)


class DutyNotice(models.Model):
    """That a unit was told of a duty it owes: a reminder of the system, or a chase of the bureau (督办)."""

    clock = models.ForeignKey(DutyClock, models.CASCADE, related_name="notices", verbose_name="时限")
    kind = models.CharField("类别", max_length=10, choices=NoticeKind.choices)
    due_on = models.DateField("当时的截止日期", null=True, blank=True)
    department = models.ForeignKey("accounts.Department", models.PROTECT, related_name="+", verbose_name="被提醒单位")
    created_at = models.DateTimeField("时间")
    message = models.TextField("督办内容", blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="督办人"
    )
    mails = models.PositiveSmallIntegerField("邮件数", default=0)

    class Meta:
        verbose_name = "时限提醒"
        verbose_name_plural = "时限提醒"
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["department", "-created_at"], name="audit_notice_department")]
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "kind", "due_on"],
                condition=models.Q(kind__in=sorted(REMINDERS)),
                name="audit_notice_reminder_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.clock_id}"
