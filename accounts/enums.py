"""Kinds of units (A4), levels, and the roles of the separated powers (三员分立)."""

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
