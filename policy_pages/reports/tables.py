"""The tables of the reports: each column once, for the page, the drill-down and the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.querysets import idle_cutoff
from audit.enums import DutyCode
from audit.rules import local_date

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise as StrPromise

    from audit.rules import Tally
    from policy_pages.reports.asking import Question
    from policy_pages.reports.figures import Figures, Row

#: Where nothing is known: no figure is invented.
NOTHING = "—"


class Cell(NamedTuple):
    """What stands in a cell, where it leads, and whether it must be seen to."""

    text: str
    href: str = ""
    is_bad: bool = False


@dataclass(frozen=True)
class Column:
    """One figure: its head, how it is read off a row, what its drill-down lists, and of which duty (None: the asked)."""

    label: StrPromise | str
    text: Callable[[Row, str], str]
    what: str = ""
    duty: str | None = None
    is_bad: Callable[[str], bool] = lambda text: False

    def cell(self, row: Row, question: Question) -> Cell:
        """The cell of a row; a figure above nought leads to its facts."""
        duty = self.duty or question.duty
        text = self.text(row, duty)
        is_empty = text in {"0", NOTHING}
        href = facts_url(question, row, self.what, duty) if self.what and not is_empty else ""
        return Cell(text, href, not is_empty and self.is_bad(text))


def facts_url(question: Question, row: Row, what: str, duty: str) -> str:
    """Address of the list of what a figure counts."""
    asked = {"period": question.period.code, "duty": duty, "what": what}
    unit = row.unit or question.unit
    return f"{reverse('policy_pages_report_facts')}?{urlencode({**asked, 'unit': unit.pk} if unit else asked)}"


# --- How figures read ------------------------------------------------------------------------------------------


def percent(value: float | None) -> str:
    """A share as 83.3%; a dash for none."""
    return NOTHING if value is None else f"{value * 100:.1f}%"


def days(value: float | None) -> str:
    """Days without a needless fraction: 2, 2.5; a dash for none."""
    return NOTHING if value is None else f"{value:g}"


def tallied(name: str) -> Callable[[Row, str], str]:
    """A number of the tally."""
    return lambda row, duty: str(getattr(row.of(duty), name))


def from_tally(read: Callable[[Tally], str]) -> Callable[[Row, str], str]:
    """Something worked out of the tally."""
    return lambda row, duty: read(row.of(duty))


def counted(name: str) -> Callable[[Row, str], str]:
    """A number that is not of a duty."""
    return lambda row, duty: str(row.counts[name])


def kept(row: Row, duty: str) -> str:
    """On time of those judged: 3 / 4. What still runs is not held against anybody."""
    tally = row.of(duty)
    return f"{tally.on_time} / {tally.judged}" if tally.judged else NOTHING


def last_login(row: Row, duty: str) -> str:
    """The last day somebody of the unit logged in; in words when it is too long ago or there is nobody (T28.2)."""
    if row.unit is None:
        return NOTHING
    if not row.counts["accounts"]:
        return _("无在用账号")
    if row.last_login is None:
        return _("从未登录")
    words = row.last_login.isoformat()
    return words if row.last_login >= _idle_since() else _("%s，久未登录") % words


def _idle_since() -> datetime.date:
    return local_date(idle_cutoff(), timezone.get_default_timezone())


def always(text: str) -> bool:
    """Bad whenever it is there at all."""
    return True


LATE = Column(gettext_lazy("逾期"), tallied("late"), "late", is_bad=always)
OVERDUE = Column(gettext_lazy("已超期未完成"), tallied("overdue"), "overdue", is_bad=always)
RATE = Column(gettext_lazy("按时率"), from_tally(lambda tally: percent(tally.rate)), "judged")
WORST = Column(gettext_lazy("最长用时"), from_tally(lambda tally: days(tally.worst)), "finished")
RETURNS = Column(gettext_lazy("退回"), counted("returns"), "returns")
INCOMPLETE = Column(gettext_lazy("要素待补的指南"), counted("incomplete"), "incomplete", is_bad=always)
EXPIRED = Column(gettext_lazy("失效仍执行中"), counted("expired"), "expired", is_bad=always)

BUREAU_SHARE = Column(gettext_lazy("审批局占比"), from_tally(lambda tally: percent(tally.bureau_share)))

#: How a duty was kept.
PUNCTUALITY: Sequence[Column] = (
    Column(gettext_lazy("事项"), tallied("changes"), "changes"),
    Column(gettext_lazy("按时"), tallied("on_time"), "on_time"),
    LATE,
    OVERDUE,
    Column(gettext_lazy("进行中"), tallied("running"), "running"),
    Column(gettext_lazy("暂不可计算"), tallied("gap"), "gap"),
    RATE,
    Column(gettext_lazy("用时中位数"), from_tally(lambda tally: days(tally.median)), "finished"),
    WORST,
    Column(gettext_lazy("部门用时"), from_tally(lambda tally: str(tally.all_days - tally.bureau_days)), "finished"),
    Column(gettext_lazy("审批局用时"), from_tally(lambda tally: str(tally.bureau_days)), "finished"),
    BUREAU_SHARE,
)
VISITS = Column(gettext_lazy("访问次数"), counted("visits"), "visits")
CHASES = Column(gettext_lazy("督办"), counted("chases"), "chases", is_bad=always)
#: What else is counted of a unit.
BESIDES: Sequence[Column] = (
    RETURNS,
    Column(gettext_lazy("公开和更新"), counted("updates"), "updates"),
    Column(gettext_lazy("公开的指南"), counted("guides"), "guides"),
    INCOMPLETE,
    EXPIRED,
    CHASES,
    VISITS,
)


def duty_columns(duties: Mapping[str, str], *codes: str) -> tuple[Column, ...]:
    """On time of those judged, and what was or is late, for each duty; `duties` says what each is called."""
    columns = []
    for code in codes:
        columns.append(Column(_("%s按时") % duties[code], kept, "judged", code))
        late = from_tally(lambda tally: str(tally.late + tally.overdue))
        columns.append(Column(_("%s逾期") % duties[code], late, "failed", code, always))
    return tuple(columns)


def later(duties: Mapping[str, str]) -> list[str]:
    """Codes of the duties that have nothing but a rule: no place of their own in any table."""
    return [code for code in duties if code not in DutyCode.values]


class Block(NamedTuple):
    """Columns under one head; a block without columns tells why there are none."""

    label: str
    columns: Sequence[Column]
    nothing: str = ""


def report_blocks(duties: Mapping[str, str]) -> list[tuple[str, list[Block]]]:
    """The tables of the report, each with its name; one more where there are later duties."""
    filings = duty_columns(duties, DutyCode.FILE_ACCOUNT, DutyCode.COMPLETE_FILING)
    owed = duty_columns(duties, DutyCode.INTERPRET, DutyCode.WRITE_GUIDE)
    told = duty_columns(duties, DutyCode.NOTIFY_WINDOW, DutyCode.MODERATE)
    others = duty_columns(duties, *later(duties))
    tables = [
        (_("按时情况"), [Block("", PUNCTUALITY)]),
        (_("退回、更新、要素和访问"), [Block("", BESIDES)]),
        (_("人员变更备案、政策解读和申报指南"), [Block("", (*filings, *owed))]),
        (_("申报期限告知和审批局审核"), [Block("", told)]),
    ]
    return [*tables, (_("其他时限"), [Block("", others)])] if others else tables


def sheet_blocks(duties: Mapping[str, str]) -> list[Block]:
    """The four blocks of the yearly assessment (A27, T27.1); later duties stand under 政策管理."""
    change = DutyCode.PUBLISH_CHANGE
    managed = (
        Column(_("变更"), tallied("changes"), "changes", change),
        Column(RATE.label, RATE.text, RATE.what, change),
        Column(_("逾期"), from_tally(lambda tally: str(tally.late + tally.overdue)), "failed", change, always),
        Column(WORST.label, WORST.text, WORST.what, change),
        Column(BUREAU_SHARE.label, BUREAU_SHARE.text, BUREAU_SHARE.what, change),
        Column(_("期限告知按时"), kept, "judged", DutyCode.NOTIFY_WINDOW),
        Column(_("审批局审核按时"), kept, "judged", DutyCode.MODERATE),
        EXPIRED,
        *(Column(_("%s按时") % duties[code], kept, "judged", code) for code in later(duties)),
    )
    entered = (
        Column(_("公开的指南"), counted("guides"), "guides"),
        INCOMPLETE,
        RETURNS,
        Column(_("解读按时"), kept, "judged", DutyCode.INTERPRET),
        Column(_("指南按时"), kept, "judged", DutyCode.WRITE_GUIDE),
    )
    used = (
        Column(_("备案按时"), kept, "judged", DutyCode.FILE_ACCOUNT),
        Column(_("备案办结按时"), kept, "judged", DutyCode.COMPLETE_FILING),
        Column(_("公开和更新"), counted("updates"), "updates"),
        CHASES,
        Column(_("在用账号"), counted("accounts"), "accounts"),
        Column(_("最近登录"), last_login, "accounts", is_bad=lambda text: not text[-1].isdigit()),
    )
    return [
        Block(_("政策管理"), managed),
        Block(_("录入"), entered),
        Block(_("兑现"), (), _("本期系统尚无兑现数据")),
        Block(_("平台应用"), used),
    ]


# --- Tables as they are shown and written -------------------------------------------------------------------------


class Line(NamedTuple):
    """One row of a table: whose, and its cells."""

    head: str
    cells: list[Cell]


class Table(NamedTuple):
    """A table to show: its blocks, one line a unit, and the line of all."""

    title: str
    blocks: list[Block]
    lines: list[Line]
    total: Line

    @property
    def has_heads(self) -> bool:
        """Whether the blocks have names."""
        return any(block.label for block in self.blocks)


def table(title: str, blocks: list[Block], figures: Figures) -> Table:
    """The table of these blocks."""
    question = figures.question
    lines = [Line(row.unit.name if row.unit else "", _cells(blocks, row, question)) for row in figures.rows]
    return Table(title, blocks, lines, Line(_("合计"), _cells(blocks, figures.total, question)))


def _cells(blocks: list[Block], row: Row, question: Question) -> list[Cell]:
    cells: list[Cell] = []
    for block in blocks:
        cells += [column.cell(row, question) for column in block.columns] or [Cell(NOTHING)]
    return cells


def written_lines(shown: Table) -> list[Sequence[str]]:
    """The table as lines of texts for a file."""
    heads: list[Any] = [_("单位")]
    for block in shown.blocks:
        mark = f"{block.label}：" if block.label else ""
        heads += [f"{mark}{column.label}" for column in block.columns] or [f"{mark}{block.nothing}"]
    return [heads, *([line.head, *(cell.text for cell in line.cells)] for line in (*shown.lines, shown.total))]
