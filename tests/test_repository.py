"""What the repository promises about itself: locks, tools, sizes, names, directions."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
APPS = sorted(found.parent.name for found in ROOT.glob("*/apps.py"))
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"]
LAYERS = ["cms", "policy_pages", "accounts", "audit"]

#: Architecture §3, and what Django itself asks for. A kind that grew is a package of the same name.
VOCABULARY = set(
    re.findall(
        r"\w+",
        """enums models querysets rules services permissions forms blocks panels workflow jobs viewsets views reports
        signals checks wagtail_hooks urls templatetags management tests migrations apps errors __init__""",
    )
)
#: The project itself, and kinds that decisions added: name the reason with each.
ADDED = {
    "cms": {"settings", "wsgi", "middleware"},
    "audit": {
        "triggers",  # append-only at the database, installed after migrate
        "guard",  # what an SQLite connection may not compile, set as it opens
    },
    "accounts": {
        "middleware",  # who may go on: session, second factor, first login
        "validators",  # Django's password validators over our pure rules
        "backends",  # a right password of a disabled account is told so
    },
    "policy_pages": {
        "search",  # Wagtail search backend: architecture §6
        "variants",  # traditional script and elder mode by prefix, the look by parameters
        "imports",  # files of other systems into drafts
        "demo",  # the demo city's content
        "admin_views",  # the back office's views apart from the public ones, which nobody may confuse
        "open_data",  # the public site's twins for programs: architecture §7
        "dossier",  # a read model: everything known of a page
        "guides",  # a read model: what a guide answers beside its own page (calendar, files, paper, self-check)
        "contents",  # what a saved text says, for the dossier and the versions
        "versions",  # a read model: every published text and what changed between two
        "inbox",  # a read model: what waits for a person
        "middleware",  # the wall between departments, before Wagtail's views
        "visits",  # from a beacon over a file to counts by page and day
        "feedback",  # reports of visitors: public form, rules, services and comparison of one thing
        "imprint",  # what stands in the foot of the site
        "baking",  # public pages kept as files until anything public changes: architecture §6
        "addresses",  # one address per content: rules, and the lines that every public view calls
    },
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def direct_dependencies() -> list[str]:
    declared = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]
    return [re.match(r"[A-Za-z0-9._-]+", line).group() for line in declared]


def own_modules() -> list[Path]:
    """Every Python file of ours but generated migrations."""
    files = [*ROOT.glob("*.py"), *(path for name in [*APPS, "tests"] for path in (ROOT / name).rglob("*.py"))]
    return [path for path in files if "migrations" not in path.parts]


def locked(lock: str) -> dict[str, list[str]]:
    """Requirement line -> its hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    return {line.split(" --hash")[0].strip(): re.findall(r"--hash=sha256:[0-9a-f]{64}\b", line) for line in lines}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_is_pinned_with_hashes(lock: str) -> None:
    entries = locked(lock)
    assert len(entries) > 20
    assert [line for line in entries if not re.match(r"[a-z0-9._-]+(\[[a-z0-9,-]+\])?==\S+( ; .+)?$", line)] == []
    assert [line for line, hashes in entries.items() if not hashes] == []


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("address", ["://", "index-url", "find-links", "@"])
def test_a_lock_names_no_address(lock: str, address: str) -> None:
    assert address not in (ROOT / lock).read_text(encoding="utf-8")


def test_the_locks_hold_every_direct_dependency_and_agree() -> None:
    runtime, development, bench = (set(locked(lock)) for lock in LOCKS)
    names = {normal(re.split(r"\[|==", line)[0]) for line in development}
    assert [name for name in direct_dependencies() if normal(name) not in names] == []
    assert runtime - development == set()
    # Ours and the peer run on the same Django, Wagtail and server.
    assert {line.split("==")[0] for line in bench - runtime} == {"wagtail-cache"}
    assert runtime - bench == set()


@pytest.mark.parametrize("name", direct_dependencies())
def test_every_direct_dependency_has_its_reason(name: str) -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = [row for row in page.splitlines() if row.startswith(f"| {name} |")]
    assert len(rows) == 1
    version, reason = rows[0].split("|")[2].strip(), rows[0].split("|")[-2].strip()
    assert f"{normal(name)}=={version}" in {
        re.sub(r"\[.*?\]", "", line).split(" ;")[0] for line in locked("requirements-dev.txt")
    }, "the page names another version than the lock"
    assert len(reason) > 10


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY:((?:.*\\\n)*.*)$", makefile, re.MULTILINE).group(1).replace("\\", " ").split()
    targets = set(re.findall(r"^([a-z][a-z-]*):(?! export)", makefile, re.MULTILINE))
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    for command in (["make", "help"], ["make"]):
        shown = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=True).stdout
        listed = {line.split()[0] for line in shown.splitlines() if line.startswith("  ")}
        assert listed == targets == set(phony)
        assert {"serve", "test", "help"} <= listed


def test_ci_runs_make_test_with_ci_on() -> None:
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in text
    assert "export CI=true" in text
    assert "make test" in text


def test_import_direction_names_every_app_in_order() -> None:
    config = PROJECT["tool"]["importlinter"]
    house, pure = config["contracts"]
    assert sorted(config["root_packages"]) == APPS
    assert house["layers"] == LAYERS
    assert pure["source_modules"] == ["**.rules"]
    assert "django" in pure["forbidden_modules"]


def test_import_contracts_hold() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    run = subprocess.run([str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_import_contracts_find_a_seeded_wrong_import(tmp_path: Path) -> None:
    for name in LAYERS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "audit" / "services.py").write_text("import accounts\n")
    (tmp_path / "policy_pages" / "rules.py").write_text("from django.utils import timezone\n")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    program = Path(sys.executable).parent / "lint-imports"
    run = subprocess.run([str(program), "--no-cache"], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 1
    assert "Contracts: 0 kept, 2 broken" in run.stdout


def test_base_settings_stay_small() -> None:
    assert len((ROOT / "cms" / "settings" / "base.py").read_text(encoding="utf-8").splitlines()) < 300


def test_no_module_reaches_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in own_modules()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) >= 400
    }
    assert long == {}


def test_no_module_is_called_utils() -> None:
    assert [str(path) for path in own_modules() if path.stem in {"utils", "helpers", "common", "misc"}] == []


@pytest.mark.parametrize("app", APPS)
def test_files_of_an_app_come_from_the_closed_vocabulary(app: str) -> None:
    kinds = {
        path.stem
        for path in (ROOT / app).iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
    }
    assert kinds - VOCABULARY - ADDED.get(app, set()) == set()


def test_every_package_folder_is_a_package() -> None:
    """A folder without __init__.py is skipped in silence by the linters and by test discovery."""
    folders = {path.parent for path in own_modules() if path.parent != ROOT}
    assert [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_test_file_escapes_discovery() -> None:
    """Test functions live only in test_*.py: elsewhere pytest never runs them."""
    lost = []
    for path in own_modules():
        if "tests" in path.parts and not path.name.startswith("test_"):
            body = ast.parse(path.read_text(encoding="utf-8")).body
            lost += [f"{path.name}:{node.name}" for node in body if getattr(node, "name", "").startswith("test_")]
    assert lost == []
