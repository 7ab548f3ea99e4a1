"""Drill-down: what a figure counts, one line a fact. Names and labels only for whoever may read the thing itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Page

from accounts.enums import Resource, Verb
from accounts.models import AccountFiling, Assignment
from accounts.permissions import departments_with, may
from audit.enums import DutyCode, Outcome
from audit.models import DutyClock, Event
from audit.services import current_calendar
from audit.services.registry import Shown, shown_to
from audit.templatetags.deadlines import chinese_date, verdict_words
from audit.viewsets.events import action_label
from policy_pages.models import ChangeRecord, LateReason, WindowNotice
from policy_pages.reports.figures import CHASED, events_within
from policy_pages.reports.pages import expired, guides, missing
from policy_pages.reports.tables import NOTHING, Cell
from policy_pages.reports.visits import HEADS, described, visited_pages
from policy_pages.services.reports import PUBLISHED, RETURNED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.utils.functional import _StrPromise as StrPromise

    from accounts.models import User
    from policy_pages.reports.asking import Question

CLOCK_HEADS = ("事项", "单位", "触发日期", "截止日期", "完成日期", "用时（天）", "部门", "审批局", "结论", "逾期原因")
#: What a duty is about: who may read that, may read what a clock of it is called and follow it.
ABOUT: dict[str, Resource] = {
    DutyCode.PUBLISH_CHANGE: Resource.CHANGE,
    DutyCode.NOTIFY_WINDOW: Resource.WINDOW_NOTICE,
    DutyCode.FILE_ACCOUNT: Resource.FILING,
    DutyCode.COMPLETE_FILING: Resource.FILING,
}


@dataclass
class Facts:
    """A list: its name, its heads, what it lists, and how some of that becomes lines of cells. `is_dated`: of a period."""

    title: str
    heads: Sequence[str]
    items: Any
    describe: Callable[[list[Any]], list[list[Cell]]]
    is_dated: bool = True


#: What may be asked for, in words. The names are those of the columns in `tables`.
KINDS: dict[str, StrPromise] = {
    "changes": gettext_lazy("全部事项"),
    "judged": gettext_lazy("已能判定的"),
    "on_time": gettext_lazy("按时"),
    "late": gettext_lazy("逾期完成"),
    "overdue": gettext_lazy("已超期未完成"),
    "failed": gettext_lazy("逾期（含未完成）"),
    "running": gettext_lazy("进行中"),
    "gap": gettext_lazy("暂不可计算"),
    "finished": gettext_lazy("已完成，用时最长的在前"),
    "returns": gettext_lazy("退回及理由"),
    "updates": gettext_lazy("公开和更新"),
    "chases": gettext_lazy("督办及内容"),
    "guides": gettext_lazy("公开的指南"),
    "incomplete": gettext_lazy("要素待补的指南"),
    "expired": gettext_lazy("失效日期已过、仍为执行中的文件"),
    "accounts": gettext_lazy("在用账号"),
    "visits": gettext_lazy("访问次数，按页面"),
}


def facts(question: Question, what: str) -> Facts | None:
    """The list of these facts; None for a word that names none."""
    if what not in KINDS:
        return None
    makers: dict[str, Callable[[Question], Facts]] = {
        "returns": returns,
        "updates": updates,
        "chases": chases,
        "guides": lambda question: completeness(question, only_incomplete=False),
        "incomplete": completeness,
        "expired": past_their_day,
        "accounts": accounts,
        "visits": lambda question: Facts("", HEADS, visited_pages(question), lambda rows: described(question, rows)),
    }
    made = makers[what](question) if what in makers else clocks(question, what)
    made.title = str(KINDS[what])
    return made


# --- Clocks ------------------------------------------------------------------------------------------------------


def clocks(question: Question, what: str) -> Facts:
    """Clocks of the duty that the period's figures count."""
    found = DutyClock.objects.filter(rule__code=question.duty, department__in=question.ids, cancelled_at=None)
    found = found.filter(trigger_date__range=(question.period.since, question.period.until))
    is_open, past = Q(outcome=Outcome.OPEN), Q(due_on__lt=question.today)
    overdue, late, on_time = is_open & past, Q(outcome=Outcome.LATE), Q(outcome=Outcome.ON_TIME)
    wanted = {
        "changes": Q(),
        "judged": on_time | late | overdue,
        "on_time": on_time,
        "late": late,
        "overdue": overdue,
        "failed": late | overdue,
        "running": is_open & Q(due_on__gte=question.today),
        "gap": Q(outcome=Outcome.GAP) | (is_open & Q(due_on=None)),
        "finished": Q(used__isnull=False),
    }[what]
    order = ("-used", "trigger_date", "pk") if what == "finished" else ("trigger_date", "pk")
    found = found.filter(wanted).select_related("rule", "department").order_by(*order)
    heads = [*CLOCK_HEADS, "审计事件"] if may(question.user, Resource.EVENT, Verb.READ) else CLOCK_HEADS
    return Facts("", heads, found, lambda rows: ClockLines(question, rows).lines())


