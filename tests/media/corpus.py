"""What people and attackers upload, and by hand for each whether it may be stored.

Where bytes cannot tell (a cut-off PDF, a page of HTML in a .txt) the file is stored: it is served so that it cannot run.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from tests.media import bytes_of as b

STORED, REFUSED = True, False


class Case(NamedTuple):
    """One upload and its expected end."""

    name: str
    data: bytes
    stored: bool


def _good() -> list[Case]:
    """Ordinary files of every kind, with the names that Chinese offices give."""
    names = [
        "企业研发投入后补助申请表（2026年）.{}",
        "附件1 资金申请报告 模板.{}",
        "“专精特新”认定——填报说明.{}",
        "SHENQINGBIAO-v2.0_final(1).{}",
        "关于印发《若干措施》的通知（锡科规〔2026〕1号）.{}",
    ]
    cases = [Case(name.format(kind), data, STORED) for name in names for kind, data in b.GOOD.items()]
    return cases + [Case(f"申请表.{kind.upper()}", data, STORED) for kind, data in b.GOOD.items()]


def _cut() -> list[Case]:
    """Truncated in the middle, cut to three bytes, and empty."""
    seen = {"ofd", "docx", "xlsx", "zip", "jpg", "jpeg"}  # their end or their frame is missing
    halves = [Case(f"半个.{kind}", data[: len(data) // 2], kind not in seen) for kind, data in b.GOOD.items()]
    heads = [Case(f"开头.{kind}", data[:3], kind == "txt") for kind, data in b.GOOD.items()]
    return halves + heads + [Case(f"空.{kind}", b"", REFUSED) for kind in b.GOOD]


def _disguised() -> list[Case]:
    """One kind under another's extension."""
    programs = [Case(f"程序.{kind}", b.EXE, REFUSED) for kind in b.GOOD]
    pages = [Case(f"网页.{kind}", b.HTML, kind == "txt") for kind in b.GOOD]
    drawings = [Case(f"矢量.{kind}", b.SVG, kind == "txt") for kind in b.GOOD]
    pdfs = [Case(f"PDF.{kind}", b.GOOD["pdf"], kind in {"pdf", "txt"}) for kind in b.GOOD]
    others = [
        Case("表格.docx", b.xlsx(), REFUSED),
        Case("文字.xlsx", b.docx(), REFUSED),
        Case("表格.ofd", b.xlsx(), REFUSED),
        Case("版式.docx", b.ofd(), REFUSED),
        Case("压缩.docx", b.GOOD["zip"], REFUSED),
        Case("压缩.ofd", b.GOOD["zip"], REFUSED),
        Case("文字.zip", b.docx(), STORED),  # a Word file is a zip
        Case("旧版.docx", b.OLD_OFFICE, REFUSED),
        Case("新版.doc", b.docx(), REFUSED),
        Case("新版.wps", b.docx(), STORED),  # newer WPS writes packed files
        Case("富文本.doc", b.RTF, REFUSED),
        Case("网页.xls", b"<table><tr><td>=1+1</td></tr></table>", REFUSED),
        Case("归档.doc", b.MHT, REFUSED),
        Case("动图.jpg", b.GIF_SCRIPT, REFUSED),
        Case("动图.png", b.GIF_SCRIPT, REFUSED),
        Case("动图.txt", b.GIF_SCRIPT, REFUSED),
        Case("照片.png", b.jpeg(), REFUSED),
        Case("截图.jpg", b.png(), REFUSED),
        Case("前面有网页.pdf", b"<html>" + b.pdf(), REFUSED),
        Case("后面有网页.pdf", b"%PDF-1.4\n" + b.HTML, STORED),
        Case("前面有动图.zip", b"GIF89a" + b.GOOD["zip"], REFUSED),
        Case("两用.pdf", b.pdf() + b.GOOD["zip"], STORED),
        Case("两用.zip", b.pdf() + b.GOOD["zip"], REFUSED),
        Case("程序.txt", b.ELF, REFUSED),
    ]
    return programs + pages + drawings + pdfs + others


