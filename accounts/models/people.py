"""People: allotted accounts, their former passwords, and how a lost second factor is replaced."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import DEPARTMENT_ROLES, Role, SessionEnd
from accounts.models.departments import Assignment, Department
from accounts.querysets import AccountQuerySet, AssignmentQuerySet, DepartmentQuerySet


class AccountManager(UserManager.from_queryset(AccountQuerySet)):  # type: ignore[misc]  # a base made by a call
    """Django's way to make accounts, with our questions about them."""

    use_in_migrations = False


class User(AbstractUser):  # type: ignore[django-manager-missing]  # Wagtail names that manager, untyped
    """An allotted account of one named person (A15); `username` is the code the bureau allotted."""

    holder_name = models.CharField(_("使用人姓名"), max_length=60, blank=True)
    phone = models.CharField(
        _("联系电话"), max_length=40, blank=True, help_text=_("仅供审批局联系使用人，不对外公开。")
    )
    must_change_password = models.BooleanField(_("首次登录须改密码"), default=False)
    password_expires_at = models.DateTimeField(_("初始密码有效期至"), null=True, blank=True)
    password_changed_at = models.DateTimeField(_("密码修改时间"), null=True, blank=True)
    undertaking_signed_at = models.DateTimeField(_("承诺书签署时间"), null=True, blank=True)
    undertaking_hash = models.CharField(_("所签承诺书的散列"), max_length=64, blank=True)
    session_nonce = models.CharField(_("当前会话"), max_length=32, blank=True)
    session_seen_at = models.DateTimeField(_("最近操作时间"), null=True, blank=True)
    session_ended_because = models.CharField(
        _("上次会话结束原因"), max_length=20, choices=SessionEnd.choices, blank=True
    )
    login_at = models.DateTimeField(_("本次登录时间"), null=True, blank=True)
    login_address = models.GenericIPAddressField(_("本次登录地址"), null=True, blank=True)
    previous_login_at = models.DateTimeField(_("上次登录时间"), null=True, blank=True)
    previous_login_address = models.GenericIPAddressField(_("上次登录地址"), null=True, blank=True)
    disabled_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    disabled_reason = models.CharField(_("停用原因"), max_length=200, blank=True)

    objects = AccountManager()  # type: ignore[misc]  # the plugin cannot see into the made base

    class Meta:
        verbose_name = _("账号")
        verbose_name_plural = _("账号")
        # `add_user` and `change_user`, which Django and Wagtail ask for, are held by nobody: whoever has them makes
        # superusers (technical.md 1.4 row 30).
        permissions = (
            ("read_account", "查看账号"),
            ("allot_account", "分配账号"),
            ("export_account", "导出账号"),
            ("recover_second_factor", "重置动态口令"),
        )

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        """Name of the holder, else the account's code."""
        return self.holder_name or self.username

    #: Roles of today with the key of the unit, once remembered; None: every question goes to the database.
    _held: tuple[tuple[str, int], ...] | None = None

    def remember_roles(self) -> None:
        """Ask once which roles the person holds today, for the life of this object: a page of the back office asks thirty times.

        For requests that only read. What writes asks the database each time, under its locks.
        """
        self._held = tuple(Assignment.objects.current().filter(user=self).values_list("role", "department_id"))

    def departments_as(self, *roles: Role) -> DepartmentQuerySet:
        """Departments in which this person holds one of the roles today."""
        if self._held is not None:
            return Department.objects.filter(pk__in=[unit for role, unit in self._held if role in roles])
        held = Assignment.objects.current().filter(user=self, role__in=roles)
        return Department.objects.filter(pk__in=held.values("department_id"))

    def current_assignments(self) -> AssignmentQuerySet:
        """What this person may do today, with the unit of each."""
        return Assignment.objects.current().filter(user=self).select_related("department")

    def holds(self, *roles: Role) -> bool:
        """Whether this person holds one of the roles today, in any unit."""
        if not self.is_active:
            return False
        if self._held is not None:
            return any(role in roles for role, _unit in self._held)
        return Assignment.objects.current().filter(user=self, role__in=roles).exists()

    def visible_departments(self) -> DepartmentQuerySet:
        """Departments whose unpublished work this person may read: all for the bureau's moderator and auditor."""
        if not self.is_active:
            return Department.objects.none()
        if self.is_superuser or self.holds(Role.MODERATOR, Role.AUDITOR):
            return Department.objects.all()
        return self.departments_as(*DEPARTMENT_ROLES)


class PasswordRecord(models.Model):
    """A former password as its hash, so that it is not chosen again (reliability §8, profile mlps)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_records")
    password = models.CharField(_("密码散列"), max_length=128)
    set_at = models.DateTimeField(_("设定时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("历史密码")
        verbose_name_plural = _("历史密码")
        ordering = ("-set_at", "-pk")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user} {self.set_at:%Y-%m-%d}"


class SecondFactorRecovery(models.Model):
    """One person lost device and recovery codes: a second person asks for the reset, a third confirms it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("账号"), on_delete=models.PROTECT, related_name="recoveries"
    )
    reason = models.CharField(_("原因"), max_length=300)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("发起人"), on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("发起时间"), auto_now_add=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("确认人"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    confirmed_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("动态口令重置")
        verbose_name_plural = _("动态口令重置")
        ordering = ("-asked_at", "-pk")
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(asked_by=models.F("confirmed_by"))
                & ~models.Q(user=models.F("asked_by"))
                & ~models.Q(user=models.F("confirmed_by")),
                name="accounts_recovery_three_persons",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.asked_at:%Y-%m-%d}"
