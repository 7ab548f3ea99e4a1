"""The attachment's upload form: what it says it is must be what it is, and nothing in it may run.

Nothing is unpacked or decoded here: lists of contents and first bytes are read, so a bomb costs what its list costs.
"""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.documents.forms import BaseDocumentForm

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

ARCHIVE = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
#: First bytes of what an extension promises; a disguised file is told from these. Plain text has none.
SIGNATURES: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "ofd": (ARCHIVE,),
    "docx": (ARCHIVE,),
    "xlsx": (ARCHIVE,),
    "zip": (ARCHIVE, b"PK\x05\x06"),
    "doc": (OLD_OFFICE,),
    "wps": (OLD_OFFICE, ARCHIVE),
    "xls": (OLD_OFFICE,),
    "et": (OLD_OFFICE, ARCHIVE),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
}
#: What a packed kind must hold; else it is another kind renamed.
ROOTS = {"docx": "word/", "xlsx": "xl/", "ofd": "OFD.xml"}
#: Kinds inside a packed file that a reader's double click would run, or open in a browser with scripts.
_RUNNABLE_KINDS = """app apk bat chm cmd com cpl dll docm dotm exe gadget hta htm html inf iso jar js jse lnk mht
    mhtml msc msi msp ocx php pif pptm ps1 py reg scf scr sh svg svgz sys url vb vbe vbs wsf wsh xhtml xlsm xltm"""
RUNNABLE = frozenset(_RUNNABLE_KINDS.split())
#: Office keeps drawings as SVG inside its own files; there they run nothing.
DRAWINGS = frozenset({"svg"})
PACKED = frozenset({"zip", "rar", "7z", "gz", "tgz", "bz2", "xz", "tar", "cab"})
#: Characters of a file's name. File systems take 255 bytes, three for each Chinese character.
NAME_LIMIT = 80
#: A packed file that unpacks to more than this (bytes), or holds more entries, is refused unread.
UNPACKED_LIMIT = 500 * 1024 * 1024
ENTRIES_LIMIT = 2000
#: Pixels; a reader's machine needs four bytes for each, however small the file is.
PIXEL_LIMIT = 100_000_000
#: Headers of a JPEG before its frame; a file of nothing but headers is not read to its end.
MARKERS_LIMIT = 1000
#: Kinds whose text may not hold a NUL byte unless it starts with a mark of UTF-16.
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


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
        extension = _checked_extension(upload.name)
        head = upload.read(8192)
        upload.seek(0)
        if not head:
            raise ValidationError(_("文件是空的，请检查后重新上传。"))
        if not _is_of_kind(extension, head):
            raise ValidationError(
                _("文件内容与扩展名“.%(extension)s”不符，请用原来的软件打开并另存后再上传。") % {"extension": extension}
            )
        if head.startswith((ARCHIVE, b"PK\x05\x06")):
            _check_archive(upload, extension)
        if extension in {"png", "jpg", "jpeg"}:
            _check_picture(upload)
        return upload


def _checked_extension(name: str) -> str:
    """The extension in lower case. Raises ValidationError for a name that cannot be kept, or a kind that is not taken."""
    path = PurePath(name)
    extension = path.suffix[1:].lower()
    if not extension or not re.search(r"\w", path.stem):
        raise ValidationError(_("文件名要有文字和扩展名，请把文件改名，例如“申请表.pdf”，再上传。"))
    if len(name) > NAME_LIMIT:
        raise ValidationError(_("文件名太长，请缩短到 %(limit)s 个字以内再上传。") % {"limit": NAME_LIMIT})
    if extension not in settings.WAGTAILDOCS_EXTENSIONS:
        allowed = "、".join(settings.WAGTAILDOCS_EXTENSIONS)
        raise ValidationError(
            _("不能上传“.%(extension)s”文件。请另存为下列格式之一再上传：%(allowed)s。")
            % {"extension": extension[:20], "allowed": allowed}
        )
    return extension


