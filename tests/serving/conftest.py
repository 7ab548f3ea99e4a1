"""A machine with a folder of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policy_pages.tests.factories import make_bureau, make_department
from tests.serving.asking import Node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department


@pytest.fixture
def node(settings: SettingsWrapper, tmp_path: Path, transactional_db: None) -> Iterator[Node]:
    """Commits reach it, as they do in use."""
    settings.HUIQITONG_BAKE_DIR = str(tmp_path / "bake")
    settings.ALLOWED_HOSTS = ["*"]
    node = Node(tmp_path / "bake")
    yield node
    node.stop()


@pytest.fixture
def kjj(node: Node) -> Department:
    """A unit with its people."""
    make_bureau()
    return make_department("kjj", "市科学技术局")
