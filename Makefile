# Two commands from a fresh machine: `make demo` and `make test`. Everything else is here too.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
# One more than cores: tests with processes of their own wait for much of their time.
JOBS   ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))
SECONDS ?= 300
SUITE  ?= tests
ADVISORIES ?= var/advisories
# Suites with real clients and processes, whose fixtures install and start them.
LONG   := $(BIN)/python -m pytest -n 0 --timeout 1800

.PHONY: help audit chaos chaos-postgres demo docs image install-engines pictures run test test-quick test-failed test-browser test-clients test-engines test-hostile test-hosts test-n8n test-operating test-pgbouncer test-postgres test-redis test-usage test-versions test-wheel test-zapier screenshots titles lint lint-image bench engines first-picture format chromium compile-n8n lock
.DELETE_ON_ERROR:

help: ## Show the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

demo: $(VENV)/.runtime ## Search, estimate and generate from nothing, with a verified callback
	@$(BIN)/python -m service demo

run: $(VENV)/.runtime ## Start every process; ends with Ctrl-C
	$(BIN)/python -m service up

test: $(VENV)/.dev ## Run every test that needs no other server
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --durations 20 tests

# Tests share the cores with processes of their own: what fails only then is told from what fails alone, too.
test-failed: $(VENV)/.dev ## Run what failed last again, one test at a time (SUITE=tests/hostile for another suite than `make test`, ON=postgres)
	$(if $(ON),$(BIN)/python -m tests.support.$(ON)) $(BIN)/python -m pytest -n 0 --last-failed --last-failed-no-failures none $(SUITE)

test-quick: $(VENV)/.dev ## Run the tests that need no processes, engines or long suites, and of many like cases the first: the developer's loop
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --quick -p no:schemathesis tests

test-entrances: $(VENV)/.dev ## Run the tests of accepts through the Flask route alone, without the entrance before it
	GENHOOK_TEST_ENTRANCE=off $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup tests/web tests/operations tests/runs

test-postgres: $(VENV)/.dev ## Run every test on PostgreSQL
	$(BIN)/python -m tests.support.postgres $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup tests

# Minutes: a million generates on SQLite, then on PostgreSQL, each answer held against the ledger, under a second.
test-usage: $(VENV)/.dev ## Add up a million generates by every grouping, on both databases
	GENHOOK_USAGE_ROWS=1000000 $(LONG) -s tests/accounts/test_usage.py -k many_generates
	GENHOOK_USAGE_ROWS=1000000 $(BIN)/python -m tests.support.postgres $(LONG) -s tests/accounts/test_usage.py -k many_generates

test-wheel: $(VENV)/.dev ## Install the wheel into an empty venv, and start it in an empty folder
	$(LONG) tests/install

docs: $(VENV)/.docs ## Build the guides that /docs/guide serves, into service/web/guide
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q

lock: $(VENV)/.dev ## Write locks/: every requirements file with all that it needs, and hashes
	@mkdir -p locks
	for name in requirements requirements-bench requirements-dev requirements-browser requirements-docs requirements-engines requirements-operating requirements-otel; do \
		$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
			--no-emit-index-url --no-emit-find-links $$name.txt -o locks/$$name.txt || exit 1; done

# Offline; it says how to get the advisories once. What was judged to do no harm here: IGNORE="ID ID".
audit: $(VENV)/.dev ## Hold every locked version against published advisories (ADVISORIES=folder or zip)
	@$(BIN)/python -m tests.support.audit $(ADVISORIES) $(addprefix --ignore ,$(IGNORE))

# The n8n node's hand-written modules, as the service hands them out; wants Node and npm.
compile-n8n: ## Compile the n8n node's TypeScript to packs/n8n/compiled
	cd packs/n8n && npm install --silent --no-save --no-package-lock --ignore-scripts --prefix .compiler typescript@5.9.3
	cd packs/n8n && NODE_PATH=.compiler/node_modules node compile.cjs && rm -r .compiler

# OpenAI's, LangChain's (n8n's too), LlamaIndex's and Vercel's clients against a real `up`; wants Node and npm. They are
# installed once under ~/.cache/genhook, the Python ones in a venv of their own.
test-clients: $(VENV)/.dev ## Run the real clients of OpenAI's API against a real Genhook
	$(LONG) tests/clients

# llama.cpp's server is compiled the first time, for minutes, LiteLLM and n8n are large; all under ~/.cache/genhook.
# A ComfyUI of your own is asked too where COMFYUI_URL names one: no registry has it.
test-engines: install-engines ## Add real llama.cpp and LiteLLM servers to a real Genhook, and ask every face for texts
	$(LONG) tests/engines