def _is_of_kind(extension: str, head: bytes) -> bool:
    if extension in SIGNATURES:
        return head.startswith(SIGNATURES[extension])
    return head.startswith(UTF16_MARKS) or b"\0" not in head


def _check_archive(upload: UploadedFile, extension: str) -> None:
    """Raise ValidationError for a packed file that is broken, too large, another kind, or holds what could run."""
    try:
        with zipfile.ZipFile(upload) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError) as error:
        raise ValidationError(_("文件已损坏，无法打开，请检查后重新上传。")) from error
    finally:
        upload.seek(0)
    if sum(entry.file_size for entry in entries) > UNPACKED_LIMIT or len(entries) > ENTRIES_LIMIT:
        raise ValidationError(_("文件解压后过大，请拆分后上传。"))
    if extension in ROOTS and not any(entry.filename.startswith(ROOTS[extension]) for entry in entries):
        raise ValidationError(
            _("文件内容与扩展名“.%(extension)s”不符，请用原来的软件打开并另存后再上传。") % {"extension": extension}
        )
    for entry in entries:
        name = _entry_name(entry)
        fault = _entry_fault(name, extension, is_locked=bool(entry.flag_bits & 1), is_folder=entry.is_dir())
        if fault:
            raise ValidationError(fault % {"name": name[:100]})


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """The name as its author saw it: Windows in China packs names in GBK without saying so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _entry_fault(name: str, extension: str, *, is_locked: bool, is_folder: bool) -> Any:
    """A sentence with `%(name)s` about an entry that must not reach a reader; None when it may."""
    parts = PurePath(name.replace("\\", "/")).parts
    suffix = PurePath(parts[-1].rstrip(". ")).suffix[1:].lower() if parts and not is_folder else ""
    if is_locked:
        return _("文件中的“%(name)s”加了密，读者和审核人都打不开，请去掉密码后再上传。")
    if ".." in parts or name.startswith(("/", "\\")) or ":" in name:
        return _("文件中的“%(name)s”路径异常，请重新打包后再上传。")
    runnable = RUNNABLE if extension == "zip" else RUNNABLE - DRAWINGS
    if suffix in runnable or "vbaproject.bin" in name.lower():
        return _("文件中含有可运行的内容“%(name)s”，请去掉程序、网页或宏以后再上传。")
    if suffix in PACKED:
        return _("压缩包中还有压缩包“%(name)s”，请解开后重新打包，或分别上传。")
    return None


def _check_picture(upload: UploadedFile) -> None:
    try:
        width, height = _png_size(upload) if upload.read(1) == b"\x89" else _jpeg_size(upload)
    except struct.error as error:
        raise ValidationError(_("文件已损坏，无法打开，请检查后重新上传。")) from error
    finally:
        upload.seek(0)
    if width * height > PIXEL_LIMIT:
        raise ValidationError(
            _("图片有 %(width)s×%(height)s 像素，读者的电脑打不开，请缩小后再上传。")
            % {"width": width, "height": height}
        )


def _png_size(upload: UploadedFile) -> tuple[int, int]:
    """Width and height from a PNG's first chunk; struct.error when it is cut off."""
    upload.seek(16)
    return struct.unpack(">II", upload.read(8))


def _jpeg_size(upload: UploadedFile) -> tuple[int, int]:
    """Width and height from a JPEG's frame header; struct.error when it has none. Reads headers only."""
    upload.seek(2)
    for _marker in range(MARKERS_LIMIT):
        mark, code = struct.unpack(">BB", upload.read(2))
        if mark != 0xFF:
            raise struct.error("not a marker")
        if code == 0xFF:  # filling
            upload.seek(-1, 1)
            continue
        (length,) = struct.unpack(">H", upload.read(2))
        if 0xC0 <= code <= 0xCF and code not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">xHH", upload.read(5))
            return width, height
        upload.seek(max(length, 2) - 2, 1)
    raise struct.error("no frame header")
