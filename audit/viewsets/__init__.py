"""Back-office lists of the audit app: the event chain to read, the working-day calendar to keep."""

from .base import NarrowViewSet
from .calendar import CalendarGroup
from .events import EventViewSet

__all__ = ["CalendarGroup", "EventViewSet", "NarrowViewSet"]
