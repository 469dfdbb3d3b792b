# Playhead. `make demo` and `make test` do everything, downloads included.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STAMPS := .venv/stamps
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Node comes from a wheel and would bring certificates of its own; the system knows better.
export NODE_USE_SYSTEM_CA := 1
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: help install demo test lint bench screenshots docs lock audit fuzz stress clip wheel clean system

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMPS)/playhead ## Make .venv with the playhead command in it

demo: install ## Start Playhead with a video page and a simulated audience
	@playhead demo

test: install $(STAMPS)/system $(STAMPS)/postgres $(STAMPS)/zookeeper $(STAMPS)/proxies ## Lint, check types and run every test (sets up browser and database too)
	@scripts/test.sh

lint: install ## Formatting, lint, types and the direction of the arrows
	@scripts/lint.sh

bench: install $(STAMPS)/bench-system $(STAMPS)/postgres ## Measure speed, memory and disk, and print a table
	@python -m bench

screenshots: install $(STAMPS)/system ## Take the pictures that the README shows
	@python -m bench.screenshots

docs: install ## Write the answers of a running server into docs/api
	@python -m bench.examples

lock: install ## Resolve the dependencies anew into requirements.lock
	@python -m pip install --quiet uv
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-header \
	  --no-emit-index-url --upgrade --quiet -o requirements.lock

fuzz: install ## Send anything to a server for SECONDS_EACH of each kind (default: 60)
	@PLAYHEAD_FUZZ_SECONDS=$(or $(SECONDS_EACH),60) python -m pytest -q tests/test_fuzz.py

stress: install ## Kill a server 100 times under load, then take its store away for ten minutes (OPTIONS: --kills, --away)
	@python tests/stress.py $(OPTIONS)

audit: install ## Ask the public databases of advisories about all dependencies (needs the network)
	@python -m pip install --quiet pip-audit
	@pip-audit --strict --require-hashes --disable-pip -r requirements.lock
	@cd web && npm audit

clip: ## Make the demo's video anew (needs ffmpeg)
	@scripts/make_clip.sh

wheel: install ## Build the wheel that people install
	@python -m hatchling build -t wheel

clean: ## Remove what was built; downloads again on the next install
	rm -rf .venv web/node_modules src/playhead/static build dist .cache

# -- how it gets there -------------------------------------------------------------------------

# Debian keeps venv in a package of its own; everything else comes with Python.
$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Playhead needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || scripts/apt-install.sh "venv for Python" python3-venv
	@$(PYTHON) -m venv .venv
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/python: requirements.lock | $(STAMPS)/venv
	@echo "==> Python packages (about 1.5 GB on disk, a third of it the embedded ClickHouse engine)"
	@python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(STAMPS)/node: web/package-lock.json web/package.json | $(STAMPS)/python
	@echo "==> Packages that build the tracker"
	@cd web && npm ci --loglevel=error --no-progress --no-audit --no-fund
	@touch $@

$(STAMPS)/web: $(WEB_SOURCES) | $(STAMPS)/node
	@echo "==> The tracker and the pages"
	@cd web && npm run --silent build
	@touch $@

$(STAMPS)/playhead: pyproject.toml src/playhead/__init__.py $(STAMPS)/python $(STAMPS)/web
	@python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
	@echo "==> Ready: .venv/bin/playhead"

$(STAMPS)/system: | $(STAMPS)/venv
	@command -v chromium >/dev/null || scripts/apt-install.sh "Chromium, for the tests in a real browser" chromium
	@touch $@

$(STAMPS)/postgres: | $(STAMPS)/venv
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
	  || scripts/apt-install.sh "PostgreSQL, of which the tests run servers of their own" postgresql
	@touch $@

$(STAMPS)/zookeeper: | $(STAMPS)/venv
	@{ command -v java && [ -e /usr/share/java/zookeeper.jar ]; } >/dev/null \
	  || scripts/apt-install.sh "ZooKeeper, which takes the tables of a cluster in the tests" default-jre-headless libzookeeper-java
	@touch $@

$(STAMPS)/proxies: | $(STAMPS)/venv
	@{ command -v caddy && command -v systemd-analyze && command -v openssl && [ -x /usr/sbin/nginx ]; } >/dev/null \
	  || scripts/apt-install.sh "proxies and systemd, to try what deploy/ has for them" caddy nginx-light openssl systemd
	@touch $@

$(STAMPS)/bench-system: | $(STAMPS)/venv
	@command -v wrk >/dev/null || scripts/apt-install.sh "wrk, the load generator of the bench" wrk
	@touch $@
