"""我要纠错 of the demo: one report answered in time, one that waits, one overdue; and the facts in the foot, all made up."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.models import User
from policy_pages.demo.people import MODERATOR
from policy_pages.feedback.pages import named_page
from policy_pages.feedback.services import Report, answer_ticket, receive_ticket, take_ticket
from policy_pages.imprint.services import current_profile, save_profile, stamp
from policy_pages.models import ApplicationGuidePage

if TYPE_CHECKING:
    from policy_pages.demo.dates import DemoDays
    from policy_pages.models import CorrectionTicket

#: Registration numbers that nobody has.
SITE = {
    "name": "惠企通",
    "id_code": "3202000000",
    "host_unit": "无锡市行政审批局",
    "phone": "0510-81820000",
    "address": "无锡市观山路199号",
    "postcode": "214131",
    "icp_number": "苏ICP备00000000号-1",
    "psb_number": "苏公网安备32020000000000号",
    "psb_url": "https://beian.mps.gov.cn/",
    "notice": "演示站点：政策、人员和备案号都是虚构的。",
    "find_error_url": "https://zfwzgl.www.gov.cn/",
}


def seed_corrections(days: DemoDays) -> None:
    """Report and answer through the services: two working days ago and answered, yesterday, five working days ago."""
    answered = _report(days, "kjj", 2, "phone", "综合处的电话打过去是空号，能否核对？", "咨询电话")
    editor = User.objects.get(username="kjj-edit")
    take_ticket(ticket=answered, actor=editor)
    words = "经核实，号码无误，前天上午因机房检修短时不通，现已恢复。感谢您的提醒。"
    answer_ticket(ticket=answered, outcome="right", answer=words, actor=editor)
    _report(days, "gxj", 1, "file", "空表下载下来打不开，提示文件已损坏。", "申报材料", contact="0510-81820466")
    _report(days, "rsj", 5, "outdated", "这里写的是去年的申报时间，今年的通知已经发了。")


def _report(
    days: DemoDays, code: str, workdays_ago: int, kind: str, text: str, place: str = "", contact: str = ""
) -> CorrectionTicket:
    guide = ApplicationGuidePage.objects.filter(department__code=code, live=True).earliest("pk")
    morning = datetime.datetime.combine(days.back(workdays_ago), datetime.time(9, 12))
    at = timezone.make_aware(morning, timezone.get_default_timezone())
    page = named_page(f"/policies/{code}/{guide.slug}/")
    return receive_ticket(report=Report(page, kind, text, place=place, contact=contact), at=at)


def seed_site() -> None:
    """What the foot of the demo says."""
    save_profile(facts=SITE, seen=stamp(current_profile()), actor=User.objects.get(username=MODERATOR))
