"""A WSGI application that gives one answer: what a server of this kind can do at most.

HUIQITONG_BENCH_ANSWER names a JSON file with `headers` (pairs) and the file of the body beside it.
"""

import json
import os
from pathlib import Path

_FILE = Path(os.environ["HUIQITONG_BENCH_ANSWER"])
_HEADERS = [tuple(pair) for pair in json.loads(_FILE.read_text(encoding="utf-8"))["headers"]]
_BODY = [_FILE.with_suffix(".body").read_bytes()]


def application(environ, start_response):
    """Answer the same, whatever is asked."""
    start_response("200 OK", _HEADERS)
    return _BODY