def _forbidden() -> list[Case]:
    """Extensions that nobody needs here, each with bytes of its own kind."""
    markup = "html htm shtml xht hta wml asp aspx jsp cfm"
    scripts = "js mjs vbs vbe ps1 bat cmd sh py pl rb lua"
    programs = "exe com scr pif msi dll cpl jar apk dmg deb appx sys"
    media = "gif bmp webp ico tif mp4 swf wasm"
    offices = "docm dotm xlsm xltm ppt pptx rtf odt csv eml"
    packs = "rar 7z gz tar iso cab tgz"
    kinds = {**dict.fromkeys(markup.split(), b.HTML), **dict.fromkeys(scripts.split(), b.SHELL)}
    kinds |= {**dict.fromkeys(programs.split(), b.EXE), **dict.fromkeys(media.split(), b.GIF_SCRIPT)}
    kinds |= {**dict.fromkeys(offices.split(), b.docx()), **dict.fromkeys(packs.split(), b.GOOD["zip"])}
    kinds |= {"svg": b.SVG, "svgz": b.SVG, "xhtml": b.XHTML, "xml": b.XML_BOMB, "xsl": b.XML_BOMB, "rss": b.XML_BOMB}
    kinds |= {"mht": b.MHT, "mhtml": b.MHT, "php": b.PHP, "phtml": b.PHP, "php5": b.PHP, "lnk": b.EXE, "url": b.SHELL}
    kinds |= {"json": b"{}", "css": b"*{}", "htaccess": b"AddType text/html .pdf", "config": b.XML_BOMB}
    return [Case(f"附件.{kind}", data, REFUSED) for kind, data in kinds.items()]


def _names() -> list[Case]:
    """Names that deceive people, file systems, headers or templates. What is stored gets a harmless name."""
    pdf = b.GOOD["pdf"]
    refused = [
        ".htaccess",
        "web.config",
        ".pdf",
        "pdf",
        "申请表",
        "申请表.",
        "申请表.pdf.",
        "申请表.pdf.exe",
        "申请表.pdf.html",
        "申请表．pdf",  # full-width dots are no dots
        "申请表．exe",
        "申请表。pdf",
        "申请表.pdf．exe",
        "合同\u202efdp.exe",  # shows as 合同exe.pdf
        "合同\u202e\u202dfdp.svg",
        "申请表.pdf\x00.exe",
        "申请表.рdf",  # Cyrillic р
        "申请表.pdf::$DATA",
        "申请表.pdf;.html",
        "长" * 300 + ".pdf",
        "x" * 800 + ".pdf",  # Django itself answers a header above 1,024 bytes with 400
        "长" * 77 + ".pdf",
        "长" * 85 + ".pdf",  # Django would keep it whole, the file system would not: 259 bytes
        "..pdf",
        "...pdf",
        "????.pdf",
        "😀.pdf",
        "\u3000.pdf",
        "~.pdf",
    ]
    stored = [
        "申请表.exe.pdf",
        "申请表.php.pdf",
        "申请表.html.PDF",
        "合同\u202eexe.pdf",
        "申\u200b请\u2066表\ufeff.pdf",
        "申请表.exe\x00.pdf",
        "../../../etc/passwd.pdf",
        "..\\..\\windows\\system.pdf",
        "/etc/passwd.pdf",
        "C:\\Users\\张三\\申请表.pdf",
        "%2e%2e%2f%2e%2e%2fx.pdf",
        "....//....//x.pdf",
        "a%0d%0aSet-Cookie: x=1.pdf",
        "a%00b.pdf",
        "&#46;&#46;/x.pdf",
        "<img src=x onerror=alert(1)>.pdf",
        "x' onmouseover='alert(1).pdf",
        "{{ 7*7 }}{% debug %}.pdf",
        "%s%n%(title)s{0.__class__}.pdf",
        "$(id)`id`|id;id.pdf",
        "=cmd|' /C calc'!A0.pdf",
        "-rf.pdf",
        "CON.pdf",
        "NUL.pdf",
        "申请表 (副本) (副本).pdf",
        "ﬁle①Ⅳ㎡.pdf",
        "长" * 76 + ".pdf",
        "e\u0301te\u0301.pdf",
    ]
    return [Case(name, pdf, REFUSED) for name in refused] + [Case(name, pdf, STORED) for name in stored]


