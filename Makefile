# `make help` lists the targets. Every command is repeatable and asks nothing.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= python3
PORT ?= 8000
#: More arguments for pytest, as in: make test-sqlite ARGS="-k window"
ARGS ?=
VAR := $(or $(HUIQITONG_VAR),var)
#: Every app is a folder with apps.py; what they and the templates hold decides whether the demo is prepared anew.
APPS := $(patsubst %/apps.py,%,$(wildcard */apps.py))
PREPARED := $(VAR)/.prepared

# Long tests begin (tests/plan.py); who has finished takes over what others have not begun.
WORKERS := -n 2 --dist worksteal
PLAIN := -m "not browser"
MEASURED := --cov --cov-append --cov-report= --cov-fail-under=0

export PYTHONUTF8 = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
unexport PYTHONPATH

# $(call install,LOCK,FOLDER): bring the virtual environment in FOLDER to LOCK, unless the stamp says it is already there.
define install
	@if ! $(2)/bin/python -c 'import pip' 2>/dev/null; then \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=...)"; exit 1; }; \
	  echo "creating $(2)"; \
	  $(PYTHON) -m venv --clear $(2) || { echo "python3 -m venv failed; on Debian: apt-get install python3-venv"; exit 1; }; \
	fi; \
	want="$$(sha256sum < $(1))"; stamp="$(2)/.$(1).sha256"; \
	if [ "$$(cat "$$stamp" 2>/dev/null || true)" != "$$want" ]; then \
	  echo "installing $(1)"; \
	  $(2)/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r $(1); \
	  echo "$$want" > "$$stamp"; \
	fi
endef

.PHONY: help serve prepare shots test prove bench lint format types imports migrations test-sqlite test-postgres test-browser \
	install install-dev install-browser install-bench lock clean

help:  ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

## --- run ---------------------------------------------------------------------------------------------------

serve: export DJANGO_SETTINGS_MODULE = cms.settings.dev
serve: export HUIQITONG_BASE_URL ?= http://127.0.0.1:$(PORT)
# The timer of the demo ends with the server, whose process takes over the shell's number.
serve: prepare  ## install, migrate, seed the demo and serve it on 127.0.0.1:8000 (PORT=...)
	@echo "http://127.0.0.1:$(PORT)/ and /admin/ (stop with Ctrl-C)"
	@server=$$$$; while sleep 60 && kill -0 $$server 2>/dev/null; do $(PY) manage.py tick --skip-checks >/dev/null || true; done & \
	exec $(VENV)/bin/granian --interface wsgi --host 127.0.0.1 --port $(PORT) --workers 2 --blocking-threads 1 \
	  cms.wsgi:application

# The demo is a pure product of the code: with the same code and its database in place there is nothing to do.
# A database of DATABASE_URL may have changed behind our back, so it is looked at every time.
prepare: export DJANGO_SETTINGS_MODULE = cms.settings.dev
prepare: install  ## migrate and seed the demo, when code or database changed
	@mkdir -p $(VAR); \
	now="$$(find $(APPS) requirements.txt manage.py -type f -not -path '*/__pycache__/*' -not -path '*/tests/*' -print0 \
	  | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)"; \
	if [ -n "$${DATABASE_URL:-}" ] || [ ! -s $(VAR)/huiqitong.sqlite3 ] || [ "$$(cat $(PREPARED) 2>/dev/null || true)" != "$$now" ]; then \
	  rm -f $(PREPARED); \
	  $(PY) manage.py migrate --noinput --verbosity 0; \
	  $(PY) manage.py seed_demo; \
	  echo "$$now" > $(PREPARED); \
	fi

shots: install-dev install-browser  ## draw docs/screenshots anew from the journey in the browser
	@env -u DATABASE_URL HUIQITONG_SHOTS=1 $(PY) -m pytest -m browser tests/browser -q $(ARGS)

## --- prove -------------------------------------------------------------------------------------------------

# Coverage watches the apps' own tests on SQLite and, on PostgreSQL, what differs there (tests/plan.py); the last run
# judges both together and prints pytest's own summary as the last line.
test: install-dev install-browser lint types imports migrations  ## everything: lint, types, imports, tests on both databases, browser
	@$(PY) -m coverage erase
	@echo "== browser, SQLite"; env -u DATABASE_URL $(PY) -m pytest -m browser $(ARGS)
	@echo "== SQLite"; env -u DATABASE_URL $(PY) -m pytest $(PLAIN) $(WORKERS) $(MEASURED) $(ARGS)
	@echo "== PostgreSQL"; $(PY) -m tests.postgres -- $(PY) -m pytest $(PLAIN) $(WORKERS) \
	  -p tests.coverage_gate --cov --cov-append --cov-report=term:skip-covered $(ARGS)

# The ordinary run takes out a dozen checks and asks the ordinary plan of the matrix (tests/matrix/sweep.py says what is in
# it); this one asks all of it, then takes out each check in turn and prints how many were found.
prove: install-dev  ## the whole permission matrix, then every permission check taken out in turn: each must be found (minutes)
	@env -u DATABASE_URL HUIQITONG_PROVE=1 $(PY) -m pytest -s tests/matrix $(ARGS)

# Databases of its own in a temporary folder; results into benchmarks/results. HUIQITONG_BENCH_SCALE=0.05 for a small run,
# ARGS="search" for one part: benchmarks/README.md.
bench: install-dev install-bench  ## every speed against its limit and its peers, as ratios (some 40 minutes, ARGS=part for one)
	@$(PY) -m benchmarks $(ARGS)

