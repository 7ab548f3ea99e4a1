"""The closed sets of the policy domain, with the named sets that queries and rules speak of."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DocumentStatus(models.TextChoices):
    """文件状态 (domain §3.2)."""

    IN_FORCE = "in_force", _("执行中")
    AMENDED = "amended", _("已修订")
    REPEALED = "repealed", _("已废止")
    EXPIRED = "expired", _("已失效")
    UNSTATED = "unstated", _("来源未标明")


#: A document that no longer carries a right to apply.
ENDED_STATUSES = frozenset({DocumentStatus.REPEALED, DocumentStatus.EXPIRED})


class DocumentGenre(models.TextChoices):
    """体裁: the fifteen kinds of official documents."""

    RESOLUTION = "resolution", _("决议")
    DECISION = "decision", _("决定")
    ORDER = "order", _("命令（令）")
    COMMUNIQUE = "communique", _("公报")
    ANNOUNCEMENT = "announcement", _("公告")
    CIRCULAR = "circular", _("通告")
    OPINION = "opinion", _("意见")
    NOTICE = "notice", _("通知")
    BULLETIN = "bulletin", _("通报")
    REPORT = "report", _("报告")
    REQUEST = "request", _("请示")
    REPLY = "reply", _("批复")
    BILL = "bill", _("议案")
    LETTER = "letter", _("函")
    MINUTES = "minutes", _("纪要")


class WindowType(models.TextChoices):
    """申报期限类型 (A11)."""

    YEAR_ROUND = "year_round", _("常年申报")
    FIXED = "fixed_window", _("固定期限")
    PENDING = "window_pending", _("期限待定")


class WindowStatus(models.TextChoices):
    """申报状态: computed from type, dates and today; never stored, never typed (T11.5)."""

    UPCOMING = "upcoming", _("未开始")
    OPEN = "open", _("申报中")
    CLOSING = "closing", _("即将截止")
    CLOSED = "closed", _("已截止")
    YEAR_ROUND = "year_round", _("常年申报")
    PENDING = "pending", _("期限待定")


#: A company can apply today.
OPEN_STATUSES = frozenset({WindowStatus.OPEN, WindowStatus.CLOSING, WindowStatus.YEAR_ROUND})


class LimitUnit(models.TextChoices):
    """Unit of a time limit (T10.3)."""

    WORKING_DAYS = "working_days", _("个工作日")
    CALENDAR_DAYS = "calendar_days", _("日（自然日）")


class ConditionKind(models.TextChoices):
    """What a condition decides (domain §3.6)."""

    THRESHOLD = "threshold", _("门槛条件")
    BONUS = "bonus", _("加成条件")
    DISCRETION = "discretion", _("裁量条件")


class MaterialNecessity(models.TextChoices):
    """必要性."""

    REQUIRED = "required", _("必要")
    OPTIONAL = "optional", _("非必要")
    DEFERRED = "deferred", _("容缺后补")


class MaterialForm(models.TextChoices):
    """形式."""

    ORIGINAL = "original", _("原件")
    COPY = "copy", _("复印件")
    ELECTRONIC = "electronic", _("电子件")


class MaterialSource(models.TextChoices):
    """来源: what the government already holds need not be brought again."""

    SELF = "self", _("申请人自备")
    GOVERNMENT = "government", _("政府部门核发")
    SHARED = "shared", _("数据共享，免提交")


class StepKind(models.TextChoices):
    """特殊环节, and whether its days count in the promised limit is told in words."""

    ORDINARY = "ordinary", _("一般环节")
    INSPECTION = "inspection", _("现场核查")
    EXPERT = "expert", _("专家或第三方评审")
    NOTICE = "notice", _("公示")


class ChangeKind(models.TextChoices):
    """What happened to a policy (A12)."""

    CREATED = "created", _("新增")
    AMENDED = "amended", _("修订")
    REPEALED = "repealed", _("废止")


class ChangeSubject(models.TextChoices):
    """Whose publication settles a change: the document's, or the guide's when only the guide changed."""

    DOCUMENT = "document", _("政策文件")
    GUIDE = "guide", _("申报指南")


class TriggerBasis(models.TextChoices):
    """What the trigger date rests on: 印发日期, else 成文日期 (domain, open point 4)."""

    ISSUED = "issued", _("印发日期")
    WRITTEN = "written", _("成文日期")
    REPEAL_DECISION = "repeal_decision", _("废止决定日期")
    OTHER = "other", _("其他（在依据中写明）")


class ApplicationRoute(models.TextChoices):
    """申报方式 (A20), the bureau's classification."""

    NO_APPLICATION = "no_application", _("免申即享")
    SIMPLE = "simple", _("简易程序")
    COMPLEX = "complex", _("复杂程序")