def _packed() -> list[Case]:
    """Archives: what they hold, what they claim, how deep they go."""
    runnable = "exe EXE com bat cmd js vbs ps1 hta html htm svg xhtml mht lnk msi dll scr jar php sh xlsm docm chm"
    inside = [Case(f"含{kind}.zip", b.packed({f"材料/打开我.{kind}": b.EXE}), REFUSED) for kind in runnable.split()]
    huge = 0xFFFFFFF0
    return [
        *inside,
        Case("尾点.zip", b.packed({"setup.exe.": b.EXE}), REFUSED),
        Case("尾空格.zip", b.packed({"setup.exe ": b.EXE}), REFUSED),
        Case("双扩展名.zip", b.packed({"申请表.pdf.exe": b.EXE}), REFUSED),
        Case("像程序的文件夹.zip", b.packed({"www.example.com/": b"", "www.example.com/说明.txt": b"x"}), STORED),
        Case("宏.docx", b.docx(word__vbaProject_dot_bin=b.OLD_OFFICE), REFUSED),
        Case("宏.xlsx", b.xlsx(xl__vbaProject_dot_bin=b.OLD_OFFICE), REFUSED),
        Case("嵌程序.docx", b.docx(word__embeddings__a_dot_exe=b.EXE), REFUSED),
        Case("嵌程序.xlsx", b.xlsx(xl__embeddings__a_dot_bat=b.SHELL), REFUSED),
        Case("嵌脚本.ofd", b.ofd(Doc_0__a_dot_js=b.SHELL), REFUSED),
        Case("嵌矢量图.docx", b.docx(word__media__image1_dot_svg=b.SVG), STORED),  # Office draws with it
        Case("嵌表格.docx", b.docx(word__embeddings__a_dot_xlsx=b.xlsx()), STORED),
        Case("外链.docx", b.docx(word__a_dot_xml=b.XML_BOMB), STORED),
        Case("套一层.zip", b.nested(1), REFUSED),
        Case("套三十层.zip", b.nested(30), REFUSED),
        Case("套rar.zip", b.packed({"a.rar": b"Rar!\x1a\x07\x00"}), REFUSED),
        Case("自称10GB.docx", b.claiming({f"word/{n}.xml": b"x" for n in range(3)}, huge), REFUSED),
        Case("自称10GB.xlsx", b.claiming({f"xl/{n}.xml": b"x" for n in range(3)}, huge), REFUSED),
        Case("自称10GB.ofd", b.claiming({"OFD.xml": b"x", "a": b"x", "b": b"x"}, huge), REFUSED),
        Case("自称10GB.zip", b.claiming({"a.txt": b"x", "b.txt": b"x", "c.txt": b"x"}, huge), REFUSED),
        Case("自称10GB.wps", b.claiming({"a.txt": b"x", "b.txt": b"x", "c.txt": b"x"}, huge), REFUSED),
        Case("重叠炸弹.zip", b.overlapping(200, 8 << 20), REFUSED),
        Case("六百兆.zip", b.overlapping(75, 8 << 20), REFUSED),
        Case("三百兆.zip", b.overlapping(37, 8 << 20), STORED),
        Case("五千个.zip", b.packed({f"{n}.txt": b"" for n in range(5000)}), REFUSED),
        Case("一千个.zip", b.packed({f"{n}.txt": b"" for n in range(1000)}), STORED),
        Case("空包.zip", b.packed({}), STORED),
        Case("空包.docx", b.packed({}), REFUSED),
        Case("上跳.zip", b.packed({"../../etc/cron.d/x": b"x"}), REFUSED),
        Case("反斜杠上跳.zip", b.packed({"..\\..\\x.txt": b"x"}), REFUSED),
        Case("绝对路径.zip", b.packed({"/etc/passwd": b"x"}), REFUSED),
        Case("盘符.zip", b.packed({"C:/x.txt": b"x"}), REFUSED),
        Case("加密.zip", b.locked({"a.txt": b"x"}), REFUSED),
        Case("GBK名.zip", b.packed({"申请表.docx".encode("gbk").decode("cp437"): b.docx()}), STORED),
        Case("病毒样本.zip", b.packed({"eicar.com": b.EICAR}), REFUSED),
        Case("病毒样本文本.zip", b.packed({"eicar.txt": b.EICAR}), STORED),  # no scanner: docs/moderation.md says so
        Case("坏目录.zip", b.patched(b.GOOD["zip"], 28, struct.pack("<H", 0xFFFF)), REFUSED),
        Case("坏头.zip", b"PK\x03\x04" + b"\xff" * 4096, REFUSED),
        Case("坏尾.zip", b.GOOD["zip"][:-22] + b"PK\x05\x06" + b"\xff" * 18, REFUSED),
    ]


