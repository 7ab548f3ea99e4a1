"""Back-office lists of the accounts app."""

from accounts.viewsets.filings import FilingViewSet
from accounts.viewsets.units import AccountsGroup

__all__ = ["AccountsGroup", "FilingViewSet"]
