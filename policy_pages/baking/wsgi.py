"""A WSGI application around Django's that answers kept pages itself: no middleware, no query, no Python of ours but this."""

from __future__ import annotations

import datetime
import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from policy_pages.baking import rules
from policy_pages.baking.folder import Kept, kept, kept_folder, this_boot
from policy_pages.baking.following import Follower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from policy_pages.baking.folder import Folder

    Headers = list[tuple[str, str]]
    Application = Callable[[dict[str, Any], Callable], Iterable[bytes]]

logger = logging.getLogger(__name__)

#: Answers that would be made to a conditional or partial request must be whole ones to be kept.
_CONDITIONS = (
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_RANGE",
)
_OF_BODIES = ("Content-Length", "Content-Encoding")


@dataclass(frozen=True, slots=True)
class Answer:
    """One kept answer, ready to be sent."""

    plain: bytes
    packed: bytes
    plain_etag: str
    packed_etag: str
    plain_headers: Headers
    packed_headers: Headers

    @property
    def size(self) -> int:
        """Bytes it takes in memory, near enough."""
        return len(self.plain) + len(self.packed) + 2000


def answer_of(page: Kept, headers: Headers) -> Answer:
    """The kept page with the headers that its making gave it."""
    said = [(name, value) for name, value in headers if name.lower() not in rules.OWN_HEADERS]
    plain_etag = rules.etag_of(page.stamp, len(page.plain))
    packed_etag = rules.etag_of(page.stamp, len(page.packed))
    common = [*said, ("Vary", "Accept-Encoding")]
    return Answer(
        plain=page.plain,
        packed=page.packed,
        plain_etag=plain_etag,
        packed_etag=packed_etag,
        plain_headers=[*common, ("ETag", plain_etag), ("Content-Length", str(len(page.plain)))],
        packed_headers=[
            *common,
            ("ETag", packed_etag),
            ("Content-Encoding", "gzip"),
            ("Content-Length", str(len(page.packed))),
        ],
    )


class Memory:
    """Answers of one folder and day, by path and query; beyond the bound the longest unused one goes."""

    def __init__(self, folder: str, day: str, most_bytes: int) -> None:
        self.folder, self.day = folder, day
        self.most_bytes = most_bytes
        self.bytes = 0
        self._answers: OrderedDict[tuple[str, str], Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str]) -> Answer | None:
        """The answer, which is then the last to go."""
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
            return found

    def takes(self, size: int) -> bool:
        """Whether a body of so many bytes is kept at all: not one that would take a tenth of the room."""
        return size * 10 < self.most_bytes

    def put(self, key: tuple[str, str], answer: Answer) -> None:
        """Keep an answer."""
        with self._lock:
            old = self._answers.pop(key, None)
            self.bytes += answer.size - (old.size if old else 0)
            self._answers[key] = answer
            while self.bytes > self.most_bytes:
                _key, gone = self._answers.popitem(last=False)
                self.bytes -= gone.size


class Days:
    """The day in the site's zone: the clock is asked each time, the calendar when a day ends."""

    def __init__(self) -> None:
        self._since = self._until = 0.0
        self._day = ""

    def today(self) -> str:
        """As ISO."""
        now = time.time()
        if not self._since <= now < self._until:
            local = timezone.localtime()
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            # In wall time: a zone that changes its clocks has days of 23 and 25 hours.
            self._since, self._until = midnight.timestamp(), (midnight + datetime.timedelta(days=1)).timestamp()
            self._day = local.date().isoformat()
        return self._day


