"""What an address of the open data asks for. A wrong value is refused in words, a parameter nobody reads is left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from policy_pages.open_data import rules
from policy_pages.views.choices import EVERYTHING, Choice
from policy_pages.views.facets import filter_labels
from policy_pages.views.lists import typed_text

if TYPE_CHECKING:
    import datetime

    from django.http import HttpRequest

#: The filters of `/policies/`, by their names in the address.
FILTERS = EVERYTHING.filters
#: Of the windows: a window is a guide's.
WINDOW_FILTERS = tuple(name for name in FILTERS if name != "type")
PAGING = ("page_size", "cursor")
DEFAULT_PAGE_SIZE = 100
LARGEST_PAGE_SIZE = 500
#: How much of a wrong value is said back.
_SHOWN = 40


class WrongParameter(Exception):
    """A parameter has a value that it cannot have; the message is a whole Chinese sentence."""


class Untidy(Exception):
    """The address says more than is read: it is answered under its tidy one, so that no second copy is kept of it."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


@dataclass(frozen=True)
class Asked:
    """What of the policies is asked for. `since` is inclusive; `after` is the place that the page before ended at."""

    choice: Choice
    since: datetime.datetime | None = None
    page_size: int = DEFAULT_PAGE_SIZE
    after: rules.Place | None = None

    def query(self, after: rules.Place) -> str:
        """The query string of the page after this one."""
        words = EVERYTHING.words(self.choice)
        if self.since:
            words["updated_since"] = self.since.isoformat()
        if self.page_size != DEFAULT_PAGE_SIZE:
            words["page_size"] = str(self.page_size)
        return "?" + urlencode({**words, "cursor": rules.write_cursor(after)})


def keep_tidy(request: HttpRequest, *names: str) -> None:
    """Raise Untidy when the address carries another parameter than these, or one of them twice (the last counts)."""
    asked = request.GET
    if all(name in names and len(values) == 1 for name, values in asked.lists()):
        return
    kept = urlencode({name: asked[name] for name in names if name in asked})
    raise Untidy(f"{request.path}?{kept}" if kept else request.path)


def read_asked(request: HttpRequest) -> Asked:
    """Filters, `updated_since` and paging. Raises WrongParameter for the first value that is none."""
    size = request.GET.get("page_size", "")
    cursor = request.GET.get("cursor", "")
    page_size = rules.read_number(size, smallest=1, largest=LARGEST_PAGE_SIZE) if size else DEFAULT_PAGE_SIZE
    if page_size is None:
        words = _("参数 page_size 应为 1 到 %(largest)d 之间的整数。")
        raise WrongParameter(words % {"largest": LARGEST_PAGE_SIZE})
    after = rules.read_cursor(cursor) if cursor else None
    if cursor and after is None:
        raise WrongParameter(_("参数 cursor 应原样取自上一页的 next，不要自行填写。"))
    return Asked(read_choice(request), read_since(request), page_size, after)


def read_choice(request: HttpRequest, *without: str) -> Choice:
    """The filters of `/policies/`, except those named. Raises WrongParameter for a word that stands for nothing."""
    labels = {name: words for name, words in filter_labels(EVERYTHING).items() if name not in without}
    asked = {name: request.GET.get(name, "") for name in labels}
    for name, value in asked.items():
        if value and value not in labels[name]:
            words = _("参数 %(name)s 没有“%(value)s”这个取值，可用的有：%(known)s。")
            known = "、".join(labels[name]) or _("（暂无）")
            raise WrongParameter(words % {"name": name, "value": value[:_SHOWN], "known": known})
    return Choice(**asked, q=typed_text(request.GET.get("q", "")))


def read_since(request: HttpRequest) -> datetime.datetime | None:
    """`updated_since`; a day begins at midnight in Shanghai. Raises WrongParameter."""
    text = request.GET.get("updated_since", "")
    since = rules.read_instant(text, timezone.get_default_timezone()) if text else None
    if text and since is None:
        raise WrongParameter(
            _("参数 updated_since 应为日期（例如 2026-11-01）或带时区的时间（例如 2026-11-01T09:30:00+08:00）。")
        )
    return since
