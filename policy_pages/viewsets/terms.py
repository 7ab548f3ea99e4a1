"""分类词表 in the back office."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column, TitleColumn

from audit.viewsets.base import NarrowViewSet
from policy_pages.models import Term


class TermViewSet(NarrowViewSet):
    """词表: the bureau edits its terms; nobody deletes one."""

    model = Term
    name = "terms"
    icon = "tag"
    menu_label = gettext_lazy("分类词表")
    menu_order = 420
    add_to_admin_menu = True
    form_fields = ("vocabulary", "code", "name", "position", "is_active")
    list_display = (
        TitleColumn("name", label=gettext_lazy("名称"), url_name="terms:edit"),
        Column("vocabulary", label=gettext_lazy("词表"), accessor="get_vocabulary_display"),
        Column("code", label=gettext_lazy("代码")),
        Column("position", label=gettext_lazy("排序")),
        Column("is_active", label=gettext_lazy("状态"), accessor=lambda row: _("在用") if row.is_active else _("停用")),
    )
    #: No delete: a term in use must stay readable.
    views = ("index", "index_results", "add", "edit", "history", "history_results", "usage")
    list_filter = ("vocabulary", "is_active")
    search_fields = ("name", "code")
