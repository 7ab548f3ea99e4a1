"""The signed digest: made, read, forged, and what it proves."""

from __future__ import annotations

import base64
import io
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core import mail
from django.core.management import CommandError, call_command

from audit.errors import DigestError
from audit.models import ChainHead, Event
from audit.services import keys, record, sign_daily_digest, sign_digest
from audit.services.digest import signed_bytes, write_digest
from audit.services.hashing import event_hash

from .attacks import execute, remove_triggers

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
PKCS8, RAW = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()


@pytest.fixture(autouse=True)
def place(settings: SettingsWrapper, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    settings.HUIQITONG_DIGEST_KEY = str(tmp_path / "keys" / "digest.pem")
    settings.HUIQITONG_DIGEST_KEY_MADE = True
    settings.HUIQITONG_DIGEST_DIR = str(tmp_path / "digests")
    return tmp_path


@pytest.fixture
def chain(db: None) -> None:
    for n in range(5):
        record(action="a.b", payload={"n": n})


def public_file(place: Path, key: Any = None) -> Path:
    key = key or keys.signing_key()
    path = place / "public.pem"
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    path.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, form))
    return path


def verify(*arguments: object) -> str:
    out = io.StringIO()
    call_command("audit_verify", *map(str, arguments), stdout=out)
    return out.getvalue()


def resigned(digest: dict[str, Any], key: Ed25519PrivateKey, **changes: Any) -> dict[str, Any]:
    """What a forger with a key of his own writes."""
    public = keys.public_text(key.public_key())
    digest = {**digest, "public_key": public, "key_id": keys.key_id(public), **changes}
    return {**digest, "signature": base64.b64encode(key.sign(signed_bytes(digest))).decode()}


@pytest.mark.usefixtures("chain")
def test_the_digest_names_the_head_and_its_signing_is_an_event(place: Path) -> None:
    head = ChainHead.objects.get()
    with time_machine.travel(NOON, tick=False):
        call_command("audit_digest", "--out", str(place / "d.json"), stdout=io.StringIO())
    text = (place / "d.json").read_text()
    digest = json.loads(text)
    assert (digest["seq"], digest["hash"], digest["count"]) == (6, head.hash, 6)
    assert (digest["format"], digest["day"], digest["generated_at"]) == (
        1,
        "2026-11-23",
        "2026-11-23T04:00:00.000000+00:00",
    )
    assert digest["instance"] == Event.objects.get(seq=1).payload["instance"]
    assert text == json.dumps(digest, sort_keys=True, separators=(",", ":")) + "\n"
    event = Event.objects.get(action="digest.signed")
    assert (event.payload["seq"], event.payload["hash"], event.payload["key"]) == (6, head.hash, digest["key_id"])
    assert "相符" in verify("--since-digest", place / "d.json", "--public-key", public_file(place))
    assert "未给出 --public-key" in verify("--since-digest", place / "d.json")


@pytest.mark.usefixtures("chain")
def test_the_digest_goes_to_standard_output_and_openssl_agrees(place: Path) -> None:
    out = io.StringIO()
    call_command("audit_digest", stdout=out)
    assert json.loads(out.getvalue())["seq"] == 6


@pytest.mark.usefixtures("chain")
def test_a_file_that_cannot_be_written_is_said(place: Path) -> None:
    (place / "file").touch()
    with pytest.raises(CommandError, match="写不进去"):
        call_command("audit_digest", "--out", str(place / "file" / "d.json"))


@pytest.mark.django_db
def test_an_empty_chain_has_nothing_to_sign() -> None:
    with pytest.raises(CommandError, match="还没有事件"):
        call_command("audit_digest")
    assert sign_daily_digest() is None
    assert not Event.objects.exists()


@pytest.mark.usefixtures("chain")
@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM audit_event WHERE seq = 6",
        "DELETE FROM audit_event WHERE seq = 3",
        "UPDATE audit_event SET action = 'x.y' WHERE seq = 6",
        "UPDATE audit_chainhead SET hash = 'ff'",
    ],
)
def test_a_chain_that_is_broken_is_not_signed(tampering: str) -> None:
    remove_triggers()
    execute(tampering)
    with pytest.raises(DigestError, match="不予签署"):
        sign_digest()


