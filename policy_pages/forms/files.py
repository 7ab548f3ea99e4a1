"""The attachment's upload form: what it says it is must be what it is."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.documents.forms import BaseDocumentForm

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

#: First bytes of what an extension promises; a disguised file is told from these.
SIGNATURES: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "ofd": (b"PK\x03\x04",),
    "docx": (b"PK\x03\x04",),
    "xlsx": (b"PK\x03\x04",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "doc": (b"\xd0\xcf\x11\xe0",),
    "wps": (b"\xd0\xcf\x11\xe0", b"PK\x03\x04"),
    "xls": (b"\xd0\xcf\x11\xe0",),
    "et": (b"\xd0\xcf\x11\xe0", b"PK\x03\x04"),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
}
#: A packed file that unpacks to more than this (bytes) is refused unread.
UNPACKED_LIMIT = 500 * 1024 * 1024


class PolicyFileForm(BaseDocumentForm):
    """Upload form: type, size and content must agree; a published file is not replaced."""

    def clean(self) -> dict[str, Any]:
        """A public file, or one under review, keeps its title too: the title is public text."""
        cleaned = super().clean()
        if self.instance.pk and self.changed_data and self.instance.is_frozen():
            raise ValidationError(_("这个附件已公开或正在审核，不能更改。请另传一个新附件，再在正文中换用。"))
        return cleaned

    def clean_file(self) -> UploadedFile:
        """The upload, or a sentence that says what to do."""
        upload = self.cleaned_data["file"]
        if "file" not in self.changed_data:
            return upload
        extension = upload.name.rpartition(".")[2].lower()
        head = upload.read(8)
        upload.seek(0)
        if not head:
            raise ValidationError(_("文件是空的，请检查后重新上传。"))
        expected = SIGNATURES.get(extension)
        if expected and not head.startswith(expected):
            raise ValidationError(
                _("文件内容与扩展名“.%(extension)s”不符，请用原来的软件打开并另存后再上传。") % {"extension": extension}
            )
        if head.startswith(b"PK\x03\x04"):
            self._check_archive(upload)
        return upload

    @staticmethod
    def _check_archive(upload: UploadedFile) -> None:
        try:
            with zipfile.ZipFile(upload) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
        except zipfile.BadZipFile as error:
            raise ValidationError(_("文件已损坏，无法打开，请检查后重新上传。")) from error
        finally:
            upload.seek(0)
        if unpacked > UNPACKED_LIMIT:
            raise ValidationError(_("文件解压后过大，请拆分后上传。"))
