"""我要纠错 (T9.6): what visitors found wrong with a page, and what the unit that answers for the page did about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from policy_pages.enums import CorrectionKind, CorrectionOutcome, CorrectionState
from policy_pages.feedback.rules import (
    ANSWER_LIMIT,
    CONTACT_LIMIT,
    PATH_LIMIT,
    PLACE_LIMIT,
    RECEIPT_LENGTH,
    TEXT_LIMIT,
    grouped,
)
from policy_pages.querysets import CorrectionTicketQuerySet

if TYPE_CHECKING:
    from audit.rules import Verdict, WorkCalendar


class CorrectionTicket(models.Model):
    """One report of a visitor. Its clock runs from the day of receipt and is finished by the answer, which is final.

    What tells who wrote it, `contact` and `address_hash`, stands in no history and in no event, and is deleted in time
    (`policy_pages.feedback.services.forget`).
    """

    department = models.ForeignKey(
        "accounts.Department", verbose_name=_("单位"), on_delete=models.PROTECT, related_name="corrections"
    )
    receipt = models.CharField(_("回执号"), max_length=RECEIPT_LENGTH, unique=True)
    #: Plain number and copies, of what the visitor read: a page may be renamed or withdrawn, the report stays.
    page_id = models.BigIntegerField(_("页面编号"), null=True, db_index=True)
    path = models.CharField(_("页面地址"), max_length=PATH_LIMIT)
    title = models.CharField(_("页面"), max_length=255)
    kind = models.CharField(_("差错类型"), max_length=20, choices=CorrectionKind.choices)
    text = models.TextField(_("问题描述"), max_length=TEXT_LIMIT)
    place = models.CharField(_("在页面的什么位置"), max_length=PLACE_LIMIT, blank=True)
    contact = models.CharField(_("联系方式"), max_length=CONTACT_LIMIT, blank=True)
    #: Keyed hash of the sender's network, to count what comes from one; of no use once the hour is over.
    address_hash = models.CharField(max_length=64, blank=True, editable=False)
    received_at = models.DateTimeField(_("收到时间"))
    clock = models.OneToOneField(
        "audit.DutyClock", verbose_name=_("答复时限"), on_delete=models.PROTECT, related_name="+", editable=False
    )
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("处理人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    taken_at = models.DateTimeField(_("开始处理时间"), null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("答复人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    outcome = models.CharField(_("处理结果"), max_length=20, choices=CorrectionOutcome.choices, blank=True)
    answer = models.TextField(_("答复"), max_length=ANSWER_LIMIT, blank=True)
    supplemented_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("补充人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    supplemented_at = models.DateTimeField(_("补充时间"), null=True)
    supplement = models.TextField(_("补充答复"), max_length=ANSWER_LIMIT, blank=True)
    contact_erased_at = models.DateTimeField(_("联系方式删除时间"), null=True)
    history = HistoricalRecords(
        excluded_fields=["contact", "address_hash"], history_change_reason_field=models.TextField(null=True)
    )

    objects = CorrectionTicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("纠错")
        verbose_name_plural = _("纠错")
        ordering = ("-received_at", "-pk")
        default_permissions = ("view",)
        indexes = (models.Index(fields=["address_hash", "received_at"], name="policy_pages_ticket_bound"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(answered_at=None, outcome="", answer="")
                | models.Q(answered_at__isnull=False) & ~models.Q(outcome="") & ~models.Q(answer=""),
                name="policy_pages_ticket_answered_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.title}"

    @property
    def is_open(self) -> bool:
        """Nobody has answered yet."""
        return self.answered_at is None

    @property
    def state(self) -> CorrectionState:
        """How it stands for the visitor."""
        if self.answered_at is not None:
            return CorrectionState.ANSWERED
        return CorrectionState.RECEIVED if self.taken_at is None else CorrectionState.IN_HAND

    @property
    def receipt_words(self) -> str:
        """The receipt as it is written down: ABCD-EFGH-JKMN."""
        return grouped(self.receipt)

    def verdict(self, calendar: WorkCalendar | None = None) -> Verdict:
        """Whether it was answered in time."""
        return self.clock.verdict(calendar=calendar)
