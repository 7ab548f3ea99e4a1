"""Attachments: private until a published text carries exactly these bytes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument, Document


class PolicyFile(AbstractDocument):
    """A form, sample or attachment in a department's collection."""

    #: Of an object in an old version of a text: public no more, so named without a link (`versions.rebuilding`).
    is_of_earlier_version = False

    admin_form_fields: ClassVar[tuple[str, ...]] = tuple(name for name in Document.admin_form_fields if name != "tags")

    class Meta(AbstractDocument.Meta):
        verbose_name = _("附件")
        verbose_name_plural = _("附件")

    def clean(self) -> None:
        """Ask for the extension only of a file that is there: the form has told already what is wrong with the other."""
        if self.file:
            super().clean()

    def is_public(self) -> bool:
        """Whether a live page's published text carries this file, with these very bytes.

        Reads the bytes only when a live page carries it: a guess costs no reading, whatever lies there.
        """
        carried = PublishedFile.objects.filter(file=self, is_current=True, page__live=True)
        hashes = set(carried.values_list("sha256", flat=True))
        return bool(hashes) and self.sha256() in hashes

    def is_frozen(self) -> bool:
        """Whether the file may no longer be replaced or removed: published once, or handed in for review."""
        from policy_pages.services.publication import file_is_in_review

        return self.published.exists() or file_is_in_review(self.pk)

    def sha256(self) -> str:
        """Hash of the stored bytes, read from storage now (a replaced file is noticed)."""
        from policy_pages.services.publication import sha256_of_file

        return sha256_of_file(self.file)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse while frozen (PermissionDenied): a published form must stay readable with its version."""
        if self.is_frozen():
            raise PermissionDenied("附件已公开或正在审核，不能删除。")
        return super().delete(*args, **kwargs)


class PublishedFile(models.Model):
    """A file that a page's published text carried, with the hash of the bytes that were approved.

    `is_current` is set anew in the transaction that publishes, so that a file is public exactly as long as its text
    is; the row itself stays, because an earlier version stays evidence.
    """

    page = models.ForeignKey(
        "wagtailcore.Page", verbose_name=_("页面"), on_delete=models.CASCADE, related_name="published_files"
    )
    file = models.ForeignKey(PolicyFile, verbose_name=_("附件"), on_delete=models.PROTECT, related_name="published")
    sha256 = models.CharField(_("内容散列"), max_length=64)
    is_current = models.BooleanField(_("现在公开"), default=True)

    class Meta:
        verbose_name = _("已公开附件")
        verbose_name_plural = _("已公开附件")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["page", "file"], name="policy_pages_published_file_once"),)

    def __str__(self) -> str:
        return f"{self.page_id}: {self.file_id}"
