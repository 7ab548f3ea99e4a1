"""人员变更备案 (A16): who left, who came, and when the bureau settled it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.enums import Role
from accounts.querysets import AccountFilingQuerySet

if TYPE_CHECKING:
    import datetime

    from audit.rules import Verdict, WorkCalendar


class AccountFiling(models.Model):
    """A department's report that the holder of an account changed; filed within 3, settled within 2 working days.

    Two clocks: the department's from the day of the change, finished by filing; the bureau's from the day of receipt,
    finished by settling. Both latenesses count (T16.4).
    """

    department = models.ForeignKey(
        "accounts.Department", verbose_name=_("单位"), on_delete=models.PROTECT, related_name="filings"
    )
    leaver = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("原账号"), on_delete=models.PROTECT, related_name="filings_as_leaver"
    )
    leaver_name = models.CharField(_("原使用人"), max_length=60)
    #: One entry a role: `role`, `assignment` (its id), `from` and `until`, its first and last day (or None) before.
    roles = models.JSONField(_("移交的角色"), default=list, editable=False)
    newcomer_name = models.CharField(
        _("新使用人姓名"), max_length=60, blank=True, help_text=_("暂时没有接任人的，留空。")
    )
    newcomer_phone = models.CharField(_("新使用人联系电话"), max_length=40, blank=True)
    changed_on = models.DateField(_("变更日期"), help_text=_("人员实际变动的日期；从次日起 3 个工作日内备案。"))
    reason = models.CharField(_("变更原因"), max_length=300)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("备案人"), on_delete=models.PROTECT, related_name="+", editable=False
    )
    filed_at = models.DateTimeField(_("备案时间"), editable=False)
    filing_clock = models.OneToOneField(
        "audit.DutyClock", verbose_name=_("备案时限"), on_delete=models.PROTECT, related_name="+", editable=False
    )
    #: When this filing shut the account, which striking it out opens again; None when it was shut before or stays open.
    leaver_disabled_at = models.DateTimeField(_("随备案停用的时间"), null=True, blank=True, editable=False)
    completion_clock = models.OneToOneField(
        "audit.DutyClock", verbose_name=_("办结时限"), on_delete=models.PROTECT, related_name="+", editable=False
    )
    successor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("新账号"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="filings_as_successor",
        editable=False,
    )
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("办结人"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    completed_at = models.DateTimeField(_("办结时间"), null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(_("撤销时间"), null=True, blank=True, editable=False)
    cancelled_reason = models.CharField(_("撤销理由"), max_length=300, blank=True, editable=False)
    history = HistoricalRecords()

    objects = AccountFilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("人员变更备案")
        verbose_name_plural = _("人员变更备案")
        ordering = ("-filed_at", "-pk")
        default_permissions = ("view",)
        permissions = (("complete_accountfiling", "办结人员变更备案"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(completed_at=None) | models.Q(cancelled_at=None), name="accounts_filing_one_end"
            ),
            models.UniqueConstraint(
                fields=["leaver"],
                condition=models.Q(completed_at=None, cancelled_at=None),
                name="accounts_one_open_filing",
            ),
        )

    def __str__(self) -> str:
        return f"{self.leaver_name} → {self.newcomer_name or '—'}（{self.changed_on:%Y-%m-%d}）"

    @property
    def is_open(self) -> bool:
        """Neither settled nor struck out."""
        return self.completed_at is None and self.cancelled_at is None

    @property
    def handed_roles(self) -> list[Role]:
        """The roles the leaver held in the unit, which pass to the newcomer."""
        return [Role(code) for code in dict.fromkeys(entry["role"] for entry in self.roles)]

    def roles_in_words(self) -> str:
        """`录入员（至 2026-12-31）、审核员`: with the days that pass on too."""
        return "、".join(f"{Role(entry['role']).label}{self._limits(entry)}" for entry in self.roles)

    def _limits(self, entry: dict[str, str | None]) -> str:
        first, last = entry.get("from") or "", entry["until"]
        begins = gettext("自 %s 起") % first if first > self._filed_on() else ""
        ends = gettext("至 %s") % last if last else ""
        return f"（{'，'.join(filter(None, (begins, ends)))}）" if begins or ends else ""

    def _filed_on(self) -> str:
        return timezone.localdate(self.filed_at, timezone.get_default_timezone()).isoformat()

    def situation(self) -> str:
        """Where the filing stands, in words."""
        if self.cancelled_at:
            return gettext("已撤销")
        return gettext("已办结") if self.completed_at else gettext("已备案，待审批局办结")

    def filing_verdict(self, today: datetime.date | None = None, calendar: WorkCalendar | None = None) -> Verdict:
        """The department's: filed within 3 working days of the change (A16)? Pass the calendar when judging many."""
        return self.filing_clock.verdict(today, calendar)

    def completion_verdict(self, today: datetime.date | None = None, calendar: WorkCalendar | None = None) -> Verdict:
        """The bureau's: settled within 2 working days of receipt (A16)? Pass the calendar when judging many."""
        return self.completion_clock.verdict(today, calendar)
