"""New versions of the rules of duties. What stands is never changed: a running clock keeps the version it began with."""

import re
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..enums import DayUnit
from ..models import DutyClock, DutyRule
from .events import record

if TYPE_CHECKING:
    from accounts.models import User

#: Days that a limit may have.
FEWEST_DAYS, MOST_DAYS = 1, 365
DAYS = {"fewest": FEWEST_DAYS, "most": MOST_DAYS}
#: A document number as clerks write it: 〔2026〕12号, in other brackets too.
_DOCUMENT_NUMBER = re.compile(r"[〔［\[（(【]\s*\d{4}\s*年?\s*[〕］\])）】]\s*第?\s*\d+\s*号")


@transaction.atomic
def set_rule(*, code: str, days: int, unit: str, effective_from: date, source: str, actor: "User | None") -> DutyRule:
    """Add a version of the rule `code` that holds for duties triggered on `effective_from` or later; return it.

    Article, name and whether the regulation left the number open are those of the newest version. Writes "rule.set" with
    the version that was in force before. Raises ValidationError with every fault, by field.
    """
    versions = list(DutyRule.objects.select_for_update().filter(code=code).order_by("-effective_from"))
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    faults = {
        "code": "" if versions else _("没有这项义务，请从列表中选择。"),
        "days": "" if FEWEST_DAYS <= days <= MOST_DAYS else _("天数须在 %(fewest)d 到 %(most)d 之间。") % DAYS,
        "unit": "" if unit in DayUnit.values else _("请选择工作日或自然日。"),
        "effective_from": _date_fault(effective_from, today, versions),
        "source": _source_fault(source, versions),
    }
    if found := {field: words for field, words in faults.items() if words}:
        raise ValidationError(found)
    newest = versions[0]
    before = next((one for one in versions if one.effective_from <= effective_from), None)
    rule = DutyRule(
        code=code,
        article=newest.article,
        title=newest.title,
        days=days,
        unit=unit,
        effective_from=effective_from,
        is_setting=newest.is_setting,
        source=source.strip(),
        set_by=actor,
        set_at=timezone.now(),
    )
    rule._history_user = actor  # type: ignore[attr-defined]  # read by simple-history
    rule.save()
    told = {"before": _terms(before) if before else None, "after": _terms(rule), "source": rule.source}
    record(
        action="rule.set",
        actor=actor,
        object_type="audit.dutyrule",
        object_id=str(rule.pk),
        object_label=str(rule),
        payload={"code": code, **told},
    )
    return rule


@transaction.atomic
def withdraw_rule(*, rule: DutyRule, reason: str, actor: "User | None") -> None:
    """Take back a version that no clock has used, because it was a slip, for a stated `reason`; what held before holds again.

    Its history stays. Writes "rule.withdrawn". Raises ValidationError, at "reason" or with what keeps it.
    """
    versions = DutyRule.objects.select_for_update().filter(code=rule.code)
    if not reason.strip():
        raise ValidationError({"reason": _("请写明撤回理由。")})
    if fault := withdrawal_fault(versions.get(pk=rule.pk)):
        raise ValidationError(fault)
    record(
        action="rule.withdrawn",
        actor=actor,
        object_type="audit.dutyrule",
        object_id=str(rule.pk),
        object_label=str(rule),
        payload={"code": rule.code, "before": _terms(rule), "source": rule.source, "reason": reason.strip()},
    )
    rule._history_user = actor  # type: ignore[attr-defined]  # read by simple-history
    rule.delete()


def withdrawal_fault(rule: DutyRule) -> str:
    """Return what keeps a version from being withdrawn, as a sentence; empty when nothing does.

    A clock that once ran by it and was corrected counts: the chain tells of it for ever.
    """
    if rule.set_at is None:
        return _("系统预置的规则不能撤回。")
    if rule.effective_from < timezone.localdate(timezone=timezone.get_default_timezone()):
        return _("这条规则已经施行，不能撤回；请另设一条新的天数。")
    if DutyClock.history.filter(rule_id=rule.pk).exists():
        return _("已有时限按这条规则计算，不能撤回；请另设一条新的天数。")
    return ""


def _source_fault(source: str, versions: list[DutyRule]) -> str:
    if not source.strip():
        return _("请写明依据：文件名称和文号，或会议决定；办法规定的天数，写修改它的文件。")
    if versions and not versions[0].is_setting and not _DOCUMENT_NUMBER.search(source):
        return _("办法规定的天数只能依新的文件改，请写明文件名称和文号。")
    return ""


def _date_fault(day: date, today: date, versions: list[DutyRule]) -> str:
    if day < today:
        return _("施行日期不能早于今天：已经发生的事按当时的规则计算。")
    if any(one.effective_from == day for one in versions):
        return _("这项义务在这一天已有一条规则，请换一个施行日期。")
    return ""


def _terms(rule: DutyRule) -> dict[str, object]:
    return {"rule": rule.pk, "days": rule.days, "unit": rule.unit, "effective_from": rule.effective_from}
