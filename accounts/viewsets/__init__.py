"""Back-office lists of the accounts app."""

from accounts.viewsets.duties import DutyViewSet
from accounts.viewsets.duty_rules import DutyRuleViewSet
from accounts.viewsets.filings import FilingViewSet
from accounts.viewsets.units import AccountsGroup

__all__ = ["AccountsGroup", "DutyRuleViewSet", "DutyViewSet", "FilingViewSet"]