# Told step by step; what was installed before is found again by what is locked, and what it is compiled with.
install-engines: $(VENV)/.dev ## Install the real servers that test-engines runs: llama.cpp, LiteLLM, n8n
	$(BIN)/python -m tests.engines.install

# In the real zapier-platform-core, installed once under ~/.cache/genhook; wants Node and npm.
test-zapier: $(VENV)/.dev ## Run the Zapier app in the real zapier-platform-core
	$(LONG) tests/zapier

# The pack in a real n8n; the first time it installs one, 2 GB, under ~/.cache/genhook/.
test-n8n: $(VENV)/.browser chromium ## Run the node pack in a real n8n (installs 2 GB the first time)
	GENHOOK_TEST_N8N=1 $(LONG) tests/n8n

# Attacks on real processes, and how long a bystander waits meanwhile, then a minute of hostile values for every action
# (GENHOOK_FUZZ_SECONDS); about seven minutes.
test-hostile: $(VENV)/.dev ## Attack real processes, and print how long a bystander waits
	$(LONG) tests/hostile

# 5 minutes: faults at random, their seed printed; `make chaos SECONDS=60 SEED=7` repeats one.
chaos: $(VENV)/.dev ## Kill, stop, cut off and fill everything at random under load, and check the books
	$(BIN)/python -m tests.chaos --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

chaos-postgres: $(VENV)/.dev ## The same on PostgreSQL
	$(BIN)/python -m tests.support.postgres $(BIN)/python -m tests.chaos --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

# Behind PgBouncer, on sentinels and a cluster, on three machines, in the image's containers, scaled, told to stop,
# a year long: some twenty minutes.
test-operating: $(VENV)/.operating ## Run real processes as operators do: behind PgBouncer, told to stop, …
	$(LONG) tests/operating

test-pgbouncer: $(VENV)/.dev ## Run every process behind a real PgBouncer (apt-get install pgbouncer)
	$(LONG) tests/operating/test_pgbouncer.py

test-redis: $(VENV)/.dev ## Run every process on a real Redis Cluster, and behind real sentinels
	$(LONG) tests/operating/test_redis_servers.py

# Ten minutes the first time: a Debian for it to stand on is kept under ~/.cache/genhook. Root, with
# `apt-get install buildah debootstrap`.
image: $(VENV)/.dev ## Build the image without a container engine, and run its processes as compose does
	$(LONG) -rs tests/operating/test_image.py

lint-image: $(VENV)/.operating ## Lint the Dockerfile
	$(BIN)/hadolint Dockerfile

# The code of the last `Release` commit, out of git's history.
test-versions: $(VENV)/.dev ## Run the last release and this version side by side on one database
	$(LONG) -rs tests/operating/test_two_versions.py

# Three machines, as network namespaces on a bridge, with a real S3 server between them: root, iproute2, three minutes.
test-hosts: $(VENV)/.operating ## Cut one machine off, kill another, and scale workers from none to eight and back
	$(LONG) -s tests/operating/test_hosts.py tests/operating/test_autoscaling.py

# The console in a real browser, against a real `up`.
test-browser: $(VENV)/.browser chromium ## Drive the console in a real Chromium
	GENHOOK_TEST_BROWSER=1 $(LONG) tests/browser

# The pictures of the pack's README, taken in that n8n's editor.
screenshots: $(VENV)/.browser chromium ## Take the pictures of the n8n pack
	GENHOOK_TEST_N8N=1 GENHOOK_SCREENSHOTS=packs/n8n/images $(LONG) tests/n8n/test_editor.py

# The pictures of the console in docs/images/console, phone and desktop, light and dark.
pictures: $(VENV)/.browser chromium ## Take the pictures of the console's pages
	GENHOOK_TEST_BROWSER=1 GENHOOK_SCREENSHOTS=docs/images/console $(LONG) tests/browser/test_pictures.py

first-picture: $(VENV)/.browser chromium ## Time a clone, its installation, the console and a first picture
	$(BIN)/python -m tests.browser.first_picture

titles: $(VENV)/.dev ## Draw a sheet of titles in every script to var/titles.png, to be looked at
	$(BIN)/python -m tests.support.titles var/titles.png

lint: $(VENV)/.dev ## Check style, types and imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## Print each figure as a ratio to its limit
	$(BIN)/python -m benchmarks

engines: $(VENV)/.runtime ## Install the extras of the embedded engine: speech, film, vectors, cut-outs
	$(BIN)/pip install -q -r requirements-engines.txt
	$(BIN)/pip install -q --no-deps -r requirements-engines-nodeps.txt

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null 2>&1 && $(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "Installing what Genhook needs (once)…"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.docs: requirements-docs.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-docs.txt
	@touch $@

$(VENV)/.operating: requirements-operating.txt $(VENV)/.dev
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-operating.txt
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
