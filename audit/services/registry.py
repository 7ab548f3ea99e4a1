"""What the audit app asks the apps above it, which it does not import: whom to tell, where an object is shown, its day, its rows."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from ..models import DutyClock

if TYPE_CHECKING:
    from accounts.models import User


class Shown(NamedTuple):
    """Where a person finds the object of a clock; `url` empty: nowhere. `label` replaces the clock's own when given."""

    url: str = ""
    label: str = ""


#: () -> (clock, local day) of each object whose own day is not the clock's trigger date.
Triggers = Callable[[], Iterable[tuple[int, date]]]
#: (person, ids of objects of one type) -> where each is shown to that person.
Links = Callable[["User", list[str]], dict[str, Shown]]
#: () -> Chinese sentences that say what in the tables of an app contradicts the chain. Reads only.
Records = Callable[[], Iterable[str]]
People = Callable[[DutyClock], Iterable["User"]]

_links: dict[str, Links] = {}
_people: list[People] = []
#: In the order of registering; a second time is the first.
_triggers: dict[Triggers, None] = {}
_records: dict[Records, None] = {}


def register_links(object_type: str, links: Links) -> None:
    """Tell where objects of this type are shown. Asked once for all rows of a page."""
    _links[object_type] = links


def register_people(people: People) -> None:
    """Tell who of the responsible unit is to be told of a clock."""
    _people[:] = [people]


def register_triggers(triggers: Triggers) -> None:
    """Tell how to find the objects whose own day is another than that which started their clock."""
    _triggers[triggers] = None


def all_triggers() -> list[Triggers]:
    """Return what was registered."""
    return list(_triggers)


def register_records(compare: Records) -> None:
    """Tell how to find what in an app's own tables contradicts the chain (`audit_verify --records`)."""
    _records[compare] = None


def all_records() -> list[Records]:
    """Return what was registered."""
    return list(_records)


def shown_to(user: "User", clocks: Iterable[DutyClock]) -> dict[int, Shown]:
    """Return, by the clock's key, where the person finds the object of each clock: as many queries as there are types."""
    by_type: dict[str, list[DutyClock]] = {}
    for clock in clocks:
        by_type.setdefault(clock.object_type, []).append(clock)
    found: dict[int, Shown] = {}
    for object_type, rows in by_type.items():
        links = _links.get(object_type)
        answers = links(user, [clock.object_id for clock in rows]) if links else {}
        found |= {clock.pk: answers.get(clock.object_id, Shown()) for clock in rows}
    return found


def shown_object(user: "User", object_type: str, object_id: str) -> Shown:
    """Return where the person finds the object of an event, as `shown_to` of a clock."""
    links = _links.get(object_type)
    # An event that somebody forged may name anything.
    return links(user, [object_id]).get(object_id, Shown()) if links and object_id.isdecimal() else Shown()


def people_told(clock: DutyClock) -> list["User"]:
    """Return who of the responsible unit is told of this clock; nobody where no app above says."""
    return [person for people in _people for person in people(clock)]
