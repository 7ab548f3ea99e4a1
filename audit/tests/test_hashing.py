"""One text under a hash: the fast definition says what the JSON encoder says, from a model and from a row."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from audit.models import Event
from audit.services.events import record
from audit.services.hashing import HASHED_FIELDS, event_hash, hashed_rows, hashed_text, utc_text

HARD = ["惠企\"通'\\/", "\r\n\t\b\f\x00\x1f\x7f\x85", "\u2028\u2029 \ufeff é é", "🎉𠮷👨‍👩‍👧", "</script>{}%s"]
texts = st.one_of(st.sampled_from(HARD), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
events = st.fixed_dictionaries(
    {
        **dict.fromkeys(HASHED_FIELDS, texts),
        "seq": st.integers(0, 2**63 - 1),
        "actor_id": st.none() | st.integers(-(2**63), 2**63 - 1),
        "at": moments,
    }
)


def by_the_encoder(values: dict) -> str:
    """The documented format, written with the JSON encoder alone."""
    head = {name: values[name] for name in HASHED_FIELDS if name not in {"prev_hash", "payload_json"}}
    head["at"] = values["at"].isoformat(timespec="microseconds")
    text = json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
    return "\n".join([values["prev_hash"], text, values["payload_json"]])


@given(events)
def test_the_text_is_what_the_json_encoder_says(values: dict) -> None:
    text = by_the_encoder(values)
    assert hashed_text(**{**values, "at": utc_text(values["at"])}) == text
    event = Event(**{**values, "algorithm": "sha256"})
    expected = by_the_encoder({**values, "algorithm": "sha256"})
    assert event_hash(event) == hashlib.sha256(expected.encode()).hexdigest()


@given(events, st.sampled_from(["actor_name", "at", "payload_json", "seq", "prev_hash", "actor_id"]))
def test_a_change_of_any_field_changes_the_text(values: dict, name: str) -> None:
    """Power check: no field is left out."""
    one = hashed_text(**{**values, "at": utc_text(values["at"])})
    changed = {"at": values["at"] + timedelta(microseconds=1), "seq": values["seq"] + 1, "actor_id": 2**64}
    other = {**values, name: changed.get(name, f"{values[name]}x")}
    assert hashed_text(**{**other, "at": utc_text(other["at"])}) != one


@pytest.mark.parametrize("name", [name for name in HASHED_FIELDS if name not in {"seq", "actor_id", "prev_hash"}])
def test_a_value_of_another_type_is_refused(name: str) -> None:
    values = {**dict.fromkeys(HASHED_FIELDS, "a"), "seq": 1, "actor_id": None}
    if name == "payload_json":
        assert hashed_text(**{**values, name: b"a"}) != hashed_text(**values)
    else:
        with pytest.raises(TypeError):
            hashed_text(**{**values, name: b"a"})


def test_an_instant_is_utc_whatever_zone_it_was_given_in() -> None:
    at = datetime(2026, 3, 13, 0, 0, tzinfo=timezone(timedelta(hours=8)))
    assert utc_text(at) == "2026-03-12T16:00:00.000000+00:00"


class Rows(TestCase):
    """What the database returns is hashed as the model is."""

    @given(st.fixed_dictionaries({"object_label": texts, "request_id": texts}), texts, moments)
    def test_a_row_read_in_bulk_has_the_hash_of_its_model(self, fields: dict, word: str, at: datetime) -> None:
        fields = {name: value.replace("\x00", "") for name, value in fields.items()}  # PostgreSQL keeps no NUL
        event = record(action="a.b", payload={"word": word, "n": 1e22}, **fields)
        stored = Event(**{f.name: getattr(event, f.name) for f in Event._meta.fields if f.name != "id"})
        stored.seq, stored.at = 77, at
        stored.hash = event_hash(stored)
        stored.save()
        row = hashed_rows(Event.objects.filter(seq=77)).get()
        read = Event.objects.get(seq=77)
        assert hashlib.sha256(hashed_text(*row[:14]).encode()).hexdigest() == row[14] == event_hash(read)
