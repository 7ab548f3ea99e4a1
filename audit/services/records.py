"""What the apps keep in ordinary tables, held against the chain: anybody with the database can change a row, not an event."""

from .registry import all_records
from .replay import last_seq


def check_records() -> list[str]:
    """Return, in Chinese, all that the apps find in their tables to contradict the chain (`register_records`). Reads only.

    The city may work meanwhile: an event and its row are committed together but read one after the other. So when
    something was appended during the comparison, only what a second one says again is a contradiction.
    """
    before, faults = last_seq(), _faults()
    if not faults or last_seq() == before:
        return faults
    again = set(_faults())
    return [fault for fault in faults if fault in again]


def _faults() -> list[str]:
    return [fault for compare in all_records() for fault in compare()]