def _pictures_and_texts() -> list[Case]:
    """Pixel bombs, polyglots, encodings, the sample virus, and sizes at the limit."""
    limit = 20 * 1024 * 1024
    return [
        Case("像素炸弹.png", b.png(65535, 65535), REFUSED),
        Case("像素炸弹.jpg", b.jpeg(65535, 65535), REFUSED),
        Case("一亿像素.png", b.png(10_000, 10_000), STORED),
        Case("长条.png", b.png(2_000_000_000, 1), REFUSED),
        Case("零像素.png", b.png(0, 0), STORED),
        Case("带代码.png", b.png() + b.PHP, STORED),
        Case("带网页.jpg", b.jpeg() + b.HTML, STORED),
        Case("只有头.png", b.png()[:20], REFUSED),
        Case("只有填充.jpg", b"\xff\xd8" + b"\xff" * (2 << 20), REFUSED),
        Case("只有标记.jpg", b"\xff\xd8" + b"\xff\xe0\x00\x02" * (1 << 18), REFUSED),
        Case("乱标记.jpeg", b"\xff\xd8\xff\xe0\x00\x04ab" + b"garbage" * 9, REFUSED),
        Case("病毒样本.txt", b.EICAR, STORED),  # no scanner: docs/moderation.md says so
        Case("病毒样本.pdf", b.EICAR, REFUSED),
        Case("eicar.com", b.EICAR, REFUSED),
        Case("国标.txt", "附件说明".encode("gb18030"), STORED),
        Case("双字节.txt", "附件说明".encode("utf-16"), STORED),
        Case("代码.txt", b.PHP, STORED),
        Case("标记.txt", b.XHTML, STORED),
        Case("实体.txt", b.XML_BOMB, STORED),
        Case("公式.txt", b"=cmd|' /C calc'!A0", STORED),
        Case("零字节.txt", b"abc\0def", REFUSED),
        Case("整二十兆.pdf", b"%PDF-1.4\n" + b"0" * (limit - 9), STORED),
        Case("超一字节.pdf", b"%PDF-1.4\n" + b"0" * (limit - 8), REFUSED),
        Case("三十兆.txt", b"0" * (30 << 20), REFUSED),
    ]


GROUPS = {
    "good": _good,
    "cut": _cut,
    "disguised": _disguised,
    "forbidden": _forbidden,
    "names": _names,
    "packed": _packed,
    "pictures and texts": _pictures_and_texts,
}
