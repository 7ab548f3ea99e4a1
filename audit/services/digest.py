"""The signed digest: where the chain ended, to be kept outside this machine (A30, T30.1).

A digest is one line of canonical JSON. Signed with Ed25519 is the same JSON without `signature`. Whoever has the file and
the public key can show later that the chain was cut, written anew or replaced by an older copy: `inspection`.
"""

import base64
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..errors import DigestError
from ..models import ChainHead, Event
from .events import GENESIS, STEPPED_BACK, locked_head, record
from .hashing import canonical_json, event_hash, utc_text
from .keys import key_id, public_text, signing_key

FORMAT = 1
ALGORITHM = "Ed25519"
SIGNED = "digest.signed"
OBJECT_TYPE = "digest"


def signed_bytes(digest: dict[str, Any]) -> bytes:
    """Return what the signature of a digest is over."""
    return canonical_json({name: value for name, value in digest.items() if name != "signature"}).encode()


def instance_id() -> str | None:
    """Return the instance that the genesis event names; None for an empty chain."""
    genesis = Event.objects.filter(seq=1, action=GENESIS).first()
    return genesis.payload.get("instance") if genesis else None


@transaction.atomic
def sign_digest() -> dict[str, Any]:
    """Sign the head of the chain as it is now and return the digest.

    Appends the event "digest.signed", which the digest does not cover. Raises DigestError: no event yet, a head that its
    event contradicts, no key.
    """
    return _sign(locked_head(), timezone.localdate(timezone=timezone.get_default_timezone()), is_daily=False)


def sign_daily_digest() -> Path | None:
    """Sign today's digest, once per day in Shanghai, and return the file that was written; None if nothing was to do.

    On commit the file goes to HUIQITONG_DIGEST_DIR and by mail to HUIQITONG_DIGEST_MAIL. A file that is gone is written
    again from the event of the day. What was signed by a clock that was set back since is not today's: the day is signed
    again, into a file of its own. Raises DigestError as `sign_digest`; an empty chain is nothing to do.
    """
    day = timezone.localdate(timezone=timezone.get_default_timezone())
    digest = _digest_of(day) or _sign_for(day)
    if digest is None:
        return None
    is_first = Event.objects.for_object(OBJECT_TYPE, day).first().payload["digest"] == digest  # type: ignore[union-attr]
    name = f"{day:%Y-%m-%d}.json" if is_first else f"{day:%Y-%m-%d}-{digest['seq']}.json"
    path = Path(settings.HUIQITONG_DIGEST_DIR) / name
    if path.exists():
        return None
    transaction.on_commit(partial(write_digest, path, digest))
    return path


def _digest_of(day: date) -> dict[str, Any] | None:
    """Return the last digest of the day; None if there is none, or if the clock was set back since it was signed."""
    event = Event.objects.for_object(OBJECT_TYPE, day).filter(action=SIGNED).last()
    if event is None or Event.objects.filter(action=STEPPED_BACK, seq__gt=event.seq).exists():
        return None
    return event.payload["digest"]


@transaction.atomic
def _sign_for(day: date) -> dict[str, Any] | None:
    if not ChainHead.objects.filter(seq__gt=0).exists():
        return None
    # Under the lock: two ticks at once sign one digest.
    head = locked_head()
    digest = _digest_of(day)
    if digest is None:
        digest = _sign(head, day, is_daily=True)
        transaction.on_commit(partial(_mail, day, digest), robust=True)
    return digest


def _sign(head: ChainHead, day: date, *, is_daily: bool) -> dict[str, Any]:
    if not head.seq:
        raise DigestError(_("审计链还没有事件，没有可签署的链头。"))
    last = Event.objects.filter(seq=head.seq).first()
    count = Event.objects.count()
    if last is None or count != head.seq or not last.hash == head.hash == event_hash(last):
        raise DigestError(_("链头与事件不符，不予签署；请先运行 manage.py audit_verify 查明原因。"))
    key = signing_key()
    public = public_text(key.public_key())
    digest = {
        "format": FORMAT,
        "instance": instance_id(),
        "generated_at": utc_text(timezone.now()),
        "day": f"{day:%Y-%m-%d}",
        "seq": head.seq,
        "hash": head.hash,
        "count": count,
        "algorithm": ALGORITHM,
        "key_id": key_id(public),
        "public_key": public,
    }
    digest["signature"] = base64.b64encode(key.sign(signed_bytes(digest))).decode()
    record(
        action=SIGNED,
        object_type=OBJECT_TYPE if is_daily else "",
        object_id=day if is_daily else "",
        object_label=_("第 %(seq)d 号事件") % {"seq": head.seq},
        payload={"seq": head.seq, "hash": head.hash, "key": digest["key_id"], "digest": digest},
    )
    return digest


def as_line(digest: dict[str, Any]) -> str:
    """Return the file's text."""
    return canonical_json(digest) + "\n"


def write_digest(path: Path, digest: dict[str, Any]) -> None:
    """Write the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(as_line(digest), encoding="utf-8")
    draft.replace(path)


def _mail(day: date, digest: dict[str, Any]) -> None:
    """Send the digest where it cannot be reached from here. A mail server that is down is logged and loses nothing."""
    if not settings.HUIQITONG_DIGEST_MAIL:
        return
    words = {"day": f"{day:%Y-%m-%d}", "seq": digest["seq"], "hash": digest["hash"]}
    mail = EmailMessage(
        _("审计链摘要 %(day)s") % words,
        _("附件是惠企通审计链 %(day)s 的签名摘要：第 %(seq)d 号事件，校验值 %(hash)s。请原样保存，勿与系统存于一处。")
        % words,
        to=settings.HUIQITONG_DIGEST_MAIL,
    )
    mail.attach(f"{words['day']}.json", as_line(digest), "application/json")
    mail.send()
