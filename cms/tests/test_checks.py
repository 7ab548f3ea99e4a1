"""What must hold for the whole project is found broken by `manage.py check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.core.checks import run_checks

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db


def found() -> set[str]:
    return {message.id for message in run_checks() if message.id.startswith("cms.")}


def test_the_project_as_it_stands_passes() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("MIDDLEWARE", django_settings.MIDDLEWARE[:-1], "cms.E001"),
        ("MIDDLEWARE", [*django_settings.MIDDLEWARE, "django.middleware.gzip.GZipMiddleware"], "cms.E001"),
        ("MIDDLEWARE", [], "cms.E001"),
        ("WAGTAILDOCS_SERVE_METHOD", "direct", "cms.E003"),
        ("WAGTAIL_AUTOSAVE_INTERVAL", 500, "cms.E003"),
        ("INSTALLED_APPS", [*django_settings.INSTALLED_APPS, "wagtail.contrib.table_block"], "cms.E003"),
    ],
)
def test_a_seeded_fault_is_found(settings: SettingsWrapper, name: str, value: Any, check: str) -> None:
    setattr(settings, name, value)
    assert check in found()


def test_atomic_requests_are_found(settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ATOMIC_REQUESTS", True)
    assert "cms.E002" in found()
