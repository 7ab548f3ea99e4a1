"""The city's profile starts only when everything local is said."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

WHOLE = {"SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "example.gov.cn", "HUIQITONG_PROXY_COUNT": "1"}


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Load the profile in a process of its own, with nothing set but this."""
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    code = "import cms.settings.production as profile; print(profile.HUIQITONG_PROXY_COUNT)"
    return subprocess.run(
        [sys.executable, "-c", code], env={**known, **environment}, capture_output=True, text=True, check=False
    )


def test_the_profile_starts_when_all_is_said() -> None:
    done = start(WHOLE)
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr


@pytest.mark.parametrize("missing", sorted(WHOLE))
def test_the_profile_does_not_guess(missing: str) -> None:
    done = start({name: value for name, value in WHOLE.items() if name != missing})
    assert done.returncode != 0
    assert missing in done.stderr
