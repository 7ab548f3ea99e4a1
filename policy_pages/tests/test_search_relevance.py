"""Real documents and real judgments: do the right pages come first, and is nothing that contains a text missed?"""

import json
import math
import random
import re

import pytest
from django.conf import settings

from policy_pages.models import PolicyDocumentPage
from policy_pages.search.queries import search_pages
from policy_pages.search.rules import normalise
from policy_pages.tests.factories import make_department
from policy_pages.tests.search_world import add_document

DATA = settings.BASE_DIR.parent / "shared" / "data"
TEXT_FIELDS = (
    *("region", "body", "digest", "conditions", "materials", "steps", "responsible_office", "topics", "time_limit"),
)
#: What the prototype's best way (any bigram by BM25, no vocabulary) reached on the same judgments.
NDCG_FLOOR = 0.86


def load(name):
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


def text_of(value):
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value or "")


def ndcg(found, relevant, depth=10):
    gains = [1 / math.log2(place + 2) for place in range(depth)]
    best = sum(gains[: len(relevant)])
    return sum(gain for gain, key in zip(gains, found, strict=False) if key in relevant) / best


def substrings(documents, number):
    """Pieces of two to eight characters of runs in titles and texts."""
    dice = random.Random(20240601)
    for _ in range(number):
        document = dice.choice(documents)
        runs = re.findall(r"[一-鿿]{2,}", dice.choice([document["title"], text_of(document["body"])]) or "企业")
        run = dice.choice(runs or ["企业"])
        length = min(len(run), dice.randint(2, 8))
        start = dice.randint(0, len(run) - length)
        yield run[start : start + length]


@pytest.fixture
def documents():
    if not DATA.is_dir():
        pytest.skip(f"the shared documents and judgments are not here: {DATA}")
    department = make_department()
    documents = load("policies.jsonl")
    for document in documents:
        texts = [text_of(document[field]) for field in TEXT_FIELDS]
        page = add_document(
            department,
            document["title"],
            *(line for text in texts for line in text.splitlines()),
            doc_number=document["document_number"] or "",
            issuing_body=document["issuing_organ"] or "",
            source_id=document["id"],
        )
        document["pk"] = page.pk
        document["searched"] = normalise(
            "\n".join([page.title, page.doc_number, page.issuing_body, page.search_text]),
        )
    return documents


@pytest.mark.slow
@pytest.mark.django_db
def test_relevance_and_recall_on_real_documents(documents):
    pages = PolicyDocumentPage.objects.live()
    source_ids = {document["pk"]: document["id"] for document in documents}

    by_type = {}
    for query in load("queries.jsonl"):
        found = [source_ids[key] for key in search_pages(pages, query["text"]).pks]
        by_type.setdefault(query["type"], []).append(ndcg(found, set(query["relevant"])))
    scores = [score for scores in by_type.values() for score in scores]
    means = {kind: round(sum(scores) / len(scores), 3) for kind, scores in by_type.items()}
    print("nDCG@10", round(sum(scores) / len(scores), 3), means)
    assert sum(scores) / len(scores) >= NDCG_FLOOR, means
    assert means["number"] == 1

    for text in substrings(documents, 200):
        truth = {document["pk"] for document in documents if normalise(text) in document["searched"]}
        assert set(pages.search(text).get_queryset().values_list("pk", flat=True)) == truth, text
        assert truth <= set(search_pages(pages, text).pks), text
