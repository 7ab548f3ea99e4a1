"""Kinds of units (A4), the roles of the separated powers (三员分立), and what the table of rights speaks of."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DepartmentKind(models.TextChoices):
    """What A4 calls 惠企政策主管部门(单位), and the bureau of A6."""

    BUREAU = "bureau", _("行政审批局（牵头部门）")
    FUNCTIONAL = "functional", _("政府及其职能部门")
    PARTY = "party", _("列入党群工作序列的部门")
    PUBLIC_SERVICE = "public_service", _("具有公共服务职能的企事业单位和组织")


class DepartmentLevel(models.TextChoices):
    """Level of the government the unit belongs to."""

    CITY = "city", _("市级")
    COUNTY = "county", _("市(县)、区级")


class Role(models.TextChoices):
    """What one assignment allows; the rights of each stand in `accounts.permissions`."""

    EDITOR = "editor", _("录入员")
    REVIEWER = "reviewer", _("审核员")
    MODERATOR = "moderator", _("审批局审核")
    ACCOUNT_OFFICER = "account_officer", _("账号管理")
    AUDITOR = "auditor", _("审计")
    SYSTEM_ADMINISTRATOR = "system_administrator", _("系统管理")


#: Held in a department, over that department's content only.
DEPARTMENT_ROLES = frozenset({Role.EDITOR, Role.REVIEWER})
#: Held in the bureau, over all departments.
BUREAU_ROLES = frozenset({Role.MODERATOR, Role.ACCOUNT_OFFICER, Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR})
#: The separated powers: nobody holds two of these (三员分立).
SEPARATED_ROLES = frozenset({Role.ACCOUNT_OFFICER, Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR, Role.MODERATOR})


class Resource(models.TextChoices):
    """What a right is about."""

    DRAFT = "draft", _("政策草稿")
    ATTACHMENT = "attachment", _("附件")
    CHANGE = "change", _("变更登记")
    REVIEW = "review", _("单位审核")
    CLASSIFICATION = "classification", _("分类审核")
    SCHEDULE = "schedule", _("定时发布")
    TERM = "term", _("分类词表")
    SEARCH = "search", _("搜索用词")
    CALENDAR = "calendar", _("工作日历")
    DUTY = "duty", _("时限")
    DUTY_RULE = "duty_rule", _("时限规则")
    WINDOW_NOTICE = "window_notice", _("申报期限告知")
    LATE_REASON = "late_reason", _("逾期说明")
    CORRECTION = "correction", _("纠错")
    SITE = "site", _("网站信息")
    REPORT = "report", _("时限报表")
    EVENT = "event", _("审计事件")
    DEPARTMENT = "department", _("单位")
    ASSIGNMENT = "assignment", _("任职")
    ACCOUNT = "account", _("账号")
    FILING = "filing", _("人员变更备案")
    SECOND_FACTOR = "second_factor", _("动态口令")
    SYSTEM_STATE = "system_state", _("系统状态")
    ROLE_TABLE = "role_table", _("权限表")


class Verb(models.TextChoices):
    """What a right allows to do with it."""

    READ = "read", _("查看")
    WRITE = "write", _("录入和修改")
    DELETE = "delete", _("删除")
    SUBMIT = "submit", _("提交")
    DECIDE = "decide", _("通过或退回")
    CORRECT = "correct", _("更正或撤销")
    CANCEL = "cancel", _("取消")
    ALLOT = "allot", _("分配、停用和重置")
    COMPLETE = "complete", _("办结")
    EXPORT = "export", _("导出")
    CHASE = "chase", _("督办")
    RELIEVE = "relieve", _("免除")
    REJUDGE = "rejudge", _("重新裁定")
    ACKNOWLEDGE = "acknowledge", _("签收")
    FREEZE = "freeze", _("固定并公开")
    RECOVER = "recover", _("发起或确认重置")
    ANSWER = "answer", _("答复")
    REASSIGN = "reassign", _("转其他单位")
    CONTACT = "contact", _("查看联系方式")


class Scope(models.TextChoices):
    """Whose."""

    OWN = "own", _("本单位")
    ALL = "all", _("全部")


class SessionEnd(models.TextChoices):
    """Why a session ended that its holder did not end himself; shown at the next login."""

    NEW_LOGIN = "new_login", _("同一账号在另一处登录，本次会话已结束。如果不是您本人，请立即联系审批局账号管理员。")
    IDLE = "idle", _("长时间没有操作，已自动退出，请重新登录。")
    ABSOLUTE = "absolute", _("登录时间已满，为安全起见请重新登录。")
    DISABLED = "disabled", _("账号已停用，请联系审批局账号管理员。")
    ENABLED = "enabled", _("账号已重新启用，请重新登录。")
    ROLE_CHANGED = "role_changed", _("您的任职有变动，请重新登录。")
    HANDED_OVER = "handed_over", _("账号已移交，不能再使用。")
    PASSWORD_RESET = "password_reset", _("密码已由审批局重置，请用新的初始密码登录。")
    PASSWORD_CHANGED = "password_changed", _("密码已修改，请用新密码登录。")
    WRONG_PASSWORD = (
        "wrong_password",
        _("修改密码时多次输错原密码，本次会话已结束。如果不是您本人，请立即联系审批局账号管理员。"),
    )
    FACTOR_RESET = "factor_reset", _("动态口令已重置，请重新登录并绑定。")
    FACTOR_REMOVED = "factor_removed", _("动态口令已解除，请重新登录。")
    RESTORED = "restored", _("系统数据已从备份恢复，请重新登录。")


class AccountState(models.TextChoices):
    """How an account stands; an idle one is in use or waits for its first login besides."""

    IN_USE = "in_use", _("在用")
    WAITING = "waiting", _("待首次登录")
    IDLE = "idle", _("闲置")
    DISABLED = "disabled", _("停用")
