"""What may be kept, under which name, and which statements change what the public sees. Pure: no Django, no clock, no disk."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from policy_pages.variants.rules import NOT_PAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Tables of which no public page shows a word. Every other table's change makes a new epoch: what nobody thought of is
#: asked for once too often, never shown too long. A test reads every public address and finds no table of these in it.
PRIVATE_TABLES = re.compile(
    r"""
    policy_pages_(historical\w+ | departmentreviewtask | classificationtask | visitfile | windownotice | correctionticket | publicchange | searchmiss)
    | accounts_(?!department$)\w+
    | audit_(chainhead | historical\w+ | dutynotice)
    | wagtailcore_(?!(page | site | locale | collection | pageviewrestriction\w* | collectionviewrestriction\w*)$)\w+
    | wagtail(search|admin|users)_\w+
    | django_(?!content_type$)\w+ | (auth | axes | guardian | otp | taggit)_\w+
    | sqlite_\w+ | pg_\w+
    """,
    re.VERBOSE,
)
#: The page shows these counts with the last day they tell of, which is over; visits must not make every page anew.
SHOWN_AS_OF_A_DAY = frozenset({"policy_pages_visitcount"})
#: Written with what they tell of. Public pages read the events of corrected trigger dates, unpublished pages and frozen
#: reports, each told in the transaction that writes a watched table (every login writes an event too); the history of
#: search words as the mark of the words; and the search index, of whose public part `services.indexing` tells by itself.
TOLD_WITH_ITS_WRITE = frozenset(
    {"audit_event", "policy_pages_historicalsearchword", "wagtailsearch_indexentry", "wagtailsearch_indexentry_fts"}
)
#: A page's row goes public by an update, never by an insert: what is inserted is a draft, with the rows that belong to it.
BORN_AS_DRAFTS = re.compile(
    r"wagtailcore_page|policy_pages_(policydocumentpage|applicationguidepage|interpretationpage|guidebasis|explaineddocument)"
    r"|wagtaildocs_document|policy_pages_policyfile"
)
#: What a draft, a lock or a neighbour in the tree writes into a page's row; none of it is shown.
DRAFT_COLUMNS = frozenset(
    {
        "latest_revision_id",
        "latest_revision_created_at",
        "has_unpublished_changes",
        "draft_title",
        "numchild",
        "locked",
        "locked_at",
        "locked_by_id",
        "owner_id",
    }
)

_WRITE = re.compile(
    r"""\s*(?P<verb>INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM(?:\s+ONLY)?|TRUNCATE(?:\s+TABLE)?)
    \s+(?:["`]?public["`]?\.)?["`]?(?P<table>\w+)""",
    re.VERBOSE | re.IGNORECASE,
)
#: Reading, transactions, settings of the connection, and DDL, which belongs to a deployment.
_NO_WRITE = re.compile(
    r"""\s*\(?\s*(SELECT|EXPLAIN|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|START|COMMIT|PRAGMA|SET|SHOW|LOCK|LISTEN|NOTIFY|DECLARE|FETCH
    |CLOSE|CREATE|ALTER|DROP|ANALYZE|VACUUM|REINDEX|DISCARD|ATTACH|DETACH|COMMENT|GRANT|REVOKE|REASSIGN)\b""",
    re.VERBOSE | re.IGNORECASE,
)
#: Most statements begin so, as Django writes them: they need no more than a look.
_HARMLESS = ("SELECT ", "SAVEPOINT ", "RELEASE ", "BEGIN")
_COMMON = re.compile(r"\s*WITH\b", re.IGNORECASE)
_WRITING_WORD = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
#: An insert that may write over what is there.
_OVER = re.compile(r"\bON\s+CONFLICT\b|\bOR\s+REPLACE\b", re.IGNORECASE)
#: A column that is set, quoted by Django or bare in the statements of the tree.
_SET = re.compile(r"""(?:\bSET|,)\s*"?(\w+)"?\s*=""", re.IGNORECASE)

#: Segments of our addresses: letters of ASCII, digits, `-`, `_`, and none that begins with a point or leads upwards.
_KEPT_PATH = re.compile(r"/(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*/)*")
#: Bytes of the longest path kept as a file; none of ours comes near.
_LONGEST_PATH = 400

#: What the server in front says of every file (deploy/nginx.conf); an answer that says anything else stays in memory.
PAGE_TYPE, PAGE_CACHING = "text/html; charset=utf-8", "no-cache"
PAGE_HEADERS = frozenset(
    {
        "content-type",
        "cache-control",
        "content-security-policy",
        "cross-origin-opener-policy",
        "referrer-policy",
        "strict-transport-security",
        "x-content-type-options",
        "x-frame-options",
    }
)
#: Set anew for each answer.
OWN_HEADERS = frozenset({"etag", "content-length", "last-modified", "vary", "content-encoding"})


def changes_public(sql: str) -> bool:
    """Whether a statement may change what the public sees. What is not understood does."""
    return not sql.startswith(_HARMLESS) and _changes_public(sql)


@lru_cache(maxsize=256)
def _changes_public(sql: str) -> bool:
    """The same, of what is not plainly harmless: of a few hundred texts, each said again and again."""
    if _NO_WRITE.match(sql):
        return False
    written = _WRITE.match(sql)
    if written is None:
        return not _COMMON.match(sql) or bool(_WRITING_WORD.search(sql))
    table, verb = written["table"].lower(), written["verb"].upper()
    if PRIVATE_TABLES.fullmatch(table) or table in SHOWN_AS_OF_A_DAY | TOLD_WITH_ITS_WRITE:
        return False
    if BORN_AS_DRAFTS.fullmatch(table) and verb.startswith("INSERT"):
        return bool(_OVER.search(sql))
    return not (table == "wagtailcore_page" and verb.startswith("UPDATE") and _is_about_a_draft(sql))


def _is_about_a_draft(sql: str) -> bool:
    """Whether an update of a page's row sets nothing but columns of a draft."""
    head, has_condition, _condition = sql.partition(" WHERE ")
    columns = _SET.findall(head)
    return bool(has_condition and columns) and set(columns) <= DRAFT_COLUMNS and "SELECT" not in head.upper()


def state_name(number: int, salts: int) -> str:
    """The name of the database's state after so many public changes.

    `salts` is the sum of a random number of each: changes of two transactions may become visible in either order, and a
    restored database goes on from an earlier number; no two states share a name.
    """
    return f"e{number}-{salts:x}"


def epoch_name(state: str, code: str) -> str:
    """The name of an epoch: a state of the database as one release of the code shows it."""
    return f"{state}-{code}"


def folder_name(epoch: str, random: str) -> str:
    """The name of an epoch's folder. `random` is another each time: no folder is ever entered twice.

    Else a page that was made too late for an epoch, and kept where nobody looks any more, would be looked at after all when
    a restored database, or somebody who was stopped in between, goes back to that epoch.
    """
    return f"{epoch}-{random}"


def epoch_of(folder: str) -> str:
    """The epoch in a folder's name; empty for none."""
    return folder.rpartition("-")[0]


def code_of(folder: str) -> str:
    """The release in a folder's name; `0` where there is none yet."""
    return epoch_of(folder).rpartition("-")[2] or "0"


def is_epoch_folder(name: str) -> bool:
    """Whether a folder is one of ours."""
    return re.fullmatch(r"e\d+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+", name) is not None


def live_name(instant: float) -> str:
    """The link that a server in front looks at in this tenth of a second of POSIX time, as nginx writes it (`$msec`)."""
    return f"live-{int(instant * 10) / 10:.1f}"


def folder_of(path: str) -> str | None:
    """The folder of a page's files below epoch and day, for the path of its address; None for what is kept in memory only.

    Nothing that a server might read otherwise than we do, and no comparison of versions (`1..2`): there are too many.
    """
    if len(path) > _LONGEST_PATH or not _KEPT_PATH.fullmatch(path):
        return None
    return path.strip("/")


def is_asked_here(path: str) -> bool:
    """Whether answers to this path (as WSGI gives it) are kept at all; the back office, files and counters never are."""
    return not path.startswith(NOT_PAGES)


def may_be_kept(status: str, headers: Iterable[tuple[str, str]]) -> bool:
    """Whether an answer is everybody's: 200, no cookie, nothing that depends on one, and no word against keeping it."""
    said = [(name.lower(), value.lower()) for name, value in headers]
    if not status.startswith("200") or any(name in ("set-cookie", "content-encoding") for name, _value in said):
        return False
    cache = ",".join(value for name, value in said if name == "cache-control")
    varies = {word.strip() for name, value in said if name == "vary" for word in value.split(",")}
    return not re.search(r"private|no-store", cache) and varies <= {"accept-encoding", ""}


def is_page(headers: Iterable[tuple[str, str]]) -> bool:
    """Whether an answer, by its headers, is a page that a file can stand for: it says what every page says, and no more."""
    said = {name.lower(): value for name, value in headers}
    is_plain = set(said) <= PAGE_HEADERS | OWN_HEADERS
    return is_plain and (said.get("content-type"), said.get("cache-control")) == (PAGE_TYPE, PAGE_CACHING)


def stamp_of(digest: bytes) -> int:
    """The time of change, in seconds, that a file of this content is given: between 2004 and 2038, from its hash.

    nginx makes its ETag of time and size. So the same content has the same ETag in every epoch and on every machine,
    and another has another, even when both were written within one second and are of one length.
    """
    return (1 << 30) | int.from_bytes(digest[:4], "big") >> 2


def etag_of(stamp: int, size: int) -> str:
    """The ETag as nginx writes it for a file."""
    return f'"{stamp:x}-{size:x}"'


def is_known(etag: str, header: str) -> bool:
    """Whether `If-None-Match` names this ETag (RFC 9110 §13.1.2: weakly compared)."""
    return header.strip() == "*" or etag in header


@lru_cache(maxsize=256)
def takes_gzip(header: str) -> bool:
    """Whether `Accept-Encoding` asks for gzip. Browsers say few different things, each many times."""
    for part in header.lower().split(","):
        coding, *parameters = part.replace(" ", "").split(";")
        if coding in ("gzip", "*") and not any(re.fullmatch(r"q=0(\.0*)?", one) for one in parameters):
            return True
    return False
