"""Models of the policy app, one file per kind of thing."""

from policy_pages.models.baking import PublicChange
from policy_pages.models.base import PolicyPage
from policy_pages.models.corrections import CorrectionTicket
from policy_pages.models.documents import PolicyDocumentPage
from policy_pages.models.files import PolicyFile, PublishedFile
from policy_pages.models.guides import ApplicationGuidePage, GuideBasis
from policy_pages.models.interpretations import ExplainedDocument, InterpretationPage
from policy_pages.models.listing import Listing, PublicationRecord
from policy_pages.models.register import ChangeRecord
from policy_pages.models.reports import FrozenReport, LateReason
from policy_pages.models.sections import DepartmentSectionPage, HomePage, PolicyLibraryPage
from policy_pages.models.site import SiteProfile
from policy_pages.models.tasks import ClassificationTask, DepartmentReviewTask
from policy_pages.models.visits import VisitCount, VisitFile
from policy_pages.models.vocabulary import Term
from policy_pages.models.windows import WindowNotice

#: The page types a department writes and the workflow carries.
POLICY_PAGE_TYPES = (PolicyDocumentPage, ApplicationGuidePage, InterpretationPage)

__all__ = [
    "POLICY_PAGE_TYPES",
    "ApplicationGuidePage",
    "ChangeRecord",
    "ClassificationTask",
    "CorrectionTicket",
    "DepartmentReviewTask",
    "DepartmentSectionPage",
    "ExplainedDocument",
    "FrozenReport",
    "GuideBasis",
    "HomePage",
    "InterpretationPage",
    "LateReason",
    "Listing",
    "PolicyDocumentPage",
    "PolicyFile",
    "PolicyLibraryPage",
    "PolicyPage",
    "PublicChange",
    "PublicationRecord",
    "PublishedFile",
    "SiteProfile",
    "Term",
    "VisitCount",
    "VisitFile",
    "WindowNotice",
]