# --- The key ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("chain")
def test_the_demo_makes_its_key_once_and_for_the_owner_only(settings: SettingsWrapper) -> None:
    one, two = sign_digest(), sign_digest()
    assert one["public_key"] == two["public_key"]
    assert stat.S_IMODE(Path(settings.HUIQITONG_DIGEST_KEY).stat().st_mode) == 0o600


def test_two_processes_that_make_the_key_at_once_keep_the_first(place: Path) -> None:
    path = place / "k.pem"
    keys._make(path)
    first = path.read_bytes()
    keys._make(path)
    assert path.read_bytes() == first


@pytest.mark.usefixtures("chain")
def test_production_does_not_make_a_key(settings: SettingsWrapper) -> None:
    settings.HUIQITONG_DIGEST_KEY_MADE = False
    with pytest.raises(CommandError, match="不存在。请用 openssl genpkey"):
        call_command("audit_digest")
    assert not Event.objects.filter(action="digest.signed").exists()


def test_a_key_of_another_kind_is_refused_in_words(settings: SettingsWrapper, place: Path) -> None:
    path = place / "other.pem"
    settings.HUIQITONG_DIGEST_KEY = str(path)
    other = generate_private_key(SECP256R1())
    for content, words in [
        (b"nonsense", "读不出"),
        (other.private_bytes(serialization.Encoding.PEM, PKCS8, RAW), "不是 Ed25519 密钥"),
    ]:
        path.write_bytes(content)
        with pytest.raises(DigestError, match=words):
            keys.signing_key()
    with pytest.raises(DigestError, match="不是 Ed25519 公钥"):
        keys.trusted_key(public_file(place, other))
    for missing in (place / "absent.pem", path.with_suffix(".txt")):
        with pytest.raises(DigestError, match="读不出"):
            keys.trusted_key(missing)


# --- Every day ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("chain")
def test_each_day_in_shanghai_has_one_digest_by_file_and_mail(
    settings: SettingsWrapper, place: Path, django_capture_on_commit_callbacks: Any
) -> None:
    settings.HUIQITONG_DIGEST_MAIL = ["jiwei@example.gov.cn"]

    def day(at: datetime) -> Path | None:
        with time_machine.travel(at, tick=False), django_capture_on_commit_callbacks(execute=True):
            return sign_daily_digest()

    first = day(datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC))
    assert (first, day(datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC))) == (place / "digests" / "2026-11-23.json", None)
    second = day(datetime(2026, 11, 23, 16, 0, tzinfo=UTC))
    assert second is not None
    assert second.name == "2026-11-24.json"
    assert Event.objects.filter(action="digest.signed").count() == 2
    assert [message.attachments[0][0] for message in mail.outbox] == ["2026-11-23.json", "2026-11-24.json"]
    assert json.loads(mail.outbox[0].attachments[0][1]) == json.loads(first.read_text())
    before = first.read_text()
    first.unlink()
    day(datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC))
    assert first.read_text() == before, "a lost file is written again from the event"
    assert len(mail.outbox) == 2
    assert "相符" in verify("--since-digest", first, second)


@pytest.mark.usefixtures("chain")
def test_a_day_signed_by_a_clock_that_was_set_back_is_signed_again(
    place: Path, django_capture_on_commit_callbacks: Any
) -> None:
    """The 24th is signed on the 23rd by a clock a day ahead; on the true 24th the day gets a digest and file of its own."""
    files = []
    for at in (NOON + timedelta(days=1), NOON, NOON + timedelta(days=1, hours=1)):
        with time_machine.travel(at, tick=False), django_capture_on_commit_callbacks(execute=True):
            record(action="a.b")
            files.append(sign_daily_digest())
        with time_machine.travel(at, tick=False):
            assert sign_daily_digest() is None, "once a day"
    signed = Event.objects.filter(action="digest.signed").order_by("seq")
    assert [event.object_id for event in signed] == ["2026-11-24", "2026-11-23", "2026-11-24"]
    again = signed.last().payload["digest"]["seq"]
    names = [path.name for path in files if path]
    assert names == ["2026-11-24.json", "2026-11-23.json", f"2026-11-24-{again}.json"]


@pytest.mark.usefixtures("chain")
def test_two_ticks_at_once_sign_one_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    from audit.services import digest as service

    sign_daily_digest()
    found = service._digest_of
    answers = iter([None])
    monkeypatch.setattr(service, "_digest_of", lambda day: next(answers, found(day)))
    sign_daily_digest()
    assert Event.objects.filter(action="digest.signed").count() == 1


