import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from audit.errors import AppendOnly, ChainBroken
from audit.models import ChainHead, Event
from audit.services import record, verify_chain
from audit.services.hashing import event_hash

from .factories import UserFactory

pytestmark = pytest.mark.django_db

ASTRAL = "惠企🎉𠮷田👨‍👩‍👧 \u0000 \u2028 é é"


def test_first_event_follows_a_genesis_with_instance_and_date() -> None:
    with time_machine.travel(datetime(2026, 11, 22, 16, 30, tzinfo=UTC), tick=False):
        event = record(action="page.published")
    genesis = Event.objects.get(seq=1)
    assert genesis.action == "chain.genesis"
    assert genesis.prev_hash == "0" * 64
    assert genesis.payload["date"] == "2026-11-23"
    assert UUID(genesis.payload["instance"])
    assert (event.seq, event.prev_hash) == (2, genesis.hash)


def test_genesis_comes_once() -> None:
    assert [record(action="a.b").seq, record(action="a.b").seq] == [2, 3]


def test_event_says_who_what_and_when() -> None:
    user = UserFactory(holder_name="王小明")
    with time_machine.travel(datetime(2026, 3, 12, 15, 59, 59, 123456, tzinfo=UTC), tick=False):
        record(
            action="page.published",
            actor=user,
            department_code="kjj",
            object_type="policy_pages.policydocumentpage",
            object_id=17,
            object_label="长" * 300,
            payload={"revision": 3},
            request_id="r-1",
        )
    event = Event.objects.get(seq=2)
    assert (event.actor_kind, event.actor_id, event.actor_name) == ("user", user.pk, "王小明")
    assert (event.department_code, event.object_id, event.request_id) == ("kjj", "17", "r-1")
    assert event.object_label == "长" * 255
    assert event.at == datetime(2026, 3, 12, 15, 59, 59, 123456, tzinfo=UTC)
    assert event.payload == {"revision": 3}
    assert event.algorithm == "sha256"
    assert str(event) == "#2 page.published"


def test_system_and_nameless_user() -> None:
    assert record(action="a.b").actor_name == "系统"
    user = UserFactory(username="kjj-edit")
    assert record(action="a.b", actor=user).actor_name == "kjj-edit"


def test_the_name_is_a_copy() -> None:
    user = UserFactory(holder_name="王小明")
    event = record(action="a.b", actor=user)
    user.delete()
    assert Event.objects.get(pk=event.pk).actor_name == "王小明"


@pytest.mark.parametrize("action", ["", "published", "Page.published", "page.", "page published", "page.published\n"])
def test_actions_are_dotted(action: str) -> None:
    with pytest.raises(ValueError, match="dotted"):
        record(action=action)
    assert not Event.objects.exists()


def test_an_unsaved_user_cannot_act() -> None:
    with pytest.raises(ValueError, match="saved user"):
        record(action="a.b", actor=get_user_model()(username="nobody"))


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        record(action="a.b", payload={"x": float("nan")})
    with pytest.raises(TypeError):
        record(action="a.b", payload={"x": object()})


def test_payload_comes_back_as_it_went_in_and_its_hash_holds() -> None:
    payload = {ASTRAL: [ASTRAL, 1, 1.5, 1e22, -0.0, None, True, {"嵌套": []}], "a": 2**70}
    event = Event.objects.get(pk=record(action="a.b", payload=payload).pk)
    assert event.payload == payload
    assert event.payload_json == json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert event.hash == event_hash(event)
    assert verify_chain().ok


def test_labels_with_astral_characters_keep_their_hash() -> None:
    record(action="a.b", object_label="惠企🎉𠮷" * 80)
    assert verify_chain().ok


def test_payload_takes_dates_decimals_and_uuids() -> None:
    record(action="a.b", payload={"d": date(2026, 3, 12), "n": Decimal("1.10"), "u": UUID(int=1)})
    assert Event.objects.get(seq=2).payload == {"d": "2026-03-12", "n": "1.10", "u": str(UUID(int=1))}


def test_the_hash_can_be_recomputed_by_anybody() -> None:
    """From the documented format alone, with values written out."""
    import hashlib

    event = Event(
        seq=2,
        at=datetime(2026, 3, 12, 16, 0, tzinfo=UTC),
        actor_kind="user",
        actor_id=7,
        actor_name="王小明",
        department_code="kjj",
        action="page.published",
        object_type="page",
        object_id="17",
        object_label="办法",
        payload_json='{"a":1}',
        request_id="",
        algorithm="sha256",
        prev_hash="ab" * 32,
    )
    head = (
        '{"action":"page.published","actor_id":7,"actor_kind":"user","actor_name":"王小明","algorithm":"sha256",'
        '"at":"2026-03-12T16:00:00.000000+00:00","department_code":"kjj","object_id":"17","object_label":"办法",'
        '"object_type":"page","request_id":"","seq":2}'
    )
    expected = hashlib.sha256(("ab" * 32 + "\n" + head + "\n" + '{"a":1}').encode()).hexdigest()
    assert event_hash(event) == expected


def test_an_event_goes_with_its_transaction() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        record(action="a.b")
        raise RuntimeError
    assert not Event.objects.exists()
    assert not ChainHead.objects.exists()


def test_a_failed_event_takes_the_caller_s_transaction_with_it() -> None:
    record(action="a.b")
    ChainHead.objects.all().delete()
    with transaction.atomic():
        user = UserFactory()
        with pytest.raises(ChainBroken, match="链头"):
            record(action="a.b")
    assert not get_user_model().objects.filter(pk=user.pk).exists()


def test_models_refuse_to_change_or_delete() -> None:
    event = record(action="a.b")
    event.action = "x.y"
    refused = [
        event.save,
        event.delete,
        Event.objects.all().delete,
        Event.objects.filter(pk=event.pk).delete,
        lambda: Event.objects.update(action="x.y"),
        lambda: Event.objects.bulk_update([event], ["action"]),
        lambda: Event.objects.bulk_create([event]),
        lambda: Event.objects.update_or_create(seq=2, defaults={"action": "x.y"}),
    ]
    for call in refused:
        with pytest.raises(AppendOnly):
            call()
    event.refresh_from_db()
    assert event.action == "a.b"


def test_saving_a_copy_under_a_taken_id_is_an_insert_and_fails() -> None:
    event = record(action="a.b")
    forged = Event(pk=event.pk, seq=99, at=event.at, action="x.y", prev_hash="", hash="", actor_name="")
    with pytest.raises(IntegrityError), transaction.atomic():
        forged.save()


def test_events_of_one_object_in_order() -> None:
    for object_id in (1, 2, 1):
        record(action="a.b", object_type="page", object_id=object_id)
    assert [e.seq for e in Event.objects.for_object("page", 1)] == [2, 4]


def test_head_names_the_last_event() -> None:
    record(action="a.b")
    head = ChainHead.objects.get()
    assert str(head) == "#2"
    with pytest.raises(IntegrityError), transaction.atomic():
        ChainHead.objects.create(id=2, seq=0, hash="")
