# Two commands from a fresh machine: `make demo` and `make test`. Everything else is here too.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= auto

.PHONY: demo run test test-browser test-n8n test-postgres test-zapier screenshots lint bench engines format chromium
.DELETE_ON_ERROR:

demo: $(VENV)/.runtime
	@$(BIN)/python -m service demo

run: $(VENV)/.runtime
	$(BIN)/python -m service up

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup tests

test-postgres: $(VENV)/.dev
	$(BIN)/python -m tests.support.postgres $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup tests

# In the real zapier-platform-core, installed once under ~/.cache/genhook; wants Node and npm.
test-zapier: $(VENV)/.dev
	$(BIN)/python -m pytest tests/zapier

# The pack in a real n8n; the first time it installs one, 2 GB, under ~/.cache/genhook/.
test-n8n: $(VENV)/.browser chromium
	GENHOOK_TEST_N8N=1 $(BIN)/python -m pytest -n 0 tests/n8n

# The console in a real browser, against a real `up`.
test-browser: $(VENV)/.browser chromium
	GENHOOK_TEST_BROWSER=1 $(BIN)/python -m pytest -n 0 tests/browser

# The pictures of the pack's README, taken in that n8n's editor.
screenshots: $(VENV)/.browser chromium
	GENHOOK_TEST_N8N=1 GENHOOK_SCREENSHOTS=packs/n8n/images $(BIN)/python -m pytest -n 0 tests/n8n/test_editor.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

engines: $(VENV)/.runtime
	$(BIN)/pip install -q -r requirements-engines.txt
	$(BIN)/pip install -q --no-deps -r requirements-engines-nodeps.txt

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null 2>&1 && $(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "Installing what Genhook needs (once)…"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.browser: requirements-browser.txt $(VENV)/.dev
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-browser.txt
	@touch $@

chromium:
	@command -v chromium >/dev/null || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "Install Chromium: sudo apt-get install chromium"; exit 1; }; \
		echo "Installing Chromium (once)…"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; }

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(VENV)/bin/python
	@echo "Installing what the tests need (once)…"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime
