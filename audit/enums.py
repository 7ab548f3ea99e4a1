"""The audit app's closed lists."""

from django.db import models


class ActorKind(models.TextChoices):
    """Who did what an event tells of."""

    USER = "user", "用户"
    SYSTEM = "system", "系统"


class DutyCode(models.TextChoices):
    """Duties of the deadline register (docs: domain, section 2) that already have a clock."""

    PUBLISH_CHANGE = "publish_change", "政策变更公开"
    NOTIFY_WINDOW = "notify_window", "申报期限确定告知"
    MODERATE = "moderate", "审批局分类审核"
    FILE_ACCOUNT = "file_account", "账号使用人员变更备案"
    COMPLETE_FILING = "complete_filing", "办结人员变更备案"
    INTERPRET = "interpret", "发布政策解读"
    WRITE_GUIDE = "write_guide", "发布申报指南"


#: Owed by the bureau; all others by a department.
BUREAU_DUTIES = frozenset({DutyCode.MODERATE, DutyCode.COMPLETE_FILING})
#: Their lateness is shown to the public.
PUBLIC_DUTIES = frozenset({DutyCode.PUBLISH_CHANGE})
#: The bureau may relieve a unit of them, with a reason: not every document needs them.
DISPENSABLE_DUTIES = frozenset({DutyCode.INTERPRET, DutyCode.WRITE_GUIDE})


class DayUnit(models.TextChoices):
    """What the days of a limit are counted in."""

    WORKING = "working", "工作日"
    CALENDAR = "calendar", "自然日"


class Side(models.TextChoices):
    """Who holds a matter, and whose days they are; the values are those of `audit.rules`."""

    DEPARTMENT = "department", "部门"
    BUREAU = "bureau", "审批局"


class Outcome(models.TextChoices):
    """How a clock stands: open, cancelled, or the verdict that was pronounced when it was finished."""

    OPEN = "open", "未完成"
    ON_TIME = "on_time", "按时"
    LATE = "late", "逾期"
    GAP = "gap", "暂不可计算"
    CANCELLED = "cancelled", "已取消"


class VerdictCode(models.TextChoices):
    """What can be said about a duty; the values are those of `audit.rules`."""

    ON_TIME = "on_time", "按时"
    LATE = "late", "逾期"
    RUNNING = "running", "进行中"
    OVERDUE = "overdue", "已超期未完成"
    GAP = "gap", "暂不可计算"


class NoticeKind(models.TextChoices):
    """Why a unit was told of a duty: the two reminders come by themselves, each once for a last day."""

    DUE_SOON = "due_soon", "即将到期提醒"
    OVERDUE = "overdue", "超期提醒"
    CHASE = "chase", "督办"


#: Sent by `tick`; a chase is sent by a person.
REMINDERS = frozenset({NoticeKind.DUE_SOON, NoticeKind.OVERDUE})
