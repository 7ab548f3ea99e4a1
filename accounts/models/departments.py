"""Units, and who may do what in which unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.enums import BUREAU_ROLES, DEPARTMENT_ROLES, SEPARATED_ROLES, DepartmentKind, DepartmentLevel, Role
from accounts.querysets import AssignmentQuerySet, DepartmentQuerySet

if TYPE_CHECKING:
    import datetime


class Department(models.Model):
    """A unit that owns policies (A4), or the approval bureau that leads (A6). No unit, no content (T4.3)."""

    code = models.SlugField(
        _("单位代码"), max_length=30, unique=True, help_text=_("用于网址和账号，例如 kjj；启用后不再更改。")
    )
    name = models.CharField(_("单位全称"), max_length=100, unique=True)
    short_name = models.CharField(_("简称"), max_length=30)
    kind = models.CharField(
        _("单位类别"), max_length=20, choices=DepartmentKind.choices, default=DepartmentKind.FUNCTIONAL
    )
    level = models.CharField(_("层级"), max_length=10, choices=DepartmentLevel.choices, default=DepartmentLevel.CITY)
    parent = models.ForeignKey(
        "self", verbose_name=_("上级单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    other_names = models.TextField(
        _("别名"), blank=True, help_text=_("每行一个。导入文件中的制发机关与全称、简称或别名一致时，归入本单位。")
    )
    section_page = models.OneToOneField(
        "wagtailcore.Page",
        verbose_name=_("单位栏目"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="section_of",
    )
    collection = models.OneToOneField(
        "wagtailcore.Collection",
        verbose_name=_("附件目录"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="collection_of",
    )
    established_on = models.DateField(
        _("设立日期"), null=True, blank=True, help_text=_("机构新设立的填写；设立之前的变更不由本单位承担时限。")
    )
    is_active = models.BooleanField(_("在用"), default=True)
    history = HistoricalRecords()

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("单位")
        verbose_name_plural = _("单位")
        ordering = ("level", "code")
        default_permissions = ("view",)
        permissions = (
            ("edit_content", "录入本单位内容"),
            ("review_content", "审核本单位内容"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_bureau(self) -> bool:
        """Whether this is the approval bureau."""
        return self.kind == DepartmentKind.BUREAU

    def all_names(self) -> set[str]:
        """Every name an imported file may use for this unit."""
        return {self.name, self.short_name, *(line.strip() for line in self.other_names.splitlines() if line.strip())}


class Assignment(models.Model):
    """One person's role in one unit from a day until a day: the only business truth of who may do what."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("账号"), on_delete=models.PROTECT, related_name="assignments"
    )
    department = models.ForeignKey(
        Department, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="assignments"
    )
    role = models.CharField(_("角色"), max_length=30, choices=Role.choices)
    valid_from = models.DateField(_("起始日"), default=timezone.localdate)
    valid_until = models.DateField(_("截止日"), null=True, blank=True, help_text=_("含当日；留空表示长期。"))
    history = HistoricalRecords()

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        ordering = ("department", "role", "user")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=["user", "department", "role"],
                condition=Q(valid_until__isnull=True),
                name="accounts_one_open_assignment",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="accounts_assignment_ends_after_start",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.department.short_name} {self.get_role_display()}"

    def clean(self) -> None:
        """Refuse an end before the start, a role that does not belong here, two separated powers in one hand (三员分立)."""
        if self.valid_until and self.valid_until < self.valid_from:
            words = gettext("离任日期早于任职起始日（%(day)s），请核对。") % {"day": self.valid_from.isoformat()}
            raise ValidationError({"valid_until": words})
        errors = []
        if self.department_id and self.role in BUREAU_ROLES and not self.department.is_bureau:
            errors.append(gettext("“%(role)s”只能在行政审批局任职。") % {"role": self.get_role_display()})
        if self.user_id and self.role:
            errors += self._conflicts()
        if errors:
            raise ValidationError({"role": errors})

    def _conflicts(self) -> list[str]:
        """What else the person holds at the same time and may not hold beside this role."""
        beside = Assignment.objects.overlapping(self.valid_from, self.valid_until).exclude(pk=self.pk)
        beside = beside.filter(user=self.user)
        found = []
        if self.role in SEPARATED_ROLES and beside.filter(role__in=SEPARATED_ROLES - {Role(self.role)}).exists():
            found.append(gettext("审核、账号管理、审计、系统管理须由不同的人担任，请换一个账号。"))
        other_side = DEPARTMENT_ROLES if self.role in BUREAU_ROLES else BUREAU_ROLES
        if beside.filter(role__in=other_side).exists():
            found.append(gettext("一个账号不能既在单位又在行政审批局任职，请另行分配账号。"))
        return found

    def is_current(self, today: datetime.date | None = None) -> bool:
        """Whether it holds on that day (default: today in Shanghai)."""
        day = today or timezone.localdate()
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)
