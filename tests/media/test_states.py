"""Files follow the pages that use them, in the same transaction; images are nobody's (issue 3 item 6, P6)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.db import transaction
from django.test import Client
from wagtail.images.models import Image

from accounts.models import User
from accounts.tests.conftest import ACCOUNTS
from policy_pages.enums import ChangeKind, DocumentStatus
from policy_pages.models import PolicyDocumentPage
from policy_pages.tests import factories as f
from tests.media.bytes_of import png
from tests.media.world import carrying, rows

if TYPE_CHECKING:
    from accounts.models import Department
    from policy_pages.models import PolicyFile


def is_open(file: PolicyFile) -> bool:
    """Whether a stranger gets it."""
    response = Client().get(file.url)
    if response.streaming:
        assert b"".join(response.streaming_content).startswith(b"%PDF-1.4")
    return response.status_code == 200


def text(*files: PolicyFile) -> list[tuple[str, Any]]:
    """The text of a document with files."""
    article = ("article", {"number": "第一条", "text": "<p>正文</p>"})
    return [article, *(("attachments", [{"file": file, "label": ""}]) for file in files)]


def test_the_first_publication_opens_and_a_version_without_the_file_closes(kjj: Department) -> None:
    file, second = f.make_file(kjj), f.make_file(kjj, b"%PDF-1.4 second")
    page = f.hand_in(carrying(kjj, file))
    assert not is_open(file), "submitted"
    page = f.act(page, "kjj-review")
    assert not is_open(file), "after one of two steps"
    page = f.act(page, "spj-moder", **f.classification())
    assert is_open(file)
    page = f.save_draft(page, materials=rows(second), change_note="换表")
    assert (is_open(file), is_open(second)) == (True, False), "a draft moves nothing"
    page = f.make_public(page)
    assert (is_open(file), is_open(second)) == (False, True)
    f.make_public(f.save_draft(page, materials=rows(file, second), change_note="两张表"))
    assert (is_open(file), is_open(second)) == (True, True), "carried again, open again"


def test_a_repeal_that_drops_the_file_closes_it_and_one_that_keeps_it_does_not(kjj: Department) -> None:
    kept, dropped = f.make_file(kjj, b"%PDF-1.4 kept"), f.make_file(kjj, b"%PDF-1.4 dropped")
    page = f.make_public(f.make_document(kjj, body=text(kept, dropped)))
    assert is_open(kept)
    assert is_open(dropped)
    change = f.make_change(kjj, kind=ChangeKind.REPEALED, title=page.title, evidence="废止通知")
    facts = {
        "document_status": DocumentStatus.REPEALED,
        "repealed_on": change.trigger_date,
        "repeal_reason": "被新文件代替",
    }
    draft = f.save_draft(page, body=text(kept), change=change, change_note="废止", **facts)
    assert is_open(dropped), "until the repeal is public"
    page = f.make_public(draft)
    assert page.live
    assert page.document_status == DocumentStatus.REPEALED
    assert (is_open(kept), is_open(dropped)) == (True, False)


def test_an_unpublication_closes_every_file_of_the_page(kjj: Department) -> None:
    """Only a superuser's command can do it; the files go with the page."""
    file = f.make_file(kjj)
    page = f.make_public(carrying(kjj, file))
    page.unpublish()
    assert not is_open(file)
    assert not page.published_files.filter(is_current=True).exists()


def test_a_file_of_two_pages_stays_open_until_the_last_lets_go(kjj: Department) -> None:
    file = f.make_file(kjj)
    one, two = (f.make_public(carrying(kjj, file, title)) for title in ("甲指南", "乙指南"))
    f.make_public(f.save_draft(one, materials=rows(), change_note="换表"))
    assert is_open(file), "the other page carries it"
    two.unpublish()
    assert not is_open(file)
    f.make_public(f.save_draft(fresh(two), change_note="恢复"))
    assert is_open(file)


def fresh(page: Any) -> Any:
    return type(page).objects.get(pk=page.pk)


