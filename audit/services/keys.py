"""The key that signs digests: an Ed25519 key in a PEM file of the server."""

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.utils.translation import gettext as _

from ..errors import DigestError

OWNER_ONLY = 0o600
KEY_ID_LENGTH = 16


def signing_key() -> Ed25519PrivateKey:
    """Return the key of HUIQITONG_DIGEST_KEY. Where HUIQITONG_DIGEST_KEY_MADE allows it a missing one is made.

    Raises DigestError in words: missing, unreadable, of another kind.
    """
    path = Path(settings.HUIQITONG_DIGEST_KEY)
    try:
        if not path.exists() and settings.HUIQITONG_DIGEST_KEY_MADE:
            _make(path)
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as error:
        words = _(
            "签名私钥 %(path)s 不存在。请用 openssl genpkey -algorithm ed25519 -out %(path)s 生成，权限设为 600。"
        )
        raise DigestError(words % {"path": path}) from error
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        words = _("签名私钥 %(path)s 读不出：请核对文件权限，并确认是未加密的 PEM 私钥。")
        raise DigestError(words % {"path": path}) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise DigestError(_("签名私钥 %(path)s 不是 Ed25519 密钥。") % {"path": path})
    return key


def public_text(key: Ed25519PublicKey) -> str:
    """Return the 32 bytes of a public key in base64, as digests carry them."""
    return base64.b64encode(key.public_bytes_raw()).decode()


def key_id(public: str) -> str:
    """Return the short name of a public key given as `public_text`."""
    return hashlib.sha256(base64.b64decode(public)).hexdigest()[:KEY_ID_LENGTH]


def trusted_key(path: Path) -> str:
    """Return the public key of a PEM file as `public_text`. Raises DigestError in words."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise DigestError(_("公钥文件 %(path)s 读不出：应为 PEM 公钥。") % {"path": path}) from error
    if not isinstance(key, Ed25519PublicKey):
        raise DigestError(_("公钥文件 %(path)s 不是 Ed25519 公钥。") % {"path": path})
    return public_text(key)


def is_signed(text: bytes, signature: str, public: str) -> bool:
    """Tell whether the signature over `text` is that key's. False too for what is no base64 or no key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature, validate=True), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        # Born with its mode, and never over a key that another process made meanwhile.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(text)
