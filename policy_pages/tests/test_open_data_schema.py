"""The description is true: every answer keeps its published schema, every address is described, every description answers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema.exceptions import ValidationError
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from policy_pages.models import ApplicationGuidePage
from policy_pages.open_data.schemas import COMPONENTS, SCHEMAS
from policy_pages.open_data.views import SETS
from policy_pages.tests import factories as f
from policy_pages.tests.open_data_world import Judge, classify_with_terms, make_city
from policy_pages.tests.test_public_lists import put_on_shelf, shelve_guide
from policy_pages.urls import urlpatterns
from tests.scenes import scene

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db


def test_every_answer_keeps_its_published_schema(client: Client, kjj: Department, gxj: Department) -> None:
    city = scene("open data city", lambda: make_city(kjj, gxj))
    classify_with_terms(city["guide"])
    gone = f.make_public(f.make_document(gxj, title="撤下的", is_stock=True))
    gone.unpublish()
    f.make_public(f.make_guide(gxj, title="要素待补", is_stock=True, hotlines=[], promised_limit=None))
    assert Judge(client).judge_all() == 6
    assert client.get("/open-data/removed.json").json()["total"] == 1


def test_the_schemas_are_closed_so_that_an_undescribed_fact_is_found(
    client: Client, kjj: Department, gxj: Department
) -> None:
    """Power check: one fact more, one less, one of another kind."""
    city = scene("open data city", lambda: make_city(kjj, gxj))
    judge = Judge(client)
    told = client.get(f"/open-data/policies/kjj/{city['guide'].slug}.json").json()
    step = told["guide"]["elements"]["steps"][0]
    for change in ({"secret": 1}, {"name": None}, {"kind": {"code": "x", "name": "x"}}):
        kept, changed = dict(step), {**step, **change}
        step.clear()
        step.update(changed)
        with pytest.raises(ValidationError):
            judge.validator("item").validate(told)
        step.clear()
        step.update(kept)
    del told["license"]
    with pytest.raises(ValidationError):
        judge.validator("item").validate(told)


def test_every_schema_stands_on_its_own_and_names_its_address(client: Client) -> None:
    for name in SCHEMAS:
        schema = client.get(f"/open-data/schema/{name}.json").json()
        assert schema["$id"] == f"http://127.0.0.1:8000/open-data/schema/{name}.json"
        referred = set(re.findall(r'"\$ref": "#/\$defs/(\w+)"', json.dumps(schema)))
        assert referred == set(schema["$defs"])
        assert "#/components/" not in json.dumps(schema)


def test_every_component_is_of_use() -> None:
    used = set(re.findall(r"#/components/schemas/(\w+)", str(COMPONENTS))) | set(SCHEMAS.values())
    assert used == set(COMPONENTS)


# --- OpenAPI --------------------------------------------------------------------------------------------------


@pytest.fixture
def description(client: Client) -> dict[str, Any]:
    return client.get("/open-data/openapi.json").json()


def test_the_description_is_valid(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1")
    validate(description, cls=OpenAPIV31SpecValidator)


def routes() -> set[str]:
    """Every address of the open data and the feeds, as a description writes it; the sets one by one."""
    found = set()
    for pattern in urlpatterns:
        route = str(pattern.pattern)
        if route.startswith("open-data/") or route.endswith(".atom"):
            found.add("/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route))
    assert "/open-data/{name}.{form}" in found
    return found - {"/open-data/{name}.{form}"} | {f"/open-data/{name}.{form}" for name, form in SETS}


def test_every_address_is_described_and_nothing_else(description: dict[str, Any]) -> None:
    assert set(description["paths"]) == routes()


def test_every_described_address_answers_as_described(
    client: Client, description: dict[str, Any], kjj: Department, gxj: Department
) -> None:
    city = scene("open data city", lambda: make_city(kjj, gxj))
    places = {"department": "kjj", "slug": city["guide"].slug, "name": "item"}
    for path, methods in description["paths"].items():
        places["code"] = "kjj" if path.startswith("/departments/") else "category-01"
        answer = client.get(path.format(**places))
        assert answer.status_code == 200, path
        described = methods["get"]["responses"]
        assert list(described["200"]["content"]) == [answer["Content-Type"].partition(";")[0]]
        for status, query in (("400", "window=x" if "removed" not in path else "updated_since=x"), ("404", "")):
            wrong = path.format(department="nobody", slug="x", name="nothing", code="nobody")
            if status in described:
                fault = client.get(f"{wrong}?{query}" if query else wrong)
                assert str(fault.status_code) == status, path
                assert list(fault.json()) == ["error"]


def test_every_described_parameter_is_read_and_every_other_is_not(
    client: Client, description: dict[str, Any], kjj: Department
) -> None:
    known = {**description["components"]["parameters"]}
    values = {"type": "guide", "window": "open", "category": "category-01", "department": "kjj"}
    values |= {"updated_since": "2026-11-01", "page_size": "2", "cursor": "1-1", "q": "x", "limit": "1"}
    for path, methods in description["paths"].items():
        if "{" in path:
            continue
        parameters = [
            known.get(one.get("$ref", "").rpartition("/")[2], one) for one in methods["get"].get("parameters", [])
        ]
        names = {one["name"] for one in parameters}
        for name, value in values.items():
            answer = client.get(path, {name: value})
            assert answer.status_code == (200 if name in names else 301), (path, name)


def test_every_filter_of_the_lists_is_described_and_narrows_the_data(client: Client, kjj: Department) -> None:
    """`/guides/` is narrowed by route and theme; so are its twins, and their description says so."""
    told = client.get("/open-data/openapi.json").json()
    asked = told["paths"]["/open-data/policies.json"]["get"]["parameters"]
    names = {told["components"]["parameters"][one["$ref"].rpartition("/")[2]]["name"] for one in asked}
    assert names == {
        *("type", "window", "route", "category", "department", "term", "updated_since"),
        *("industry", "scale", "stage", "qualification", "region", "year", "amount", "q"),
        *("page_size", "cursor"),
    }
    simple = shelve_guide(kjj, "简易的", -1, 9)
    put_on_shelf(kjj, ApplicationGuidePage(title="复杂的", window_type="year_round"), route="complex")
    found = client.get("/open-data/policies.json?route=simple").json()["items"]
    assert [one["id"] for one in found] == [simple.pk]
