"""Back-office lists of the policy app."""

from policy_pages.viewsets.corrections import CorrectionViewSet
from policy_pages.viewsets.late_reasons import LateReasonViewSet
from policy_pages.viewsets.register import ChangeRecordViewSet
from policy_pages.viewsets.search_words import SearchWordViewSet
from policy_pages.viewsets.terms import TermViewSet
from policy_pages.viewsets.windows import WindowNoticeViewSet

__all__ = [
    "ChangeRecordViewSet",
    "CorrectionViewSet",
    "LateReasonViewSet",
    "SearchWordViewSet",
    "TermViewSet",
    "WindowNoticeViewSet",
]
