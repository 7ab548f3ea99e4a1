"""One world for the whole module: made once in a transaction that ends by being rolled back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.test import override_settings

from tests.matrix.sweep import Matrix
from tests.matrix.world import World, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="package")
def world_media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of the world."""
    return tmp_path_factory.mktemp("matrix-media")


@pytest.fixture(scope="package")
def world(world_media: Path, request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The departments, in a transaction around the package's tests.

    On SQLite only: what is proven here is Python before the database, the same on both, and twice the time would not
    fit into the three minutes of the ordinary run. What PostgreSQL does differently, locks and searches, has its tests.
    """
    if connection.vendor != "sqlite":
        pytest.skip("the permission matrix runs on SQLite: the checks are Python, the same on both databases")
    request.getfixturevalue("django_db_setup")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=str(world_media)), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def whole_matrix(world: World) -> Matrix:
    """Everybody logged in, once."""
    return Matrix(world)


@pytest.fixture
def matrix(whole_matrix: Matrix) -> Iterator[Matrix]:
    """The matrix without what earlier tests found; thousands of refusals are not worth a line each."""
    whole_matrix.failures.clear()
    logging.disable(logging.CRITICAL)
    yield whole_matrix
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def media_root(world_media: Path) -> Path:
    """In place of the project's fixture, which gives each test a folder of its own: the world's files stay."""
    return world_media