class BakedApplication:
    """Serves what is kept and keeps what is everybody's; everything else passes through untouched.

    Kept is what is asked for with GET and without a session, by an address that answers 200 and says nothing against it
    (`rules.may_be_kept`). Pages without a query are kept as files, which the server in front serves without us; lists
    with choices, searches, feeds and data in the memory of each worker.
    """

    def __init__(self, application: Application, folder: Folder) -> None:
        self.application = application
        self.folder = folder
        self.days = Days()
        self.private_cookies = tuple(f"{name}=" for name in (settings.SESSION_COOKIE_NAME, "messages"))
        self.needs_tls = settings.SECURE_SSL_REDIRECT
        # One object, set at once: a thread that sees the new epoch must not see the old answers.
        self._memory = Memory("", "", settings.HUIQITONG_BAKE_MEMORY)
        #: What every page says, as the first one made here said it: for pages that another process made.
        self._page_headers: Headers | None = None
        self.follower = Follower(folder)
        self.follower.start()

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        """Answer one request."""
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD") or not self._is_everybodys(environ):
            return self.application(environ, start_response)
        # First the epoch and the day, then the page: what changes while it is made leaves it where nobody looks.
        folder = self.folder.current()
        if not self.follower.may_serve(folder):
            return self.application(environ, start_response)
        memory = self._memory_of(folder, self.days.today())
        key = (environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        answer = memory.get(key) or self._from_file(memory, key)
        if answer is not None:
            return send(answer, environ, start_response)
        if method == "HEAD":
            return self.application(environ, start_response)
        return self._make(environ, start_response, memory, key)

    def _is_everybodys(self, environ: dict[str, Any]) -> bool:
        cookies = environ.get("HTTP_COOKIE", "")
        return (
            rules.is_asked_here(environ["PATH_INFO"])
            and not (cookies and any(name in cookies for name in self.private_cookies))
            and (not self.needs_tls or is_secure(environ))
        )

    def _memory_of(self, folder: str, day: str) -> Memory:
        memory = self._memory
        if memory.folder != folder or memory.day != day:
            memory = self._memory = Memory(folder, day, memory.most_bytes)
        return memory

    def _from_file(self, memory: Memory, key: tuple[str, str]) -> Answer | None:
        path, query = key
        if query or self._page_headers is None:
            return None
        page = self.folder.read(memory.folder, memory.day, path)
        if page is None:
            return None
        answer = answer_of(page, self._page_headers)
        memory.put(key, answer)
        return answer

    def _make(
        self, environ: dict[str, Any], start_response: Callable, memory: Memory, key: tuple[str, str]
    ) -> Iterable[bytes]:
        said: list[Any] = []

        def hear(status: str, headers: Headers, exc_info: Any = None) -> None:
            said[:] = [status, headers]

        whole = {name: value for name, value in environ.items() if name not in _CONDITIONS}
        chunks = self.application(whole, hear)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        status, headers = said
        if not rules.may_be_kept(status, headers) or not memory.takes(len(body)):
            start_response(status, headers)
            return [body]
        page = kept(body)
        answer = answer_of(page, headers)
        if not key[1] and rules.is_page(headers):
            self._page_headers = self._page_headers or headers
            self.folder.write(memory.folder, memory.day, key[0], page)
        memory.put(key, answer)
        return send(answer, environ, start_response)


def send(answer: Answer, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
    """Answer a request with what is kept: packed if it may be, 304 if the visitor has it."""
    if rules.takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
        body, etag, headers = answer.packed, answer.packed_etag, answer.packed_headers
    else:
        body, etag, headers = answer.plain, answer.plain_etag, answer.plain_headers
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and rules.is_known(etag, known):
        start_response("304 Not Modified", [pair for pair in headers if pair[0] not in _OF_BODIES])
        return []
    start_response("200 OK", headers)
    return [body] if environ["REQUEST_METHOD"] == "GET" else []


def is_secure(environ: dict[str, Any]) -> bool:
    """Whether a request came by TLS, as Django decides it; it leads what did not to https itself."""
    header = settings.SECURE_PROXY_SSL_HEADER
    if header and header[0] in environ:
        return environ[header[0]].split(",")[0].strip() == header[1]
    return environ["wsgi.url_scheme"] == "https"


def baked(application: Application) -> Application:
    """The application with kept pages around it; itself where no folder is set."""
    folder = kept_folder()
    if folder is None:
        return application
    try:
        folder.forget_earlier_boot(this_boot())
    except OSError:
        logger.exception("kept pages: %s cannot be written; every page is made anew", folder.root)
        return application
    return BakedApplication(application, folder)
