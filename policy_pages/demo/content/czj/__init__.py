"""无锡市财政局: invented demo content."""

from policy_pages.demo.content.czj.documents import DOCUMENTS, INTERPRETATIONS
from policy_pages.demo.content.czj.guides import FORMS, GUIDES
from policy_pages.demo.notation import OpenChange, Person, Unit

UNIT = Unit(
    code="czj",
    name="无锡市财政局",
    short_name="财政局",
    other_names="市财政局\n无锡市政府采购管理办公室",
    introduction="负责全市财政收支、政府采购、政府性融资担保和产业资金管理工作。本栏目为演示内容，政策、金额和人员均属虚构。",
    index_prefix="014006374/CZ",
    people=(Person("czj-edit", "苏映雪", "editor"), Person("czj-review", "郑维城", "reviewer")),
    documents=DOCUMENTS,
    guides=GUIDES,
    desk="市民中心综合服务大厅C区3号窗口（不便网上办理的，可到窗口办理）|工作日 9:00–17:00",
    interpretations=INTERPRETATIONS,
    forms=FORMS,
    open_changes=(
        OpenChange(
            title="关于延长小微企业续贷财政贴息政策执行期限的通知",
            evidence="联合发文印发件，版记载明{印发}印发；牵头单位为市财政局。",
            workdays_ago=7,
        ),
        OpenChange(
            title="无锡市政府采购合同线上融资工作指引（{年}年修订）",
            evidence="印发件版记载明{印发}印发。",
            workdays_ago=2,
            kind="amended",
            corrected_from=4,
            correction="登记时误填成文日期，现按印发件版记所载印发日期更正。",
        ),
    ),
)
