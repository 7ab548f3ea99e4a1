"""A publisher killed between its commit and the link: what it published shows, with no hand of an operator."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from policy_pages.baking.epoch import current_state
from policy_pages.baking.folder import Folder
from policy_pages.models import PolicyDocumentPage
from policy_pages.tests.factories import make_bureau, make_department, make_document, make_public
from policy_pages.tests.public_reading import path_of
from tests.serving.servers import ROOT, ask, database_url, granian, kill

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.once]

#: Withdraws a page and dies where the link would be set; what is killed is the real process, by the real signal.
DIES = """
import os, signal, sys
import django
django.setup()
from policy_pages.baking.folder import Folder
from policy_pages.models import PolicyDocumentPage
Folder.settle = lambda folder: os.kill(os.getpid(), signal.SIGKILL)
PolicyDocumentPage.objects.filter(pk=int(sys.argv[1])).update(live=False)
"""


def die_publishing(page: PolicyDocumentPage, bake: Path) -> None:
    """Withdraw a page in another process, which is killed after its commit."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "cms.settings.dev",
        "HUIQITONG_BAKE_DIR": str(bake),
    }
    ended = subprocess.run([sys.executable, "-c", DIES, str(page.pk)], env=environment, cwd=ROOT, check=False)
    assert ended.returncode == -9
    page.refresh_from_db()
    assert not page.live


def test_the_server_goes_on_with_what_was_committed(tmp_path: Path) -> None:
    make_bureau()
    page = make_public(make_document(make_department("kjj", "市科学技术局")))
    bake = tmp_path / "bake"
    with granian(bake) as (port, _process):
        assert ask(port, path_of(page)).status == 200
        connection.close()
        die_publishing(page, bake)
        time.sleep(0.5)  # a worker asks the database ten times a second
        assert ask(port, path_of(page)).status == 404


def test_the_next_start_goes_on_with_what_was_committed(tmp_path: Path) -> None:
    """The whole machine went: nobody followed the database meanwhile."""
    make_bureau()
    page = make_public(make_document(make_department("kjj", "市科学技术局")))
    bake = tmp_path / "bake"
    with granian(bake) as (port, process):
        assert ask(port, path_of(page)).status == 200
        kill(process)
    die_publishing(page, bake)
    assert not Folder(bake).current().startswith(f"{current_state()}-")  # the file still waits to be served
    with granian(bake) as (port, _process):
        assert ask(port, path_of(page)).status == 404
    assert Folder(bake).current().startswith(f"{current_state()}-")