@pytest.mark.usefixtures("chain")
def test_without_an_address_nothing_is_mailed(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert sign_daily_digest() is not None
    assert mail.outbox == []


# --- Forged and foreign digests -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("chain")
def test_a_digest_that_was_touched_is_refused(place: Path) -> None:
    digest, path = sign_digest(), place / "d.json"
    for field, value in [("seq", 5), ("hash", "ff"), ("day", "2026-01-01"), ("key_id", "00"), ("signature", "?")]:
        write_digest(path, {**digest, field: value})
        with pytest.raises(CommandError, match="签名不符"):
            verify("--since-digest", path)
    for text, words in [
        ("", "读不出"),
        ("[]", "不受支持"),
        (json.dumps({**digest, "format": 2}), "不受支持"),
        (json.dumps({**digest, "seq": "6"}), "类型不对"),
        (json.dumps({name: value for name, value in digest.items() if name != "hash"}), "缺少内容"),
    ]:
        path.write_text(text)
        with pytest.raises(CommandError, match=words):
            verify("--since-digest", path)


@pytest.mark.usefixtures("chain")
def test_a_digest_signed_by_a_forger_is_refused_by_who_has_the_right_key(place: Path) -> None:
    path, trusted = place / "d.json", public_file(place)
    write_digest(path, resigned(sign_digest(), Ed25519PrivateKey.generate()))
    with pytest.raises(CommandError, match="不是由受信任的密钥签署"):
        verify("--since-digest", path, "--public-key", trusted)


@pytest.mark.usefixtures("chain")
def test_a_digest_of_another_instance_is_refused(place: Path) -> None:
    path = place / "d.json"
    write_digest(path, resigned(sign_digest(), keys.signing_key(), instance="another"))
    with pytest.raises(CommandError, match="属于另一套系统"):
        verify("--since-digest", path)


@pytest.mark.usefixtures("chain")
def test_digests_that_contradict_each_other_are_refused(place: Path) -> None:
    digest = sign_digest()
    write_digest(place / "a.json", digest)
    write_digest(place / "b.json", resigned(digest, keys.signing_key(), hash="0" * 64))
    with pytest.raises(CommandError, match="说法不一"):
        verify("--since-digest", place / "a.json", place / "b.json")


def rewrite(first: int) -> None:
    """Change one event and give all that follow, and the head, the hashes that fit."""
    remove_triggers()
    execute(f"UPDATE audit_event SET actor_name = '别人' WHERE seq = {first}")  # noqa: S608
    before = Event.objects.get(seq=first - 1).hash
    for event in Event.objects.filter(seq__gte=first):
        event.prev_hash = before
        before = event_hash(event)
        execute(f"UPDATE audit_event SET prev_hash = '{event.prev_hash}', hash = '{before}' WHERE seq = {event.seq}")  # noqa: S608
    execute(f"UPDATE audit_chainhead SET hash = '{before}'")  # noqa: S608


@pytest.mark.usefixtures("chain")
def test_a_chain_written_anew_is_found_between_two_digests(place: Path) -> None:
    files = []
    for n in range(3):
        files.append(place / f"{n}.json")
        write_digest(files[-1], sign_digest())  # of events 6, 7, 8
    rewrite(7)
    assert "审计链完好" in verify(), "power check: without a digest nothing shows it"
    assert "审计链完好" in verify("--since-digest", files[0])
    with pytest.raises(CommandError, match=r"前 6 个事件完好.*第 7 号至第 7 号事件.*不符"):
        verify("--since-digest", *files)
    with pytest.raises(CommandError, match="第 1 号至第 8 号"):
        verify("--since-digest", files[2])


@pytest.mark.usefixtures("chain")
def test_a_tail_cut_with_its_head_is_found(place: Path) -> None:
    write_digest(place / "d.json", sign_digest())
    remove_triggers()
    execute("DELETE FROM audit_event WHERE seq > 4")
    execute("UPDATE audit_chainhead SET seq = 4, hash = (SELECT hash FROM audit_event WHERE seq = 4)")
    assert "审计链完好" in verify()
    with pytest.raises(CommandError, match="止于第 4 号事件，而摘要证明曾有第 6 号"):
        verify("--since-digest", place / "d.json")