class VocabularyCode(models.TextChoices):
    """The bureau's lists of terms; their terms are edited in the back office."""

    CATEGORY = "category", _("清单类别")
    THEME = "theme", _("主题")
    INDUSTRY = "industry", _("行业")
    SIZE = "size", _("企业规模")
    LIFE_CYCLE = "life_cycle", _("企业生命周期")
    QUALIFICATION = "qualification", _("企业资质")
    REGION = "region", _("适用区域")


class WordKind(models.TextChoices):
    """What a row of the search's vocabulary says of its word."""

    EQUAL = "equal", _("同义词")
    SPOKEN = "spoken", _("口语")
    STOP = "stop", _("停用语")


class PublicationKind(models.TextChoices):
    """What one publication did for the public."""

    FIRST = "first", _("首次发布")
    UPDATE = "update", _("更新")
    REPEAL = "repeal", _("废止")


class ReviewStep(models.TextChoices):
    """The two persons of promise 1."""

    DEPARTMENT = "department", _("单位审核")
    BUREAU = "bureau", _("审批局审核")


class PageState(models.TextChoices):
    """How a page stands for those who work on it; derived, never stored (`dossier.states`)."""

    DRAFT = "draft", _("草稿")
    DEPARTMENT_REVIEW = "department_review", _("待单位审核")
    BUREAU_REVIEW = "bureau_review", _("待审批局审核")
    RETURNED = "returned", _("已退回")
    SCHEDULED = "scheduled", _("定时发布")
    PUBLIC = "public", _("已公开")
    CHANGED = "changed", _("已公开，有未提交修改")
    REPEALED = "repealed", _("已废止")
    WITHDRAWN = "withdrawn", _("已撤下")


class EntryKind(models.TextChoices):
    """What a line of a page's timeline is about; derived, never stored (`dossier.timeline`)."""

    DEADLINE = "deadline", _("变更与时限")
    EDIT = "edit", _("编辑")
    REVIEW = "review", _("提交与审核")
    PUBLICATION = "publication", _("公开")
    OTHER = "other", _("其他")


class CorrectionKind(models.TextChoices):
    """What a visitor found wrong with a page (我要纠错, T9.6)."""

    WORDING = "wording", _("文字差错")
    LINK = "link", _("链接打不开")
    FILE = "file", _("附件打不开")
    OUTDATED = "outdated", _("内容过期")
    PHONE = "phone", _("电话打不通")
    OTHER = "other", _("其他")


class CorrectionOutcome(models.TextChoices):
    """What came of a visitor's report."""

    CORRECTED = "corrected", _("已更正")
    RIGHT = "right", _("核实无误")
    ELSEWHERE = "elsewhere", _("转其他单位")
    UNVERIFIABLE = "unverifiable", _("无法核实")


class CorrectionState(models.TextChoices):
    """How a report stands; derived, never stored (`CorrectionTicket.state`)."""

    RECEIVED = "received", _("收到")
    IN_HAND = "in_hand", _("处理中")
    ANSWERED = "answered", _("已答复")