def test_what_is_rolled_back_leaves_the_file_as_it_was(kjj: Department) -> None:
    """Opening and closing happen in the transaction of the publication, not after it."""
    file = f.make_file(kjj)
    page = f.act(f.hand_in(carrying(kjj, file)), "kjj-review")
    with pytest.raises(RuntimeError), transaction.atomic():
        f.act(page, "spj-moder", **f.classification())
        assert is_open(file), "inside"
        raise RuntimeError
    assert not is_open(file)
    page = f.act(page, "spj-moder", **f.classification())
    with pytest.raises(RuntimeError), transaction.atomic():
        page.unpublish()
        assert not is_open(file), "inside"
        raise RuntimeError
    assert is_open(file)


def test_a_page_deleted_from_the_database_takes_its_files_from_the_public(kjj: Department) -> None:
    """Behind Wagtail's back, e.g. by a superuser in a shell."""
    file = f.make_file(kjj, b"%PDF-1.4 x")
    page = f.make_public(f.make_document(kjj, body=text(file)))
    PolicyDocumentPage.objects.filter(pk=page.pk).update(live=False)
    assert not is_open(file)


# --- Images -----------------------------------------------------------------------------------------------------------


def make_image() -> Image:
    """What a superuser could upload: no role of ours can."""
    image = Image.objects.create(title="金丝雀图片", file=ImageFile(io.BytesIO(png()), name="canary.png"))
    image.file.close()
    return image


def image_addresses(image: Image) -> list[str]:
    stored = image.file.name
    smaller = ImageFile(io.BytesIO(png()), name="canary.max-2x2.png")
    rendition = image.renditions.create(filter_spec="max-2x2", focal_point_key="", width=2, height=2, file=smaller)
    rendition.file.close()
    name = stored.rpartition("/")[2]
    back = ["", "add/", "multiple/add/", "results/", "chooser/", "chooser/results/", f"chooser/chosen/{image.pk}/"]
    back += [f"{image.pk}/", f"{image.pk}/delete/", f"{image.pk}/generate_url/", f"{image.pk}/preview/max-2x2/"]
    back += [f"{image.pk}/generate_url/max-2x2/", f"usage/{image.pk}/", f"chooser/{image.pk}/select_format/"]
    front = [f"/media/{stored}", f"/media/{rendition.file.name}", image.file.url, rendition.url]
    front += [f"/images/signature/{image.pk}/max-2x2/{name}", f"/images/{image.pk}/", f"/original_images/{name}"]
    bulk = [f"/admin/bulk/wagtailimages/image/{action}/?id={image.pk}" for action in ("delete", "add_tags")]
    api = [f"/api/v2/images/{image.pk}/", f"/admin/api/main/images/{image.pk}/", "/admin/api/main/images/"]
    return [*(f"/admin/images/{tail}" for tail in back), *front, *bulk, *api]


def test_no_role_adds_sees_or_fetches_an_image(kjj: Department, login: Any, client: Client) -> None:
    image = make_image()
    addresses = image_addresses(image)
    bytes_of_it = png()
    seen = []
    for who, reader in {"stranger": client, **{code: login(code) for code in ACCOUNTS}}.items():
        reader.raise_request_exception = False
        for address in addresses:
            response = reader.get(address, follow=True)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            if bytes_of_it in body or b"canary" in body or "金丝雀" in body.decode(errors="ignore"):
                seen.append((who, address))
            if response.status_code >= 500:
                seen.append((who, address, response.status_code))
        up = {"title": "新图", "collection": kjj.collection_id, "image-chooser-upload-title": "新图"}
        for tail, field in (
            ("add/", "file"),
            ("chooser/create/", "image-chooser-upload-file"),
            ("multiple/add/", "files[]"),
        ):
            data = {**up, field: ContentFile(png(), name="new.png")}
            reader.post(f"/admin/images/{tail}", data, headers={"x-requested-with": "XMLHttpRequest"})
    assert seen == []
    assert list(Image.objects.all()) == [image]


def test_power_the_superuser_finds_the_image_in_the_back_office_and_not_in_public(db: None) -> None:
    User.objects.create_superuser("root", password=f.PASSWORD)
    root = Client()
    root.force_login(f.user("root"))
    image = make_image()
    assert "金丝雀图片" in root.get(f"/admin/images/usage/{image.pk}/").content.decode()
    for address in image_addresses(image):
        if not address.startswith("/admin/"):
            assert root.get(address).status_code == 404, address