lint: install-dev  ## ruff: rules and format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

format: install-dev  ## ruff: repair what can be repaired
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

types: install-dev  ## mypy with Django's stubs
	@$(PY) -m mypy

imports: install-dev  ## import direction between the apps
	@$(VENV)/bin/lint-imports --no-cache

migrations: install-dev  ## every model change has its migration
	@DATABASE_URL=sqlite://:memory: DJANGO_SETTINGS_MODULE=cms.settings.test $(PY) manage.py makemigrations --check --dry-run

test-sqlite: install-dev  ## tests on SQLite, without browser (ARGS=...)
	@env -u DATABASE_URL $(PY) -m pytest $(PLAIN) $(WORKERS) $(ARGS)

test-postgres: install-dev  ## tests on PostgreSQL (own server, or DATABASE_URL), without browser (ARGS=...)
	@$(PY) -m tests.postgres -- $(PY) -m pytest $(PLAIN) $(WORKERS) $(ARGS)

test-browser: install-dev install-browser  ## browser tests (ARGS=...)
	@env -u DATABASE_URL $(PY) -m pytest -m browser $(ARGS)

## --- ground ------------------------------------------------------------------------------------------------

install:  ## virtual environment with what serving needs
	$(call install,requirements.txt,$(VENV))

install-dev:  ## virtual environment with what testing needs
	$(call install,requirements-dev.txt,$(VENV))

# The HTML checker of the W3C, as npm carries it: one Java archive, taken only with this hash.
VNU := vnu-jar@26.9.27
VNU_SHA512 := 0f02eb5ba91e7e45b7030aadbbdb9d48541b8c7c79aa7bb65c33976c48c13f47a1138ed9fdc43230ae2022babbe88d9642ceebf9460706250c242ba0ad7a4446

# Without rights or apt-get the tests that need these skip and say so; with CI=true they then fail.
install-browser:  ## Chromium, Chinese fonts, faketime, nginx and the HTML checker, if missing and permitted
	@need=""; \
	for browser in chromium chromium-browser google-chrome; do command -v $$browser >/dev/null && break; done || need="chromium"; \
	command -v fc-list >/dev/null && [ -n "$$(fc-list :lang=zh-cn family)" ] || need="$$need fonts-noto-cjk fontconfig"; \
	command -v faketime >/dev/null || need="$$need faketime"; \
	[ -x /usr/sbin/nginx ] || command -v nginx >/dev/null || need="$$need nginx-light"; \
	command -v java >/dev/null || need="$$need default-jre-headless"; \
	command -v npm >/dev/null || need="$$need npm"; \
	[ -n "$$need" ] || exit 0; \
	if [ "$$(id -u)" = 0 ]; then as=""; else as="sudo -n"; fi; \
	if command -v apt-get >/dev/null && $$as true 2>/dev/null; then \
	  echo "installing$${need:+ }$$need"; \
	  $$as env DEBIAN_FRONTEND=noninteractive apt-get update -qq; \
	  $$as env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$need >/dev/null; \
	else echo "missing and not installable here: $$need"; fi
	@jar=$(VENV)/share/vnu.jar; echo "$(VNU_SHA512)  $$jar" | sha512sum --status --check - 2>/dev/null && exit 0; \
	command -v npm >/dev/null || { echo "no npm: the HTML checker is missing"; exit 0; }; \
	echo "installing $(VNU)"; mkdir -p $(VENV)/share; there="$$(mktemp -d)"; trap 'rm -rf "$$there"' EXIT; \
	npm pack --silent --pack-destination "$$there" $(VNU) >/dev/null; \
	tar -xzf "$$there"/vnu-jar-*.tgz -C "$$there"; cp "$$there/package/build/dist/vnu.jar" "$$jar"; \
	echo "$(VNU_SHA512)  $$jar" | sha512sum --quiet --check - || { rm -f "$$jar"; exit 1; }

# Peers of the benchmarks have packages of their own, which nothing else needs. A server that Debian starts by itself is not wanted.
install-bench:  ## nginx, the load tool wrk, and stock Wagtail with wagtail-cache in .venv-bench, if missing and permitted
	$(call install,requirements-bench.txt,.venv-bench)
	@need=""; PATH="$$PATH:/usr/sbin"; \
	command -v nginx >/dev/null || need="nginx-light"; \
	command -v wrk >/dev/null || need="$$need wrk"; \
	[ -n "$$need" ] || exit 0; \
	if [ "$$(id -u)" = 0 ]; then as=""; else as="sudo -n"; fi; \
	if command -v apt-get >/dev/null && $$as true 2>/dev/null; then \
	  echo "installing $$need"; \
	  $$as env DEBIAN_FRONTEND=noninteractive apt-get update -qq; \
	  $$as env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$need >/dev/null; \
	else echo "missing and not installable here: $$need"; fi

lock: install-dev  ## recompile the lock files, keeping pins that still hold (UPGRADE=1 renews all)
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras \
	  --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.txt
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras \
	  --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) pyproject.toml --group dev \
	  -c requirements.txt -o requirements-dev.txt
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras \
	  --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) pyproject.toml --group bench \
	  -c requirements.txt -o requirements-bench.txt

clean:  ## remove caches and reports; data in var/ and the virtual environment stay
	@rm -rf .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	@find . -path './.venv*' -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
