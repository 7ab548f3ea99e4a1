"""申报指南: an application guide with the six elements of A10."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, PageChooserPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable

from policy_pages import blocks, rules
from policy_pages.enums import ChangeSubject, LimitUnit, WindowStatus, WindowType
from policy_pages.forms.pages import PolicyPageForm
from policy_pages.models.base import PolicyPage
from policy_pages.panels import guide_panels

if TYPE_CHECKING:
    from wagtail.models import Revision


class ApplicationGuidePage(PolicyPage):
    """One benefit a company can ask for: who, what papers, how, how long, who answers."""

    # 基本信息
    service_object = models.CharField(_("服务对象"), max_length=300, blank=True)
    applicable_scope = models.TextField(_("适用范围"), blank=True, max_length=2000)
    item_code = models.CharField(_("事项编码"), max_length=60, blank=True)
    basis_text = models.TextField(
        _("其他依据"), blank=True, max_length=2000, help_text=_("不在本平台的依据文件，每行一个。")
    )
    # 申报窗口（A11）
    window_type = models.CharField(_("申报期限类型"), max_length=20, choices=WindowType.choices, blank=True)
    window_start = models.DateField(_("申报开始日期"), null=True, blank=True)
    window_end = models.DateField(_("申报截止日期"), null=True, blank=True, help_text=_("含当日，到 24:00 止。"))
    window_decided_on = models.DateField(
        _("期限确定日期"),
        null=True,
        blank=True,
        help_text=_("由“期限待定”改为“固定期限”时填写：哪一天定下来的。从次日起 3 个工作日内保存，即告知审批局。"),
    )
    window_note = models.CharField(
        _("期限说明"), max_length=300, blank=True, help_text=_("例如：每年三季度组织一次；以当年通知为准。")
    )
    # 支持内容
    support_mode = models.CharField(_("支持方式"), max_length=100, blank=True, help_text=_("例如：后补助、贴息、奖励"))
    amount_text = models.TextField(_("支持标准"), blank=True, max_length=3000)
    amount_max = models.DecimalField(
        _("最高金额（元）"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("单位：元。没有上限则留空。"),
    )
    annual_budget = models.DecimalField(_("年度预算（元）"), max_digits=16, decimal_places=2, null=True, blank=True)
    payment_limit = models.CharField(_("兑现时限"), max_length=100, blank=True)
    fee = models.CharField(_("收费情况"), max_length=200, blank=True, default="不收费")
    # ★ 六要素之一、二：条件与材料
    conditions = StreamField([("condition", blocks.ConditionBlock())], verbose_name=_("申报条件"), blank=True)
    refusal_cases = models.TextField(_("不予受理情形"), blank=True, max_length=2000)
    no_materials = models.BooleanField(
        _("无需提交材料"), default=False, help_text=_("免申即享等确实不要企业交材料的，勾选。")
    )
    materials = StreamField([("material", blocks.MaterialBlock())], verbose_name=_("申报材料"), blank=True)
    # ★ 三、四：流程与承诺时限
    steps = StreamField([("step", blocks.StepBlock())], verbose_name=_("办理流程"), blank=True)
    promised_limit = models.PositiveIntegerField(
        _("承诺时限"), null=True, blank=True, help_text=_("只填数字；当场办结填 0。")
    )
    promised_unit = models.CharField(
        _("承诺时限单位"), max_length=20, choices=LimitUnit.choices, default=LimitUnit.WORKING_DAYS
    )
    promised_note = models.CharField(
        _("承诺时限说明"), max_length=300, blank=True, help_text=_("例如：不含公示和专家评审时间。")
    )
    statutory_limit = models.PositiveIntegerField(_("法定时限"), null=True, blank=True)
    statutory_unit = models.CharField(
        _("法定时限单位"), max_length=20, choices=LimitUnit.choices, default=LimitUnit.WORKING_DAYS
    )
    result_name = models.CharField(_("办理结果"), max_length=200, blank=True)
    # ★ 五、六：责任处室与咨询电话
    responsible_division = models.CharField(_("责任处室"), max_length=200, blank=True)
    handling_unit = models.CharField(_("经办单位"), max_length=200, blank=True)
    co_issuers = models.CharField(_("联办单位"), max_length=300, blank=True)
    hotlines = StreamField([("hotline", blocks.HotlineBlock())], verbose_name=_("咨询电话"), blank=True)
    complaint_phone = models.CharField(_("监督投诉电话"), max_length=40, blank=True)
    apply_url = models.URLField(_("网办地址"), max_length=500, blank=True)
    address = models.CharField(_("办理地点"), max_length=300, blank=True)
    office_hours = models.CharField(_("办理时间"), max_length=200, blank=True)
    visits = models.PositiveSmallIntegerField(
        _("到现场次数"), null=True, blank=True, help_text=_("能全程网办填 0；须到现场的，在办理地点写明理由。")
    )
    questions = StreamField([("question", blocks.QuestionBlock())], verbose_name=_("常见问题"), blank=True)
    body = StreamField(
        blocks.BodyBlock(),
        verbose_name=_("正文"),
        blank=True,
        help_text=_("六要素之外的完整文字，例如印发的申报通知原文。"),
    )
    remedies = models.CharField(_("救济渠道"), max_length=300, blank=True, help_text=_("行政复议、行政诉讼等。"))

    base_form_class = PolicyPageForm
    edit_handler = guide_panels()
    template = "policy_pages/guide.html"
    slug_prefix = "zn"
    change_subjects = (ChangeSubject.GUIDE,)

    class Meta:
        verbose_name = _("申报指南")
        verbose_name_plural = _("申报指南")

    def facts(self) -> rules.GuideFacts:
        """What the completeness rule needs."""
        return rules.GuideFacts(
            title=self.title,
            conditions=[row.value["text"] for row in self.conditions],
            materials=[row.value["name"] for row in self.materials],
            no_materials=self.no_materials,
            steps=[row.value["name"] for row in self.steps],
            promised=rules.Limit(self.promised_limit, self.promised_unit),
            statutory=rules.Limit(self.statutory_limit, self.statutory_unit),
            division=self.responsible_division,
            hotlines=[row.value["number"] for row in self.hotlines],
            window=self.window,
            other_phones=[("complaint_phone", self.complaint_phone)],
        )

    def save_revision(self, *args: Any, **kwargs: Any) -> Revision:
        """Save a draft; the first that fixes a pending window tells the bureau at once (A11, T11.3).

        A window that is not fixed was decided on no day: the day of an earlier one goes.
        """
        from policy_pages.services.windows import lock_notice, notify_window

        if self.window_type != WindowType.FIXED:
            self.window_decided_on = None
        with transaction.atomic():
            lock_notice(self.pk)
            revision = super().save_revision(*args, **kwargs)
            notify_window(page=self, actor=revision.user)
        return revision

    @property
    def window(self) -> rules.Window:
        """Type and dates (A11)."""
        return rules.Window(self.window_type, self.window_start, self.window_end)

    def content_faults(self) -> list[rules.Fault]:
        """All at once; stock may lack elements, which the page then says, but may not contradict itself."""
        faults = rules.guide_faults(self.facts())
        return [fault for fault in faults if not (self.is_stock and fault.is_absence)]

    def missing_elements(self) -> list[str]:
        """Names of what it lacks of the six elements (A10) and the window (A11), for 要素待补; empty when complete."""
        absent = [fault for fault in rules.guide_faults(self.facts()) if fault.is_absence]
        names = [str(self._meta.get_field(fault.field).verbose_name) for fault in absent]
        return list(dict.fromkeys(names))

    def window_status(self, today: datetime.date | None = None) -> WindowStatus:
        """申报状态 on a day (default: today in Shanghai), computed, never stored (T11.5)."""
        status = rules.window_status(
            self.window,
            today or timezone.localdate(),
            soon_days=settings.HUIQITONG_CLOSING_SOON_DAYS,
            basis_ended=self.basis_ended(),
        )
        return WindowStatus(status)

    def basis_ended(self) -> bool:
        """Whether it rests on public documents and every one of them was repealed or lapsed (T12.5)."""
        documents = [basis.document for basis in self.bases.all() if basis.document and basis.document.live]
        return bool(documents) and all(document.is_ended for document in documents)

    def days_left(self, today: datetime.date | None = None) -> int | None:
        """Calendar days until the last day (0 = last day today); None when no end is near."""
        if self.window_status(today) not in {WindowStatus.OPEN, WindowStatus.CLOSING} or self.window_end is None:
            return None
        return (self.window_end - (today or timezone.localdate())).days

    @property
    def search_text(self) -> str:
        """The rows and the guide's own lines."""
        own = [self.service_object, self.applicable_scope, self.amount_text, self.responsible_division, self.basis_text]
        return "\n".join(part for part in [super().search_text, *own] if part)


class GuideBasis(Orderable):
    """A document, and the clause of it, that a guide rests on (T10.5)."""

    guide = ParentalKey(ApplicationGuidePage, on_delete=models.CASCADE, related_name="bases")
    document = models.ForeignKey(
        "policy_pages.PolicyDocumentPage",
        verbose_name=_("政策文件"),
        on_delete=models.CASCADE,
        related_name="guide_bases",
    )
    clause = models.CharField(_("条款"), max_length=100, blank=True, help_text=_("例如：第六条第二款"))

    panels: ClassVar[list] = [PageChooserPanel("document", "policy_pages.PolicyDocumentPage"), FieldPanel("clause")]

    class Meta(Orderable.Meta):
        verbose_name = _("依据文件")
        verbose_name_plural = _("依据文件")
