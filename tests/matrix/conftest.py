"""One world for the whole module: made once in a transaction that ends by being rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import override_settings

from tests.matrix.world import World, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="package")
def world_media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of the world."""
    return tmp_path_factory.mktemp("matrix-media")


@pytest.fixture(scope="module")
def world(world_media: Path, request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The departments, in a transaction around the module's tests."""
    request.getfixturevalue("django_db_setup")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=str(world_media)), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def media_root(world_media: Path) -> Path:
    """In place of the project's fixture, which gives each test a folder of its own: the world's files stay."""
    return world_media
