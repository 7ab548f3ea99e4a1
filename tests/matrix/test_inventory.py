"""No address comes or goes unseen."""

from __future__ import annotations

from django.urls import include, path

from tests.matrix.inventory import FILE, Address, lines, walk

HOW = "run `python -m tests.matrix.inventory`, read the diff, and decide every new line in tests/matrix/decisions.py"


def test_the_inventory_is_the_resolver_s() -> None:
    written, real = FILE.read_text(encoding="utf-8").splitlines(), lines()
    new = [line for line in real if line not in written]
    gone = [line for line in written if line not in real]
    assert (new, gone) == ([], []), f"new or vanished addresses: {HOW}"


def test_the_walk_finds_a_new_address_in_an_included_namespace() -> None:
    """Power check: what a helper adds two levels down is a line of its own."""

    def view(request: object) -> None: ...

    inner = include(([path("<int:filing_id>/done/", view, name="done")], "filings"))
    found = list(walk([path("admin/", include([path("filings/", inner)]))]))
    assert [(one.route, one.name) for one in found] == [("admin/filings/<int:filing_id>/done/", "filings:done")]
    assert found[0].parameters() == ["filing_id"]


def test_places_of_a_regular_expression_are_parameters() -> None:
    compare = Address(r"admin/pages/^(\d+)/revisions/compare/(live|earliest|\d+)\.\.\.(live|latest|\d+)/$", "", "")
    assert compare.parameters() == ["1", "2", "3"]
    assert Address(r"^((?:[\w\-]+/)*)$", "", "").parameters() == ["1"]
