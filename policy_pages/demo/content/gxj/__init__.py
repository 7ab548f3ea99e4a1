"""无锡市工业和信息化局: invented demo content."""

from policy_pages.demo.content.gxj.documents import AMENDMENTS, DOCUMENTS, INTERPRETATIONS, REPEALS
from policy_pages.demo.content.gxj.guides import FORMS, GUIDES
from policy_pages.demo.notation import Person, Unit

UNIT = Unit(
    code="gxj",
    name="无锡市工业和信息化局",
    short_name="工信局",
    other_names="市工信局\n无锡市工信局\n无锡市中小企业局",
    introduction="负责全市工业经济运行、技术改造、中小企业培育和数字化转型工作。本栏目为演示内容，政策、金额和人员均属虚构。",
    index_prefix="014006542/GX",
    people=(Person("gxj-edit", "许嘉言", "editor"), Person("gxj-review", "陈绍庭", "reviewer")),
    documents=DOCUMENTS,
    guides=GUIDES,
    desk="市民中心综合服务大厅B区15号窗口（不便网上办理的，可到窗口办理）|工作日 9:00–17:00",
    interpretations=INTERPRETATIONS,
    forms=FORMS,
    amendments=AMENDMENTS,
    repeals=REPEALS,
)
