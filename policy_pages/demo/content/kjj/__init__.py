"""无锡市科学技术局: invented demo content."""

from policy_pages.demo.content.kjj.documents import AMENDMENTS, DOCUMENTS, INTERPRETATIONS
from policy_pages.demo.content.kjj.guides import FORMS, GUIDES
from policy_pages.demo.notation import Person, Unit

UNIT = Unit(
    code="kjj",
    name="无锡市科学技术局",
    short_name="科技局",
    other_names="市科技局\n无锡市科技局\n无锡市外国专家局",
    introduction="负责全市科技创新、高新技术产业发展、成果转化和引进国外智力工作。本栏目为演示内容，政策、金额和人员均属虚构。",
    index_prefix="014006438/KJ",
    people=(Person("kjj-edit", "沈若溪", "editor"), Person("kjj-review", "周明远", "reviewer")),
    documents=DOCUMENTS,
    guides=GUIDES,
    desk="市民中心综合服务大厅B区12号窗口（不便网上办理的，可到窗口办理）|工作日 9:00–17:00",
    interpretations=INTERPRETATIONS,
    forms=FORMS,
    amendments=AMENDMENTS,
)
