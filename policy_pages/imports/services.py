"""The import itself: one transaction per file, one savepoint per row, drafts only."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from accounts.models import Department
from audit.services import record as record_event
from policy_pages.imports import rules
from policy_pages.imports.checks import Known, number_conflicts, own_conflicts
from policy_pages.imports.files import ImportFileError, RawRow, read_rows
from policy_pages.imports.pages import build_document, build_guide
from policy_pages.imports.records import Record, RowError, read_record
from policy_pages.imports.report import EXISTING, IMPORTED, SKIPPED, Outcome, Report
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage, PolicyPage
from policy_pages.services.publication import record_page_event

__all__ = ["ImportFileError", "import_file"]


def import_file(*, path: Path, department_code: str = "", stock: bool = False, dry_run: bool = False) -> Report:
    """Import every row of a JSON Lines or Excel file as a draft; return what became of each row.

    Rows whose issuing organ is no known department go to `department_code`, or are skipped. With `stock` the pages
    are 存量. Records one `page.imported` per page and one `import.finished`. Idempotent by source id within the
    department. With `dry_run` all of it is rolled back and the same report returned. Raises ImportFileError.
    """
    rows, notes = read_rows(path)
    with transaction.atomic():
        run = _Run(rows, stock=stock, fallback=_fallback(department_code))
        report = Report(outcomes=run.execute(), notes=notes)
        record_event(
            action="import.finished",
            department_code=department_code,
            object_type="policy_pages.import",
            object_id=hashlib.sha256(path.read_bytes()).hexdigest(),
            object_label=path.name,
            payload={**report.counts(), "stock": stock, "skip_reasons": dict(report.skip_reasons())},
        )
        if dry_run:
            transaction.set_rollback(True)
    return report


def _fallback(code: str) -> Department | None:
    if not code:
        return None
    department = Department.objects.publishing().filter(code=code).first()
    if department is None:
        raise ImportFileError(_("没有代码为“%(code)s”、开通了栏目的单位。") % {"code": code})
    return department


class _Run:
    """One import: reads all rows, then writes documents (successors first), then guides."""

    def __init__(self, rows: list[RawRow], *, stock: bool, fallback: Department | None) -> None:
        self.rows = rows
        self.stock = stock
        self.fallback = fallback
        self.outcomes = [Outcome(place=row.place, warnings=list(row.warnings)) for row in rows]
        self.records: dict[int, Record] = {}
        self.departments: dict[int, Department] = {}
        self._named: dict[str, Department | None] = {}
        self._pages: dict[tuple[int, str], PolicyPage] = {}
        self._bases: dict[str, list[PolicyDocumentPage]] = {}
        self._successors: dict[str, str] = {}

    def execute(self) -> list[Outcome]:
        for position, row in enumerate(self.rows):
            self._read(position, row)
        self._find_conflicts()
        self._successors = self._successor_ids()
        for position in self._order("document"):
            self._import(position)
        self._bases = self._basis_index()
        for position in self._order("guide"):
            self._import(position)
        return self.outcomes

    # --- Reading -----------------------------------------------------------------------------------

    def _read(self, position: int, row: RawRow) -> None:
        outcome = self.outcomes[position]
        if row.error:
            return self._skip(outcome, row.error)
        try:
            record = read_record(row.values, row.place)
        except RowError as error:
            outcome.source_id, outcome.title = _shown(row.values.get("id")), _shown(row.values.get("title"))
            return self._skip(outcome, str(error))
        outcome.source_id, outcome.title = record.source_id, record.title
        department = self._department(record.organ)
        if department is None:
            return self._skip(outcome, self._no_department(record.organ))
        outcome.department = department.short_name
        if self._is_repeated(department, record):
            return self._skip(outcome, _("文件内编号重复，只导入第一条。"))
        self.records[position] = record
        self.departments[position] = department
        return None

    def _is_repeated(self, department: Department, record: Record) -> bool:
        return any(
            other.source_id == record.source_id and self.departments[position] == department
            for position, other in self.records.items()
        )

    def _department(self, organ: str) -> Department | None:
        """The unit the organ's name means; of several organs the first that is one of ours."""
        for name in [organ, *re.split(r"[、，,；;]+", organ)]:
            if name not in self._named:
                found = Department.objects.named(name) if name.strip() else None
                self._named[name] = cast("Department | None", found)
            if self._named[name]:
                return self._named[name]
        return self.fallback

    @staticmethod
    def _no_department(organ: str) -> str:
        if not organ:
            return _("没有写制发机关；请补上，或用 --department 指定单位。")
        return _("制发机关“%(organ)s”没有对应的单位；请在单位资料中加别名，或用 --department 指定单位。") % {
            "organ": organ
        }

    @staticmethod
    def _skip(outcome: Outcome, reason: str) -> None:
        outcome.status, outcome.reason = SKIPPED, reason

    # --- Before writing ----------------------------------------------------------------------------

    def _find_conflicts(self) -> None:
        today = timezone.localdate()
        known = self._known_numbers()
        positions = list(self.records)
        by_index = number_conflicts(self.records.values(), known)
        for index, position in enumerate(positions):
            record = self.records[position]
            record.conflicts = own_conflicts(record, today) + by_index.get(index, [])

    def _known_numbers(self) -> dict[str, list[Known]]:
        """Documents that the departments of this run have already, by 文号."""
        own = PolicyDocumentPage.objects.filter(department__in={d.pk for d in self.departments.values()})
        known = defaultdict(list)
        for title, numbers, issued, written, source_id in own.exclude(doc_number="").values_list(
            "title", "doc_number", "issued_on", "written_on", "source_id"
        ):
            for number in numbers.split("；"):
                known[number].append(Known(title, issued or written, source_id))
        return known

    def _order(self, kind: str) -> list[int]:
        """Positions of a kind; whoever replaces a document comes before it, so that it can be named as successor."""
        found = [position for position, record in self.records.items() if record.page_kind == kind]
        return sorted(found, key=lambda position: self._depth(self.records[position].source_id))

    def _successor_ids(self) -> dict[str, str]:
        successors: dict[str, str] = {}
        for record in self.records.values():
            if record.ended_by:
                successors.setdefault(record.source_id, record.ended_by[0])
            for old in record.ends:
                successors.setdefault(old, record.source_id)
        return successors

    def _depth(self, source_id: str) -> int:
        chain: list[str] = []
        while source_id in self._successors and source_id not in chain:
            chain.append(source_id)
            source_id = self._successors[source_id]
        return len(chain)

    # --- Writing -----------------------------------------------------------------------------------

    def _import(self, position: int) -> None:
        record, department, outcome = self.records[position], self.departments[position], self.outcomes[position]
        if self._page(department, record.source_id):
            outcome.status = EXISTING
            return
        try:
            with transaction.atomic():
                page = self._write(record, department)
        except ValidationError as error:
            self._skip(outcome, _in_words(error, record))
            return
        except (DataError, IntegrityError, UnicodeError) as error:
            self._skip(outcome, _("数据库不接受这条记录：%(error)s") % {"error": error})
            return
        self._pages[department.pk, record.source_id] = page
        outcome.status, outcome.page_id = IMPORTED, page.pk
        outcome.conflicts = record.conflicts
        outcome.warnings += record.warnings
        outcome.missing = _missing(page)

    def _write(self, record: Record, department: Department) -> PolicyPage:
        if record.page_kind == "guide":
            page: PolicyPage = build_guide(
                record, stock=self.stock, own_names=department.all_names(), documents=self._bases_of(record, department)
            )
        else:
            page = self._document(record, department)
        page.department = department
        # Before the insert: Wagtail checks a draft only after it, and PostgreSQL refuses with words of its own.
        page.clean_fields(exclude={field.name for field in Page._meta.get_fields()} | {"page_ptr"})
        # Afresh for each row: a row that was rolled back leaves the tree's counters in memory wrong.
        Page.objects.get(pk=department.section_page_id).add_child(instance=page)
        page.save_revision(user=None, log_action=True)
        record_page_event("page.imported", page, None, self._payload(record))
        return page

    def _document(self, record: Record, department: Department) -> PolicyDocumentPage:
        successor_id = self._successors.get(record.source_id, "")
        successor = self._page(department, successor_id)
        if not isinstance(successor, PolicyDocumentPage):
            successor = None
        for old in record.ends:
            if self._page(department, old):
                record.warnings.append(_("所取代的文件“%(old)s”已在库中，请在那份文件上登记修订或废止") % {"old": old})
        return build_document(record, stock=self.stock, successor=successor, repeal=self._repeal(record, successor_id))

    def _repeal(self, record: Record, successor_id: str) -> tuple[datetime.date, str] | None:
        texts = (other.body for other in self.records.values() if other.source_id == successor_id)
        return next(filter(None, (rules.repeal_clause(text, record.title) for text in texts)), None)

    def _page(self, department: Department, source_id: str) -> PolicyPage | None:
        """The department's page of that source id, imported now or earlier."""
        if not source_id:
            return None
        key = department.pk, source_id
        if key not in self._pages:
            for model in (PolicyDocumentPage, ApplicationGuidePage):
                page = model.objects.filter(department=department, source_id=source_id).first()
                if page:
                    self._pages[key] = page
                    break
        return self._pages.get(key)

    def _basis_index(self) -> dict[str, list[PolicyDocumentPage]]:
        index = defaultdict(list)
        for document in PolicyDocumentPage.objects.defer("body"):
            for name in {document.title, *document.doc_number.split("；")} - {""}:
                index[name].append(document)
        return index

    def _bases_of(self, record: Record, department: Department) -> list[PolicyDocumentPage]:
        """Documents that the guide's basis names by exact title or 文号, where just one bears it.

        Of other departments only public ones: another department's draft is not to be referred to.
        """
        found: dict[int, PolicyDocumentPage] = {}
        for line in record.basis:
            for name in _names_of(line):
                may = [page for page in self._bases.get(name, []) if page.live or page.department_id == department.pk]
                if len(may) == 1:
                    found[may[0].pk] = may[0]
        return list(found.values())

    def _payload(self, record: Record) -> dict[str, Any]:
        """What the source says that no field of the page holds, for whoever asks later where a page came from."""
        return {
            "source_id": record.source_id,
            "place": record.place,
            "stock": self.stock,
            "topics": record.topics,
            "region": record.region,
            "issued_on": record.issued_on,
            "published_on": record.published_on,
            "conflicts": record.conflicts,
            "warnings": record.warnings,
        }


