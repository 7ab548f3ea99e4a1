"""Pages as machines read them: schema.org in JSON-LD. Says nothing that the page does not say to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from policy_pages.addresses import absolute
from policy_pages.enums import DocumentStatus
from policy_pages.models import ApplicationGuidePage, InterpretationPage, PolicyDocumentPage

if TYPE_CHECKING:
    import datetime

    from accounts.models import Department
    from policy_pages.models import PolicyPage

Facts = dict[str, Any]

CONTEXT = "https://schema.org"
LANGUAGE = "zh-Hans"
#: legislationLegalForce of schema.org; a status that nobody stated is not told.
LEGAL_FORCE: dict[str, str] = {
    DocumentStatus.IN_FORCE: "InForce",
    DocumentStatus.AMENDED: "InForce",
    DocumentStatus.REPEALED: "NotInForce",
    DocumentStatus.EXPIRED: "NotInForce",
}


def page_data(page: PolicyPage, path: str) -> Facts:
    """A policy page at an address of the site (`path` begins with `/`), with the way to it from the home page."""
    makers = {
        PolicyDocumentPage: legislation,
        ApplicationGuidePage: service,
        InterpretationPage: article,
    }
    facts = makers[type(page)](page)
    return {
        "@context": CONTEXT,
        "@graph": [{"@id": absolute(path), "url": absolute(path), **facts}, _trail(page, path)],
    }


def site_data(name: str) -> Facts:
    """The site with its search, for the home page."""
    target = {"@type": "EntryPoint", "urlTemplate": absolute("/search/?q={query}")}
    action = {"@type": "SearchAction", "target": target, "query-input": "required name=query"}
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "@id": absolute("/"),
        "url": absolute("/"),
        "name": name,
        "inLanguage": LANGUAGE,
        "potentialAction": action,
    }


def legislation(document: PolicyDocumentPage) -> Facts:
    """A policy document."""
    force = LEGAL_FORCE.get(document.document_status)
    if document.is_ended:
        force = "NotInForce"
    return _said(
        {
            "@type": "Legislation",
            **_common(document),
            "legislationIdentifier": document.doc_number,
            "legislationType": document.get_genre_display(),
            "legislationDate": _day(document.written_on),
            "temporalCoverage": _span(document.effective_on, document.expires_on),
            "legislationPassedBy": _said({"@type": "Organization", "name": document.issuing_body}),
            "legislationResponsible": _organisation(document.department),
            "legislationLegalForce": f"https://schema.org/{force}" if force else None,
        }
    )


def service(guide: ApplicationGuidePage) -> Facts:
    """An application guide: a service of the government to companies."""
    phones = [row.value for row in guide.hotlines]
    channel = {
        "@type": "ServiceChannel",
        "serviceUrl": guide.apply_url,
        "servicePhone": [
            _said({"@type": "ContactPoint", "telephone": row["number"], "name": row["contact"]}) for row in phones
        ],
        "serviceLocation": _said({"@type": "Place", "address": guide.address}),
    }
    return _said(
        {
            "@type": "GovernmentService",
            **_common(guide),
            "serviceType": guide.support_mode,
            "serviceOperator": _organisation(guide.department),
            "audience": _said({"@type": "BusinessAudience", "audienceType": guide.service_object}),
            "availableChannel": _said(channel),
        }
    )


def article(interpretation: InterpretationPage) -> Facts:
    """An interpretation."""
    author = interpretation.author
    return _said(
        {
            "@type": "Article",
            "headline": interpretation.title,
            **_common(interpretation),
            "author": _said({"@type": "Organization", "name": author}) or _organisation(interpretation.department),
            "publisher": _organisation(interpretation.department),
        }
    )


def _common(page: PolicyPage) -> Facts:
    is_service = isinstance(page, ApplicationGuidePage)
    instants = {"datePublished": instant(page.first_published_at), "dateModified": instant(page.last_published_at)}
    language = {"inLanguage": LANGUAGE}
    return {"name": page.title, "description": page.summary, **({} if is_service else {**instants, **language})}


def _organisation(department: Department | None) -> Facts | None:
    if department is None:
        return None
    url = absolute(f"/policies/{department.code}/")
    return {"@type": "GovernmentOrganization", "name": department.name, "url": url}


def _trail(page: PolicyPage, path: str) -> Facts:
    department = page.department
    steps = [("首页", "/"), ("政策库", "/policies/")]
    steps += [(department.short_name, f"/policies/{department.code}/")] if department else []
    items = [
        {"@type": "ListItem", "position": place, "name": name, "item": absolute(address)}
        for place, (name, address) in enumerate([*steps, (page.title, path)], start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _said(facts: Facts) -> Facts:
    """What says something; empty where only the type would be left."""
    told = {name: value for name, value in facts.items() if value not in (None, "", [], {})}
    return told if set(told) - {"@type"} else {}


def _day(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None


def _span(first: datetime.date | None, last: datetime.date | None) -> str | None:
    """A span of days as ISO 8601 writes it, open at an end that nobody named."""
    return f"{_day(first) or '..'}/{_day(last) or '..'}" if first or last else None


def instant(at: datetime.datetime | None) -> str:
    """An instant for machines, to the second with its zone: HTML takes no microseconds. Empty for none."""
    return timezone.localtime(at, timezone.get_default_timezone()).isoformat(timespec="seconds") if at else ""
