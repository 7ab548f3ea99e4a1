"""The audit app's closed lists."""

from django.db import models


class ActorKind(models.TextChoices):
    """Who did what an event tells of."""

    USER = "user", "用户"
    SYSTEM = "system", "系统"


class DutyCode(models.TextChoices):
    """Duties of the deadline register (docs: domain, section 2) that already have a clock."""

    PUBLISH_CHANGE = "publish_change", "政策变更公开"
    FILE_ACCOUNT = "file_account", "账号使用人员变更备案"
    COMPLETE_FILING = "complete_filing", "办结人员变更备案"


class DayUnit(models.TextChoices):
    """What the days of a limit are counted in."""

    WORKING = "working", "工作日"
    CALENDAR = "calendar", "自然日"


class VerdictCode(models.TextChoices):
    """What can be said about a duty; the values are those of `audit.rules`."""

    ON_TIME = "on_time", "按时"
    LATE = "late", "逾期"
    RUNNING = "running", "进行中"
    OVERDUE = "overdue", "已超期未完成"
    GAP = "gap", "暂不可计算"
