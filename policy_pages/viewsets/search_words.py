"""搜索用词 in the back office: equal words, turns of speech, stop phrases. A change holds from the next search on."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic

from audit.viewsets.base import NarrowViewSet
from policy_pages.models import SearchWord
from policy_pages.models.search import WORD_LENGTH


class SearchWordCreateView(generic.CreateView):
    """A new word; `?word=` fills it in, as the list of searches without hits does."""

    def get_initial_form_instance(self) -> Any:
        """An empty row, or one with the word asked for."""
        instance = super().get_initial_form_instance() or SearchWord()
        instance.word = self.request.GET.get("word", "").replace("\0", "").strip()[:WORD_LENGTH]
        return instance


class SearchWordViewSet(NarrowViewSet):
    """The vocabulary: the bureau edits it; a word is retired, not deleted."""

    model = SearchWord
    name = "search_words"
    url_prefix = "search-words"
    icon = "search"
    menu_label = gettext_lazy("搜索用词")
    menu_order = 425
    add_to_admin_menu = True
    add_view_class = SearchWordCreateView
    form_fields = ("kind", "word", "others", "is_active")
    list_display = (
        TitleColumn("word", label=gettext_lazy("词"), url_name="search_words:edit"),
        Column("kind", label=gettext_lazy("种类"), accessor="get_kind_display"),
        Column("others", label=gettext_lazy("一并查找的词")),
        Column("is_active", label=gettext_lazy("状态"), accessor=lambda row: _("在用") if row.is_active else _("停用")),
    )
    views = ("index", "index_results", "add", "edit", "history", "history_results")
    list_filter = ("kind", "is_active")
    list_per_page = 50
    search_fields = ("word", "others")
