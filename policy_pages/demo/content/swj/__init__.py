"""无锡市商务局: invented demo content."""

from policy_pages.demo.content.swj.documents import DOCUMENTS, INTERPRETATIONS
from policy_pages.demo.content.swj.guides import FORMS, GUIDES
from policy_pages.demo.notation import OpenChange, Person, Unit

UNIT = Unit(
    code="swj",
    name="无锡市商务局",
    short_name="商务局",
    other_names="市商务局",
    introduction="负责全市内外贸易、外商投资、对外投资合作和商贸流通工作。本栏目为演示内容，政策、金额和人员均属虚构。",
    index_prefix="014006745/SW",
    people=(Person("swj-edit", "方可盈", "editor"), Person("swj-review", "严伯安", "reviewer")),
    documents=DOCUMENTS,
    guides=GUIDES,
    desk="市民中心综合服务大厅B区18号窗口（不便网上办理的，可到窗口办理）|工作日 9:00–17:00",
    interpretations=INTERPRETATIONS,
    forms=FORMS,
    open_changes=(
        OpenChange(
            title="无锡市服务外包发展资金使用管理办法",
            evidence="印发件已收到，版记载明{印发}印发；正文正在录入。",
            workdays_ago=1,
        ),
    ),
)
