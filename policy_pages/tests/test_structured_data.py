"""JSON-LD of the public pages, read by rdflib and held against the terms of schema.org."""

from __future__ import annotations

import datetime
import json
import re
from typing import TYPE_CHECKING, Any

from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SDO

from policy_pages.models import InterpretationPage
from policy_pages.tests.factories import make_document, make_guide, make_public
from policy_pages.tests.public_reading import read
from policy_pages.tests.test_public_lists import put_on_shelf

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Department

BASE = "http://127.0.0.1:8000"


def graph_of(html: str) -> Graph:
    """What a page says to machines. The context is schema.org's own vocabulary; nothing is fetched."""
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert len(blocks) == 1
    data = json.loads(blocks[0])
    assert data["@context"] == "https://schema.org"
    data["@context"] = {"@vocab": "https://schema.org/", "url": {"@type": "@id"}, "item": {"@type": "@id"}}
    return Graph().parse(data=json.dumps(data), format="json-ld")


def unknown_terms(graph: Graph) -> set[str]:
    """Properties and types that schema.org does not have."""
    named = {str(p) for p in graph.predicates() if p != RDF.type} | {str(o) for o in graph.objects(None, RDF.type)}
    names = {term.removeprefix(str(SDO)) for term in named}
    # `query-input` is Google's extension of an action, in every guide to a search box.
    return {name for name in names if name not in SDO} - {"query-input"}


def value(graph: Graph, path: str, name: str) -> Any:
    found = graph.value(URIRef(BASE + path), SDO[name])
    return None if found is None else str(found)


def test_a_term_that_is_none_is_found() -> None:
    graph = Graph().parse(
        data='{"@context": {"@vocab": "https://schema.org/"}, "@type": "Legislation", "legislationNumber": "1"}',
        format="json-ld",
    )
    assert unknown_terms(graph) == {"legislationNumber"}


def test_a_document_is_legislation_with_what_its_header_says(client: Client, kjj: Department) -> None:
    document = make_public(
        make_document(
            kjj,
            title="高新技术企业培育办法",
            doc_number="锡科规〔2026〕3号",
            issuing_body="无锡市科学技术局",
            written_on=datetime.date(2026, 11, 20),
            effective_on=datetime.date(2026, 12, 1),
            expires_on=datetime.date(2031, 11, 30),
            genre="notice",
        )
    )
    path = f"/policies/kjj/{document.slug}/"
    graph = graph_of(read(client, document))
    assert unknown_terms(graph) == set()
    assert graph.value(URIRef(BASE + path), RDF.type) == SDO.Legislation
    assert value(graph, path, "name") == "高新技术企业培育办法"
    assert value(graph, path, "legislationIdentifier") == "锡科规〔2026〕3号"
    assert value(graph, path, "legislationDate") == "2026-11-20"
    assert value(graph, path, "temporalCoverage") == "2026-12-01/2031-11-30"
    assert value(graph, path, "legislationType") == "通知"
    assert value(graph, path, "legislationLegalForce") == "https://schema.org/InForce"
    trail = sorted(
        (str(graph.value(item, SDO.position)), str(graph.value(item, SDO.name)))
        for item in graph.subjects(RDF.type, SDO.ListItem)
    )
    assert [name for _place, name in trail] == ["首页", "政策库", kjj.short_name, "高新技术企业培育办法"]


def test_a_document_past_its_last_day_is_not_in_force(client: Client, kjj: Department) -> None:
    document = make_public(make_document(kjj, expires_on=datetime.date(2026, 11, 24)))
    graph = graph_of(read(client, document))
    path = f"/policies/kjj/{document.slug}/"
    assert value(graph, path, "legislationLegalForce") == "https://schema.org/NotInForce"


def test_a_guide_is_a_service_of_the_government(client: Client, kjj: Department) -> None:
    guide = make_public(
        make_guide(kjj, title="研发后补助", service_object="本市企业法人", apply_url="https://example.com/ask")
    )
    path = f"/policies/kjj/{guide.slug}/"
    graph = graph_of(read(client, guide))
    assert unknown_terms(graph) == set()
    assert graph.value(URIRef(BASE + path), RDF.type) == SDO.GovernmentService
    phones = {str(phone) for phone in graph.objects(None, SDO.telephone)}
    assert phones == {row.value["number"] for row in guide.hotlines}
    assert {str(url) for url in graph.objects(None, SDO.serviceUrl)} == {"https://example.com/ask"}
    assert {str(who) for who in graph.objects(None, SDO.audienceType)} == {"本市企业法人"}


def test_an_interpretation_is_an_article(client: Client, kjj: Department) -> None:
    interpretation = put_on_shelf(kjj, InterpretationPage(title="一文读懂"))
    graph = graph_of(read(client, interpretation))
    assert unknown_terms(graph) == set()
    path = f"/policies/kjj/{interpretation.slug}/"
    assert value(graph, path, "headline") == "一文读懂"
    assert value(graph, path, "datePublished").endswith("+08:00")


def test_the_home_page_names_its_search(client: Client, kjj: Department) -> None:
    graph = graph_of(client.get("/").content.decode())
    assert unknown_terms(graph) == set()
    assert {str(url) for url in graph.objects(None, SDO.urlTemplate)} == {f"{BASE}/search/?q={{query}}"}


def test_no_title_ends_the_data_block(client: Client, kjj: Department) -> None:
    document = make_public(make_document(kjj, title="</script><b>&办法"))
    graph = graph_of(read(client, document))
    assert value(graph, f"/policies/kjj/{document.slug}/", "name") == "</script><b>&办法"
