"""The ground every installation stands on: home, library, workflow, terms. Reversible."""

from django.db import migrations

from policy_pages.search.indexes import create_postgres_index, drop_postgres_index

WORKFLOW = "政策发布流程"
REVIEW = "单位审核"
CLASSIFICATION = "审批局分类审核"

TERMS = {
    "category": ["财政奖补", "减税退税", "费用减免", "融资支持", "要素保障", "人才支持", "资质荣誉", "权益保障"],
    "theme": ["产业培育", "科技创新", "稳岗就业", "投资信贷", "人才培养", "外资外贸", "绿色低碳", "数字化转型", "创业扶持", "消费促进"],
    "industry": [
        "农、林、牧、渔业", "采矿业", "制造业", "电力、热力、燃气及水生产和供应业", "建筑业", "批发和零售业",
        "交通运输、仓储和邮政业", "住宿和餐饮业", "信息传输、软件和信息技术服务业", "金融业", "房地产业", "租赁和商务服务业",
        "科学研究和技术服务业", "水利、环境和公共设施管理业", "居民服务、修理和其他服务业", "教育", "卫生和社会工作",
        "文化、体育和娱乐业",
    ],
    "size": ["大型企业", "中型企业", "小型企业", "微型企业", "规上企业", "个体工商户"],
    "life_cycle": ["开办", "成长", "成熟", "转型", "注销"],
    "qualification": ["高新技术企业", "科技型中小企业", "创新型中小企业", "专精特新中小企业", "专精特新“小巨人”", "单项冠军", "雏鹰企业", "瞪羚企业", "上市企业"],
    "region": ["全市", "江阴市", "宜兴市", "梁溪区", "锡山区", "惠山区", "滨湖区", "新吴区", "经开区"],
}


def make_pages(apps, schema_editor):
    """Home and library; Wagtail's own welcome page goes."""
    ContentType = apps.get_model("contenttypes.ContentType")
    Page = apps.get_model("wagtailcore.Page")
    Site = apps.get_model("wagtailcore.Site")
    Locale = apps.get_model("wagtailcore.Locale")
    Home = apps.get_model("policy_pages.HomePage")
    Library = apps.get_model("policy_pages.PolicyLibraryPage")
    locale, _created = Locale.objects.get_or_create(language_code="zh-hans")
    Locale.objects.exclude(pk=locale.pk).delete() if not Page.objects.filter(depth__gt=2).exists() else None
    Site.objects.all().delete()
    Page.objects.filter(depth__gt=1).delete()
    root = Page.objects.get(depth=1)
    Page.objects.filter(pk=root.pk).update(locale=locale, numchild=1, title="全部页面", draft_title="全部页面")

    def content_type(model):
        return ContentType.objects.get_or_create(app_label="policy_pages", model=model)[0]

    common = {"locale": locale, "live": True, "has_unpublished_changes": False}
    home = Home.objects.create(
        title="惠企通", draft_title="惠企通", slug="home", path="00010001", depth=2, numchild=1, url_path="/home/",
        content_type=content_type("homepage"), **common,
    )
    Library.objects.create(
        title="政策库", draft_title="政策库", slug="policies", path="000100010001", depth=3, numchild=0,
        url_path="/home/policies/", content_type=content_type("policylibrarypage"), **common,
    )
    Site.objects.create(hostname="localhost", port=80, root_page_id=home.pk, is_default_site=True, site_name="惠企通")


def drop_pages(apps, schema_editor):
    """Take the trunk away again; refuse while a department stands on it."""
    Page = apps.get_model("wagtailcore.Page")
    if Page.objects.filter(depth__gt=3).exists():
        raise RuntimeError("已有单位栏目，不能回退到没有政策库的状态。")
    apps.get_model("wagtailcore.Site").objects.all().delete()
    Page.objects.filter(depth__gt=1).delete()
    Page.objects.filter(depth=1).update(numchild=0)


def make_workflow(apps, schema_editor):
    """Two steps on the library; stock's workflow and its groups, which may publish, go."""
    ContentType = apps.get_model("contenttypes.ContentType")
    Workflow = apps.get_model("wagtailcore.Workflow")
    WorkflowTask = apps.get_model("wagtailcore.WorkflowTask")
    WorkflowPage = apps.get_model("wagtailcore.WorkflowPage")
    Task = apps.get_model("wagtailcore.Task")
    Page = apps.get_model("wagtailcore.Page")
    apps.get_model("auth.Group").objects.filter(name__in=["Moderators", "Editors"]).delete()
    WorkflowPage.objects.all().delete()
    Workflow.objects.update(active=False)
    Task.objects.update(active=False)
    workflow = Workflow.objects.create(name=WORKFLOW, active=True)
    steps = ((REVIEW, "DepartmentReviewTask"), (CLASSIFICATION, "ClassificationTask"))
    for order, (name, model_name) in enumerate(steps):
        content_type, _created = ContentType.objects.get_or_create(
            app_label="policy_pages", model=model_name.lower()
        )
        task = apps.get_model("policy_pages", model_name).objects.create(
            name=name, active=True, content_type=content_type
        )
        WorkflowTask.objects.create(workflow=workflow, task_id=task.pk, sort_order=order)
    WorkflowPage.objects.create(workflow=workflow, page=Page.objects.get(slug="policies", depth=3))


def drop_workflow(apps, schema_editor):
    """Take our workflow away, give stock's back."""
    Workflow = apps.get_model("wagtailcore.Workflow")
    Workflow.objects.filter(name=WORKFLOW).delete()
    apps.get_model("wagtailcore.Task").objects.filter(name__in=[REVIEW, CLASSIFICATION]).delete()
    Workflow.objects.update(active=True)
    apps.get_model("wagtailcore.Task").objects.update(active=True)


def make_terms(apps, schema_editor):
    """First terms of each list; the bureau edits them."""
    Term = apps.get_model("policy_pages.Term")
    for vocabulary, names in TERMS.items():
        for position, name in enumerate(names):
            code = f"{vocabulary.replace('_', '-')}-{position + 1:02d}"
            Term.objects.get_or_create(vocabulary=vocabulary, code=code, defaults={"name": name, "position": position})


class Migration(migrations.Migration):
    """Data only."""

    dependencies = [
        ("policy_pages", "0001_initial"),
        ("wagtailsearch", "0010_add_text_fields"),
    ]

    operations = [
        migrations.RunPython(make_pages, drop_pages),
        migrations.RunPython(make_workflow, drop_workflow),
        migrations.RunPython(make_terms, migrations.RunPython.noop),
        migrations.RunPython(create_postgres_index, drop_postgres_index),
    ]