def readable_units(user: User, duty: str) -> set[int]:
    """Keys of the units of whose things the person reads what this duty is about."""
    about = ABOUT.get(duty, Resource.DRAFT)
    return set(departments_with(user, about, Verb.READ).values_list("pk", flat=True))


def is_named(clock: DutyClock, readable: set[int]) -> bool:
    """Whether what the clock is about is told by its name: of the unit whose matter it is."""
    return (clock.concerned_id or clock.department_id) in readable


class ClockLines:
    """Some clocks of one duty as lines. A fixed number of queries."""

    def __init__(self, question: Question, rows: list[DutyClock]) -> None:
        self.question, self.rows = question, rows
        self.calendar = current_calendar()
        self.readable = readable_units(question.user, question.duty)
        # What a later duty is about, only its app knows.
        self.shown = {} if question.duty in DutyCode.values else shown_to(question.user, rows)
        self.links = self._links()
        self.reasons = self._reasons()
        self.events = self._events() if may(question.user, Resource.EVENT, Verb.READ) else None

    def lines(self) -> list[list[Cell]]:
        """A line a clock."""
        return [self._line(clock) for clock in self.rows]

    def _line(self, clock: DutyClock) -> list[Cell]:
        verdict = clock.verdict(self.question.today, self.calendar)
        bureau = clock.bureau_days(self.question.today, self.calendar)
        department = None if verdict.used is None or bureau is None else verdict.used - bureau
        is_readable = is_named(clock, self.readable)
        named = self.shown.get(clock.pk, Shown()).label or clock.object_label
        label = named if is_readable else str(clock.rule.title)
        cells = [
            Cell(label, self.links.get(clock.pk, "") if is_readable else ""),
            Cell(clock.department.short_name),
            Cell(chinese_date(clock.trigger_date)),
            Cell(chinese_date(clock.due_on) or NOTHING),
            Cell(chinese_date(clock.finished_at) or NOTHING),
            *(Cell(NOTHING if number is None else str(number)) for number in (verdict.used, department, bureau)),
            Cell(verdict_words(verdict), "", verdict.code in {"late", "overdue"}),
            Cell(self.reasons.get(clock.pk, "")),
        ]
        if self.events is not None:
            seq, href = self.events.get(clock.pk, ("", ""))
            cells.append(Cell(seq, href))
        return cells

    def _links(self) -> dict[int, str]:
        pks = [clock.pk for clock in self.rows]
        duty = self.question.duty
        if duty == DutyCode.PUBLISH_CHANGE:
            told = ChangeRecord.objects.filter(clock__in=pks).values_list("clock_id", "pk")
            return {clock: reverse("changes:edit", args=[pk]) for clock, pk in told}
        if duty == DutyCode.NOTIFY_WINDOW:
            told = WindowNotice.objects.filter(clock__in=pks).values_list("clock_id", "pk")
            return {clock: reverse("window_notices:detail", args=[pk]) for clock, pk in told}
        if duty in {DutyCode.FILE_ACCOUNT, DutyCode.COMPLETE_FILING}:
            field = "filing_clock" if duty == DutyCode.FILE_ACCOUNT else "completion_clock"
            told = AccountFiling.objects.filter(**{f"{field}__in": pks}).values_list(f"{field}_id", "pk")
            return {clock: reverse("filings:detail", args=[pk]) for clock, pk in told}
        if duty not in DutyCode.values:
            return {clock: shown.url for clock, shown in self.shown.items()}
        objects = {clock.pk: int(clock.object_id) for clock in self.rows}
        there = set(Page.objects.filter(pk__in=objects.values()).values_list("pk", flat=True))
        return {clock: reverse("policy_pages_dossier", args=[pk]) for clock, pk in objects.items() if pk in there}

    def _reasons(self) -> dict[int, str]:
        pks = [clock.pk for clock in self.rows]
        reasons = LateReason.objects.visible_to(self.question.user).filter(change__clock__in=pks)
        told = reasons.values_list("change__clock_id", "text", "public_text")
        return {clock: public or _("%s（未公开）") % text for clock, text, public in told}

    def _events(self) -> dict[int, tuple[str, str]]:
        """The last event of each clock, with its address."""
        kinds: dict[str, set[str]] = defaultdict(set)
        for clock in self.rows:
            kinds[clock.object_type].add(clock.object_id)
        wanted = Q(pk__in=[])
        for kind, ids in kinds.items():
            wanted |= Q(object_type=kind, object_id__in=ids)
        told = Event.objects.filter(wanted, action__startswith="clock.").order_by("seq")
        return {
            event.payload["clock"]: (
                f"#{event.seq} {action_label(event.action)}",
                reverse("events:inspect", args=[event.pk]),
            )
            for event in told
        }