def _names_of(line: str) -> set[str]:
    """What a line of basis may name: itself, the title inside 《》, a 文号."""
    match = re.fullmatch(r"《(.+)》(?:[（(].*[）)])?", line)
    return {line, match[1] if match else line, *rules.parse_numbers(line)}


def _missing(page: PolicyPage) -> list[str]:
    """Names of what a draft still lacks; the dates of a fixed window among them."""
    if isinstance(page, ApplicationGuidePage):
        return page.missing_elements()
    wanted = [] if page.issuing_body else ["issuing_body"]
    if page.written_on is None and not (page.is_stock and page.issued_on):
        wanted.append("written_on")
    if page.document_status == "repealed" and not page.repealed_on:
        wanted.append("repealed_on")
    return [str(page._meta.get_field(name).verbose_name) for name in wanted]


def _shown(value: object) -> str:
    return rules.shorten(str(value), 60) if isinstance(value, str | int) else ""


def _in_words(error: ValidationError, record: Record) -> str:
    """What the page's own validation says, each message with the name of its field."""
    if not hasattr(error, "error_dict"):
        return "；".join(error.messages)
    model = ApplicationGuidePage if record.page_kind == "guide" else PolicyDocumentPage
    names = {field.name: getattr(field, "verbose_name", field.name) for field in model._meta.get_fields()}
    return "；".join(f"{names.get(name, name)}：{''.join(messages)}" for name, messages in error.message_dict.items())
