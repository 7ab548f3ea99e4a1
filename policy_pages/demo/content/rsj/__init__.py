"""无锡市人力资源和社会保障局: invented demo content."""

from policy_pages.demo.content.rsj.documents import AMENDMENTS, DOCUMENTS, INTERPRETATIONS
from policy_pages.demo.content.rsj.guides import FORMS, GUIDES
from policy_pages.demo.notation import Person, Unit

UNIT = Unit(
    code="rsj",
    name="无锡市人力资源和社会保障局",
    short_name="人社局",
    other_names="市人社局\n无锡市人社局",
    introduction="负责全市就业创业、人才开发、职业技能和社会保险工作。本栏目为演示内容，政策、金额和人员均属虚构。",
    index_prefix="014006681/RS",
    people=(Person("rsj-edit", "林书婉", "editor"), Person("rsj-review", "高士诚", "reviewer")),
    documents=DOCUMENTS,
    guides=GUIDES,
    desk="市人力资源市场一楼就业服务窗口（不便网上办理的，可到窗口办理）|工作日 9:00–17:00",
    interpretations=INTERPRETATIONS,
    forms=FORMS,
    amendments=AMENDMENTS,
)