# --- Returns, publications, chases ------------------------------------------------------------------------------------


def returns(question: Question) -> Facts:
    """Returns within the period, each with its reason, the latest first: of units whose drafts the person may read."""
    drafts = departments_with(question.user, Resource.DRAFT, Verb.READ).values_list("code", flat=True)
    found = events_within(question, [RETURNED]).filter(department_code__in=list(drafts)).order_by("-seq")
    return Facts(
        "", ("时间", "单位", "事项", "环节", "退回理由", "退回人"), found, lambda rows: _returned(question, rows)
    )


def _returned(question: Question, rows: list[Event]) -> list[list[Cell]]:
    names, there = _names(question), _existing(rows)
    return [
        [
            Cell(_moment(event)),
            Cell(names[event.department_code]),
            Cell(event.object_label, _dossier(event.object_id, there)),
            Cell(event.payload.get("task", "")),
            Cell(event.payload.get("comment", "")),
            Cell(event.actor_name),
        ]
        for event in rows
    ]


def updates(question: Question) -> Facts:
    """Publications, updates and repeals within the period, the latest first."""
    found = events_within(question, PUBLISHED)
    return Facts("", ("时间", "单位", "事项", "动作"), found.order_by("-seq"), lambda rows: _updated(question, rows))


def _updated(question: Question, rows: list[Event]) -> list[list[Cell]]:
    names, there = _names(question), _existing(rows)
    return [
        [
            Cell(_moment(event)),
            Cell(names[event.department_code]),
            Cell(event.object_label, _dossier(event.object_id, there)),
            Cell(action_label(event.action)),
        ]
        for event in rows
    ]


def chases(question: Question) -> Facts:
    """Chases within the period, each in the bureau's words, the latest first: of units whose duties the person may read."""
    units = departments_with(question.user, Resource.DUTY, Verb.READ).values_list("code", flat=True)
    found = events_within(question, [CHASED]).filter(department_code__in=list(units)).order_by("-seq")
    return Facts("", ("时间", "单位", "事项", "督办内容", "督办人"), found, lambda rows: _chased(question, rows))


