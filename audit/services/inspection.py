"""Checking the chain against digests that were kept outside."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from ..errors import DigestError
from .chain import VerifyReport, verify_chain
from .digest import ALGORITHM, FORMAT, instance_id, signed_bytes
from .keys import is_signed, key_id

_TYPES: dict[str, type] = {
    "instance": str,
    "generated_at": str,
    "day": str,
    "seq": int,
    "hash": str,
    "count": int,
    "key_id": str,
    "public_key": str,
    "signature": str,
}


def read_digest(path: Path, *, trusted: str | None) -> dict[str, Any]:
    """Return a digest whose signature holds; with `trusted` (a `public_text`) it must be that key's.

    Raises DigestError in words: unreadable, another format, forged, signed by another key.
    """
    name = {"path": path.name}
    try:
        digest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DigestError(_("摘要文件 %(path)s 读不出：应为 audit_digest 写出的 JSON 文件。") % name) from error
    if not isinstance(digest, dict) or (digest.get("format"), digest.get("algorithm")) != (FORMAT, ALGORITHM):
        raise DigestError(_("摘要文件 %(path)s 的格式或算法不受支持。") % name)
    if any(type(digest.get(field)) is not kind for field, kind in _TYPES.items()):
        raise DigestError(_("摘要文件 %(path)s 缺少内容，或内容的类型不对。") % name)
    public = digest["public_key"]
    if not is_signed(signed_bytes(digest), digest["signature"], public) or key_id(public) != digest["key_id"]:
        raise DigestError(_("摘要文件 %(path)s 的签名不符：文件被改动，或是伪造的。") % name)
    if trusted is not None and public != trusted:
        raise DigestError(_("摘要文件 %(path)s 不是由受信任的密钥签署的：可能是伪造的。") % name)
    return digest


def verify_since(*, digests: Sequence[dict[str, Any]], batch: int = 1000) -> VerifyReport:
    """Verify the whole chain as `verify_chain`, and that it still holds every event that `digests` prove (T30.1).

    Raises DigestError for a digest of another instance, and for two digests that contradict each other.
    """
    instance = instance_id()
    marks: dict[int, str] = {}
    for digest in digests:
        # A chain without its genesis says so itself.
        if instance not in {None, digest["instance"]}:
            words = _("摘要（%(day)s）属于另一套系统：其实例编号为 %(theirs)s，本库为 %(ours)s。")
            raise DigestError(words % {"day": digest["day"], "theirs": digest["instance"], "ours": instance})
        if marks.setdefault(digest["seq"], digest["hash"]) != digest["hash"]:
            raise DigestError(_("几份摘要对第 %(seq)d 号事件说法不一。") % {"seq": digest["seq"]})
    return verify_chain(batch=batch, marks=marks)
