"""The city's profile starts only when everything local is said."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

WHOLE = {
    "SECRET_KEY": "x" * 60,
    "ALLOWED_HOSTS": "example.gov.cn",
    "HUIQITONG_PROXY_COUNT": "1",
    "HUIQITONG_BASE_URL": "https://example.gov.cn",
}


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Load the profile in a process of its own, with nothing set but this."""
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    code = "import cms.settings.production as it; print(it.HUIQITONG_PROXY_COUNT, getattr(it, 'SECURE_PROXY_SSL_HEADER', ''))"
    return subprocess.run(
        [sys.executable, "-c", code], env={**known, **environment}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("proxies", "told"), [("1", "1 ('HTTP_X_FORWARDED_PROTO', 'https')"), ("0", "0")])
def test_the_profile_starts_when_all_is_said(proxies: str, told: str) -> None:
    """And believes nobody but a proxy that a request came by TLS."""
    done = start({**WHOLE, "HUIQITONG_PROXY_COUNT": proxies})
    assert (done.returncode, done.stdout.strip()) == (0, told), done.stderr


@pytest.mark.parametrize("missing", sorted(WHOLE))
def test_the_profile_does_not_guess(missing: str) -> None:
    done = start({name: value for name, value in WHOLE.items() if name != missing})
    assert done.returncode != 0
    assert missing in done.stderr
