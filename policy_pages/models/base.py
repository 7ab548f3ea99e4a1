"""What every policy page shares: its department, its source, its change, and the guards that stock Wagtail lacks."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField
from wagtail.models import Page, PageViewRestriction
from wagtail.search import index
from wagtail.signal_handlers import disable_reference_index_auto_update

from policy_pages.models.tidying import drop_controls
from policy_pages.permissions import PolicyPagePermissionTester
from policy_pages.querysets import PolicyPageManager

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wagtail.models import Revision, Task

    from accounts.models import User
    from policy_pages.rules import Fault
    from policy_pages.versions.history import Version


#: What `Page.with_content_json` takes from the page's row, not from the revision.
_REFERENCES_OF_THE_ROW = frozenset({"content_type", "owner", "locked_by", "latest_revision", "locale", "alias_of"})


class PolicyPage(Page):
    """A document, guide or interpretation of one department.

    Nothing of it reaches the public but a revision that a second department person and the bureau approved
    (promise 1): `publish` refuses any other, whoever asks and through whatever door.
    """

    department = models.ForeignKey(
        "accounts.Department",
        verbose_name=_("责任单位"),
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        null=True,
    )
    summary = models.CharField(
        _("一句话摘要"), max_length=300, blank=True, help_text=_("列表中标题下的一句话：给谁、给什么、最多多少。")
    )
    source_name = models.CharField(_("来源"), max_length=200, blank=True, help_text=_("转载的文件写明来源网站。"))
    source_url = models.URLField(_("原文网址"), max_length=500, blank=True)
    source_id = models.CharField(_("来源编号"), max_length=120, blank=True, editable=False, db_index=True)
    is_stock = models.BooleanField(_("存量"), default=False, editable=False)
    editor_in_charge = models.CharField(
        _("责任编辑"), max_length=60, blank=True, help_text=_("显示在公开页面底部，可填处室或姓名。")
    )
    change = models.ForeignKey(
        "policy_pages.ChangeRecord",
        verbose_name=_("对应的变更登记"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("先在“变更登记”中登记新增、修订或废止，再在这里选中它；3 个工作日从登记的触发日期起算。"),
    )
    change_note = models.CharField(
        _("更新说明"),
        max_length=300,
        blank=True,
        help_text=_("已公开的内容再次提交时填写：改了什么、为什么。会公开显示。"),
    )

    objects = PolicyPageManager()

    promote_panels: ClassVar[list] = []
    settings_panels: ClassVar[list] = []
    parent_page_types: ClassVar[list[str]] = ["policy_pages.DepartmentSectionPage"]
    subpage_types: ClassVar[list[str]] = []
    #: Rows of child relations in a form under check: Wagtail gives them to the page only when the form is saved.
    typed_children: Mapping[str, int] = MappingProxyType({})
    #: Kinds of changes that this type of page can settle.
    change_subjects: tuple[str, ...] = ()
    #: Of an object that `versions.rebuilding` made: the publication it shows. Nothing about today may be said of it.
    shown_version: Version | None = None
    #: The number of the last publication, where somebody has asked for it.
    last_version: int | None = None
    #: Words of that publication that no field of today can take.
    left_words: Sequence[str] = ()
    #: Whether anything on the site may be restricted: what shows the page then asks whether it is.
    has_restrictions = True
    #: First part of the permanent address, e.g. `wj` in /policies/kjj/wj-12/.
    slug_prefix: ClassVar[str]
    #: Wagtail indexes at every save, of a draft too, and twice at a publication; `services.indexing` when it changes something.
    search_auto_update = False

    search_fields: ClassVar[list] = [
        *Page.search_fields,
        index.SearchField("search_text"),
        index.AutocompleteField("read_aloud"),
        index.FilterField("department_id"),
        index.FilterField("is_stock"),
    ]

    class Meta:
        abstract = True

    # --- Writing -------------------------------------------------------------------------------------

    def _set_core_field_defaults(self) -> None:
        """Give a new page its permanent address before Wagtail makes one of the Chinese title."""
        if not self.slug and self.path:
            self.slug = self._next_slug()
        super()._set_core_field_defaults()

    def save(self, clean: bool = True, **kwargs: Any) -> None:
        """Keep `department` equal to the section the page stands in. An old version is for reading: TypeError.

        A public text is checked as Wagtail does it, but for what the database refuses anyway: a reference to what is gone,
        a path or a translation that another page has (IntegrityError). Stock asks after each of them, ten times in all.
        """
        if self.shown_version is not None:
            raise TypeError("旧版本只供阅读，不能保存。")
        if self.department_id is None and self.path:
            self.department = self.section_department()
        if clean and self.live:
            self.full_clean(exclude=self._references(), validate_unique=False)
            clean = False
        super().save(clean=clean, **kwargs)

    def _references(self) -> set[str]:
        fields = self._meta.concrete_fields
        return {field.name for field in fields if field.is_relation and getattr(self, field.attname) is not None}

    def with_content_json(self, content: dict[str, Any]) -> Self:
        """The page as a revision says it; as stock, but without asking whether what the page's row refers to exists.

        The row's references the database vouches for; and most of them stock takes from the row whatever the revision says.
        """
        same = {name for name in ("department", "change") if content.get(name) == getattr(self, f"{name}_id")}
        asked = {name: value for name, value in content.items() if name not in _REFERENCES_OF_THE_ROW | same}
        found = super().with_content_json(asked)
        for name in same:
            setattr(found, f"{name}_id", getattr(self, f"{name}_id"))
        found._cached_parent_obj = self._cached_parent_obj  # stock has just asked for it; treebeard keeps it here
        return found

    def section_department(self) -> Any:
        """The department of the section above, straight from the tree."""
        parent = self.get_parent()
        return getattr(parent, "section_of", None) if parent else None

    def _next_slug(self) -> str:
        taken = self.get_parent().get_children().filter(slug__startswith=f"{self.slug_prefix}-")
        serials = [slug.rpartition("-")[2] for slug in taken.values_list("slug", flat=True)]
        return f"{self.slug_prefix}-{max((int(serial) for serial in serials if serial.isdigit()), default=0) + 1}"

    def save_revision(self, *args: Any, overwrite_revision: Revision | None = None, **kwargs: Any) -> Revision:
        """Save a draft; never over a revision that was submitted, approved or is live (stock hole 25, 26)."""
        old = overwrite_revision
        if old and (old.pk == self.live_revision_id or old.task_states.exists() or old.approved_go_live_at):
            overwrite_revision = None
        from policy_pages.services.indexing import index_draft

        drop_controls(self)  # before anybody approves it: what was approved is published as it stands
        with disable_reference_index_auto_update():  # of what the row's text refers to, a draft changes nothing
            revision = super().save_revision(*args, overwrite_revision=overwrite_revision, **kwargs)
        index_draft(self)
        return revision

    @transaction.atomic
    def publish(self, revision: Revision, *args: Any, **kwargs: Any) -> None:
        """Make an approved revision live, with its record and event, or nothing at all.

        Raises PermissionDenied when two persons did not approve exactly this revision (promise 1).
        """
        from policy_pages.services.listed import relisted_once
        from policy_pages.services.publication import require_approval

        require_approval(revision)
        with relisted_once():
            super().publish(revision, *args, **kwargs)

    def update_aliases(self, **kwargs: Any) -> None:
        """As stock, where there is an alias at all: stock's question for them reads every page of a large site."""
        if Page.objects.filter(alias_of=self).exists():
            super().update_aliases(**kwargs)

    def copy(self, *args: Any, **kwargs: Any) -> Page:
        """Copy as a fresh draft: never live, with no change record, number or source of its own."""
        kwargs["keep_live"] = False
        kwargs["copy_revisions"] = False
        target = kwargs.get("to")
        if target is not None and target.pk != self.get_parent().pk:
            raise PermissionDenied  # into another section: the owner would change without a word
        blank = {"change": None, "change_note": "", "is_stock": False, "source_id": "", "slug": self._next_slug()}
        kwargs["update_attrs"] = {**(kwargs.get("update_attrs") or {}), **blank}
        return super().copy(*args, **kwargs)

    def create_alias(self, *args: Any, **kwargs: Any) -> Page:
        """Refuse: an alias goes live with its source, past the other department's approval."""
        raise PermissionDenied

    def get_view_restrictions(self) -> models.QuerySet:
        """As stock, but in one query: no page of ours is an alias. None where none is known to be on the whole site."""
        if not self.has_restrictions:
            return PageViewRestriction.objects.none()
        step = self.steplen
        paths = [self.path[:end] for end in range(step, len(self.path) + 1, step)]
        return PageViewRestriction.objects.filter(Q(page__path__in=paths) | Q(page__aliases__path__in=paths)).distinct()

    def can_move_to(self, parent: Page) -> bool:
        """Never: moving changes the owner and the permanent address (stock hole 6)."""
        return False

    def permissions_for_user(self, user: User) -> PolicyPagePermissionTester:
        """Wagtail's rights, narrowed."""
        return PolicyPagePermissionTester(user, self)

    def get_admin_display_title(self) -> str:
        """In every list of the back office a public page goes by its public title.

        Stock shows the draft's, to everybody who may choose the public page: choosers, bulk actions, admin API.
        """
        return self.title if self.live else super().get_admin_display_title()

    @property
    def current_workflow_task(self) -> Task | None:
        """The step it waits at. Stock asks the database for it at every row of a list; our steps have no fields of their own."""
        state = self.current_workflow_task_state
        return state.task.specific_deferred if state else None

    # --- Facts ---------------------------------------------------------------------------------------

    def content_faults(self) -> list[Fault]:
        """What of the content keeps it from being handed in; each type says its own."""
        raise NotImplementedError

    def child_count(self, name: str) -> int:
        """How many rows a child relation has, as typed when a form is being checked, else as saved."""
        return self.typed_children.get(name, getattr(self, name).count())

    def stream_values(self) -> Iterator[tuple[StreamField, Any]]:
        """Every StreamField of the type with its value."""
        for field in self._meta.get_fields():
            if isinstance(field, StreamField):
                yield field, field.value_from_object(self)

    def referred_to(self, kind: type[models.Model]) -> list[int]:
        """Ids of the things of a kind that the text carries or links to, in order of appearance."""
        found: dict[int, None] = {}
        for field, value in self.stream_values():
            for model, object_id, *_path in field.extract_references(value):
                if issubclass(model, kind):
                    found[int(object_id)] = None
        return list(found)

    def attachment_ids(self) -> list[int]:
        """Ids of the files this text carries, in order of appearance."""
        from policy_pages.models.files import PolicyFile

        return self.referred_to(PolicyFile)

    def has_foreign_files(self) -> bool:
        """Whether the text carries a file from another department's folder."""
        from policy_pages.models.files import PolicyFile

        files = PolicyFile.objects.filter(pk__in=self.attachment_ids())
        own = self.department.collection_id if self.department else None
        return files.exclude(collection_id=own).exists()

    def has_foreign_links(self) -> bool:
        """Whether the text links to a page of another department that is not public: its address would tell of it."""
        own = self.department.section_page.path if self.department and self.department.section_page else "-"
        linked = Page.objects.filter(pk__in=self.referred_to(Page))
        return linked.filter(live=False).exclude(path__startswith=own).exists()

    @property
    def search_text(self) -> str:
        """Everything a visitor may search for; the document and guide types add their own."""
        parts = [self.summary, self.source_name]
        if self.department is not None:
            parts += [self.department.name, self.department.short_name]
        for field, value in self.stream_values():
            parts += field.get_searchable_content(value)
        return "\n".join(part for part in parts if part)

    @property
    def read_aloud(self) -> str:
        """What is found by its initials, line by line: the title and the department's short name."""
        return f"{self.title}\n{self.department.short_name if self.department else ''}"

    @property
    def draft_words(self) -> str:
        """What the back office finds a text by that is not public: title and number of its latest draft; empty for a public one.

        A public page is found by its public text alone: the search is the public's too, and would tell of its draft.
        """
        if self.live:
            return ""
        draft = self.latest_revision
        return "\n".join([self.draft_title or self.title, draft.content.get("doc_number", "") if draft else ""])

    @property
    def indexed_version(self) -> int:
        """The number of the revision whose text the search index shall hold; 0 for a draft's title."""
        return (self.live_revision_id or 0) if self.live else 0

    @classmethod
    def get_indexed_objects(cls) -> models.QuerySet:
        """With the department, whose name is indexed too."""
        return super().get_indexed_objects().select_related("department")

    @property
    def type_label(self) -> str:
        """政策文件, 申报指南 or 政策解读."""
        return str(self._meta.verbose_name)
