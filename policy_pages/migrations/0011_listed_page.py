"""The narrow table that lists and facets read; `migrate` fills it afterwards (`policy_pages.signals.fill`)."""

from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_established_on"),
        ("policy_pages", "0010_public_change"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="ListedState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mark", models.CharField(max_length=32, verbose_name="标记")),
            ],
            options={"verbose_name": "在列状态", "verbose_name_plural": "在列状态", "default_permissions": ()},
        ),
        migrations.CreateModel(
            name="ListedPage",
            fields=[
                ("page", models.OneToOneField(on_delete=CASCADE, primary_key=True, related_name="+", serialize=False, to="wagtailcore.page", verbose_name="页面")),
                ("type", models.CharField(help_text="页面类型的模型名。", max_length=30, verbose_name="类型")),
                ("route", models.CharField(blank=True, max_length=20, verbose_name="申报方式")),
                ("year", models.PositiveSmallIntegerField(help_text="文件成文（没有则印发）的年份；指南取所依据文件中最近的，没有则与解读一样取首次发布的年份。", null=True, verbose_name="年份")),
                ("window_type", models.CharField(blank=True, max_length=20, verbose_name="申报期限类型")),
                ("window_start", models.DateField(null=True, verbose_name="申报开始日期")),
                ("window_end", models.DateField(null=True, verbose_name="申报截止日期")),
                ("basis_ended_from", models.DateField(help_text="从这一天起，所依据的公开文件都已废止或失效；没有这一天则为空。", null=True, verbose_name="依据全部失去效力之日")),
                ("amount_max", models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="最高金额（元）")),
                ("document_status", models.CharField(blank=True, max_length=20, verbose_name="文件状态")),
                ("expires_on", models.DateField(null=True, verbose_name="失效日期")),
                ("first_published_at", models.DateTimeField(null=True, verbose_name="首次发布时间")),
                ("last_published_at", models.DateTimeField(null=True, verbose_name="发布时间")),
                ("title", models.CharField(max_length=255, verbose_name="标题")),
                ("slug", models.CharField(max_length=255, verbose_name="网址末段")),
                ("summary", models.CharField(blank=True, max_length=300, verbose_name="一句话摘要")),
                ("doc_number", models.CharField(blank=True, max_length=120, verbose_name="文号")),
                ("window_note", models.CharField(blank=True, max_length=300, verbose_name="期限说明")),
                ("source_id", models.CharField(blank=True, max_length=120, verbose_name="来源编号")),
                ("category", models.ForeignKey(on_delete=PROTECT, related_name="+", to="policy_pages.term", verbose_name="清单类别")),
                ("department", models.ForeignKey(on_delete=PROTECT, related_name="+", to="accounts.department", verbose_name="责任单位")),
                ("terms", models.ManyToManyField(related_name="+", to="policy_pages.term", verbose_name="主题、行业、规模、生命周期")),
            ],
            options={
                "verbose_name": "在列页面",
                "verbose_name_plural": "在列页面",
                "default_permissions": (),
                "indexes": [models.Index(fields=["-first_published_at", "-page"], name="policy_pages_listed_newest")],
            },
        ),
    ]
