"""Small files of every kind, good and bad, made in code: the repository holds no binary."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from policy_pages.demo.files import make_file

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
HTML = b"<!doctype html><html><script>alert(document.domain)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
XHTML = b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>'
XML_BOMB = b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><z>&b;</z>'
MHT = (
    b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n"
    + HTML
)
EXE = b"MZ\x90\x00\x03" + b"\0" * 59 + b"PE\0\0"
ELF = b"\x7fELF\x02\x01\x01" + b"\0" * 9
RTF = rb"{\rtf1\ansi hello}"
GIF_SCRIPT = b"GIF89a/*\x00\x00*/=1;alert(document.domain)"
SHELL = b"#!/bin/sh\nrm -rf /\n"
PHP = b"<?php system($_GET['c']); ?>"


def packed(entries: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these entries."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return stream.getvalue()


def patched(data: bytes, offset: int, value: bytes) -> bytes:
    """The archive with bytes of every central directory record overwritten at an offset of the record."""
    out = bytearray(data)
    start = out.find(b"PK\x01\x02")
    while start >= 0:
        out[start + offset : start + offset + len(value)] = value
        start = out.find(b"PK\x01\x02", start + 46)
    return bytes(out)


def claiming(entries: dict[str, bytes], size: int) -> bytes:
    """An archive whose every entry claims to unpack to `size` bytes (below 4 GB)."""
    return patched(packed(entries), 24, struct.pack("<I", size))


def locked(entries: dict[str, bytes]) -> bytes:
    """An archive whose entries say that they are encrypted."""
    return patched(packed(entries), 8, struct.pack("<H", 1))


def overlapping(count: int, size: int) -> bytes:
    """A bomb: `count` entries of the directory that all unpack the same `size` zero bytes."""
    one = packed({"0.txt": b"\0" * size})
    start = one.find(b"PK\x01\x02")
    end = one.find(b"PK\x05\x06")
    directory = one[start:end] * count
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    return one[:start] + directory + tail


def nested(depth: int) -> bytes:
    """An archive in an archive in an archive."""
    data = packed({"a.txt": b"x"})
    for _ in range(depth):
        data = packed({"inner.zip": data})
    return data


def docx(**more: bytes) -> bytes:
    """A Word file, with further entries (names with `__` for `/` and `_dot_` for `.`)."""
    return _with(make_file("docx", "申请表", [("企业名称", "")]), more)


def xlsx(**more: bytes) -> bytes:
    return _with(make_file("xlsx", "申请表", [("企业名称", "")]), more)


def pdf() -> bytes:
    return make_file("pdf", "申请表", [("企业名称", "")])


def ofd(**more: bytes) -> bytes:
    root = b'<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" Version="1.0"/>'
    return _with(packed({"OFD.xml": root, "Doc_0/Document.xml": b"<x/>"}), more)


def _with(data: bytes, more: dict[str, bytes]) -> bytes:
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in more.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return stream.getvalue()


def png(width: int = 2, height: int = 2) -> bytes:
    """A grey picture that says to be so large; only its first row is there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    row = zlib.compress((b"\0" + b"\x80" * min(width, 4096)) * min(height, 16))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", row) + chunk(b"IEND", b"")


def jpeg(width: int = 2, height: int = 2) -> bytes:
    """The headers of a JPEG of this size."""
    app = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + app + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"


#: One good file of every kind that may be uploaded.
GOOD: dict[str, bytes] = {
    "pdf": pdf(),
    "ofd": ofd(),
    "doc": OLD_OFFICE,
    "docx": docx(),
    "wps": OLD_OFFICE,
    "xls": OLD_OFFICE,
    "xlsx": xlsx(),
    "et": OLD_OFFICE,
    "jpg": jpeg(),
    "jpeg": jpeg(),
    "png": png(),
    "txt": "附件说明：一式两份。\r\n".encode(),
    "zip": packed({"申请表.docx": docx(), "附件/说明.txt": b"x"}),
}