def _chased(question: Question, rows: list[Event]) -> list[list[Cell]]:
    names = _names(question)
    found = DutyClock.objects.select_related("rule").in_bulk([event.payload["clock"] for event in rows])
    readable = {code: readable_units(question.user, code) for code in {clock.rule.code for clock in found.values()}}
    lines = []
    for event in rows:
        clock = found[event.payload["clock"]]
        matter = str(clock) if is_named(clock, readable[clock.rule.code]) else str(clock.rule.title)
        lines.append(
            [
                Cell(_moment(event)),
                Cell(names[event.department_code]),
                Cell(matter, reverse("duties:detail", args=[clock.pk])),
                Cell(event.payload["message"]),
                Cell(event.actor_name),
            ]
        )
    return lines


def _existing(rows: list[Event]) -> set[str]:
    ids = [int(event.object_id) for event in rows]
    return {str(pk) for pk in Page.objects.filter(pk__in=ids).values_list("pk", flat=True)}


def _dossier(pk: str, there: set[str]) -> str:
    return reverse("policy_pages_dossier", args=[pk]) if pk in there else ""


def _names(question: Question) -> dict[str, str]:
    return {unit.code: unit.short_name for unit in question.units}


def _moment(event: Event) -> str:
    return f"{timezone.localtime(event.at, timezone.get_default_timezone()):%Y-%m-%d %H:%M}"


# --- What is public today ----------------------------------------------------------------------------------------------


def completeness(question: Question, *, only_incomplete: bool = True) -> Facts:
    """Public guides and what each lacks of the six elements (A10)."""
    names = {unit.pk: unit.short_name for unit in question.units}
    rows = [(guide, missing(guide)) for guide in guides(question)]
    rows = [(guide, lacks) for guide, lacks in rows if lacks or not only_incomplete]
    return Facts(
        "",
        ("事项", "单位", "缺少"),
        rows,
        lambda rows: [
            [
                Cell(guide.title, reverse("policy_pages_dossier", args=[guide.pk])),
                Cell(names[guide.department_id]),
                Cell("、".join(lacks) or NOTHING, "", bool(lacks)),
            ]
            for guide, lacks in rows
        ],
        is_dated=False,
    )


def past_their_day(question: Question) -> Facts:
    """Public documents past their last day that still say 执行中."""
    names = {unit.pk: unit.short_name for unit in question.units}
    rows = expired(question).only("title", "doc_number", "expires_on", "department")
    return Facts(
        "",
        ("文件", "文号", "单位", "失效日期"),
        rows,
        lambda rows: [
            [
                Cell(page.title, reverse("policy_pages_dossier", args=[page.pk])),
                Cell(page.doc_number or NOTHING),
                Cell(names[page.department_id]),
                Cell(chinese_date(page.expires_on)),
            ]
            for page in rows
        ],
        is_dated=False,
    )


def accounts(question: Question) -> Facts:
    """Accounts of the units that are in use, with the last login; names only for whoever reads accounts."""
    held = Assignment.objects.current(question.today).filter(department__in=question.ids)
    held = held.select_related("department", "user").order_by("department__code", "user__username", "role")
    return Facts(
        "", ("单位", "角色", "使用人", "最近登录"), held, lambda rows: _held(question.user, rows), is_dated=False
    )


def _held(user: User, rows: list[Assignment]) -> list[list[Cell]]:
    is_named = may(user, Resource.ACCOUNT, Verb.READ)
    tz = timezone.get_default_timezone()
    return [
        [
            Cell(post.department.short_name),
            Cell(str(post.get_role_display())),
            Cell(str(post.user), reverse("accounts:detail", args=[post.user_id])) if is_named else Cell(NOTHING),
            Cell(f"{timezone.localtime(post.user.login_at, tz):%Y-%m-%d}" if post.user.login_at else _("从未登录")),
        ]
        for post in rows
    ]
