# Everything a person does with this project; `make help` lists it.
# HOST and PORT choose where it listens: make demo PORT=9000

VENV := .venv
BIN := $(VENV)/bin
SOUND := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
# Looked for when it is first needed, and once.
PYTHON ?= $(eval PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	if $$p -c '$(SOUND)' >/dev/null 2>&1; then echo $$p; break; fi; done))$(PYTHON)
NPM_CI := npm ci --no-audit --no-fund --loglevel=error

INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
SCRIPTS := node_modules/.package-lock.json
TEST_CLIENTS := tests/clients/node_modules/.package-lock.json
PRISMA := benchmarks/prisma/client/index.js
LIGHTHOUSE := benchmarks/lighthouse/node_modules/.package-lock.json
STATIC := staticfiles/staticfiles.json

SIMULATED := HYPERLIQUID_NETWORK=simulated
ALONE := DATABASE_URL= REDIS_URL=
# Some containers set it. Whatever starts here starts many times, and would compile all of us each time.
unexport PYTHONDONTWRITEBYTECODE

# Servers, browsers and clocks share few cores: what fails is run again, at most twice, and after a pause, because
# what disturbed it may last a while. Whatever is wrong fails all three times; the summary names each under RERUN.
AGAIN := --reruns 2 --reruns-delay 5

.DEFAULT_GOAL := help
.PHONY: help demo run set-up test test-servers test-alone test-installations check style types structure secrets audit bench lighthouse gallery fuzz chaos archive api-cases lock clean

help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(INSTALLED) $(STATIC) ## Start on a simulated exchange: no network, no database server
	@$(SIMULATED) $(ALONE) $(BIN)/python manage.py up --demo

run: $(INSTALLED) $(STATIC) ## Start on the real exchange (mainnet, or HYPERLIQUID_NETWORK=testnet)
	@$(BIN)/python manage.py up

set-up: $(INSTALLED_DEV) $(STATIC) $(TEST_CLIENTS) ## Install and collect what the tests need, which they do by themselves, too

test: test-alone test-servers test-installations ## Run all tests: on SQLite and memory, then on Postgres and Redis with coverage

# Whole installations, watched against the clock: three at a time, and nothing beside them.
INSTALLATIONS := tests/chaos/test_full_disk.py tests/chaos/test_production.py tests/deploy/test_site.py \
	$(patsubst %,tests/dashboard/test_%.py,alert_cluster cluster database_server degradation deliver_command \
	error_reports restart watching)
ALL_BUT_INSTALLATIONS := $(patsubst %,--ignore=%,$(INSTALLATIONS))

# Much of a test is waiting, so that there are more workers than cores; tests/sharing.py says who gets which.
SHARED := --dist loadscope $(AGAIN)

# These bring a database, cache and channel layer of their own, or are not about any (who may see what, files, headers,
# sums, senders): they are the same in both runs.
ALIKE := $(patsubst %,--ignore=tests/%,snapshots/pnl snapshots/export/test_cells.py \
	$(patsubst %,dashboard/test_%.py,access_matrix hangups long_answers probe_exchange rate_limits roles \
	security socket static_files) \
	$(patsubst %,alerts/test_%.py,deadline guard ladder machine providers sentence watch) \
	$(patsubst %,monitoring/test_%.py,garbage logs scrub sentry stopping))

# What touches the database, cache or channel layer, on what an installation has by default.
test-alone: $(INSTALLED_DEV) $(STATIC)
	$(SIMULATED) $(ALONE) $(BIN)/python -m pytest -q -n 6 $(SHARED) $(ALIKE) $(ALL_BUT_INSTALLATIONS) -m "not browser" \
		tests/accounts tests/snapshots tests/alerts tests/monitoring tests/dashboard

test-servers: $(INSTALLED_DEV) $(STATIC) $(TEST_CLIENTS)
	$(SIMULATED) $(BIN)/python -m tests.servers $(BIN)/python -m pytest -n 6 $(SHARED) $(ALL_BUT_INSTALLATIONS) \
		--durations=10 --cov=exchange --cov-report= $(ARGS)
	$(BIN)/python -m coverage report --include='exchange/*' --fail-under=95

test-installations: $(INSTALLED_DEV) $(STATIC)
	$(SIMULATED) $(BIN)/python -m tests.servers $(BIN)/python -m pytest -n 3 --dist loadscope $(AGAIN) -m "not long" --durations=10 \
		$(INSTALLATIONS) $(ARGS)

check: secrets style types structure ## Check style, types, imports, settings, migrations, and for secrets

style: $(INSTALLED_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED_DEV)
	$(BIN)/mypy

structure: $(INSTALLED_DEV) $(SCRIPTS)
	$(BIN)/lint-imports
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(SIMULATED) DJANGO_SETTINGS_MODULE=dashboard.settings $(BIN)/python -m tests.servers $(BIN)/python -m tests.lint_migrations

# Names such as `password=` are everywhere in a project with accounts, so that values are looked at. Tests make up
# addresses and hashes; what has the form of a real key is found there, too.
FIND_SECRETS := $(BIN)/detect-secrets-hook --no-verify --disable-plugin KeywordDetector \
	--exclude-lines '(user|dashboard|dashboard_app|dashboard_owner):(password|dashboard)@|sha256-|"id": "'
MADE_UP := $(patsubst %,--disable-plugin %,Base64HighEntropyString HexHighEntropyString BasicAuthDetector)
CODE ?= $(shell git ls-files | grep -vE '^tests/|^requirements.*txt$$|package-lock.json$$|\.png$$')

secrets: $(INSTALLED_DEV) ## Look for keys and passwords that somebody committed
	@$(FIND_SECRETS) $(CODE)
	@$(FIND_SECRETS) $(MADE_UP) $(shell git ls-files tests | grep -vE 'package-lock.json$$|\.(png|gz|zst)$$')

# Whoever cannot be asked about makes it fail (--strict): pip-audit would count him among those without a hole.
AUDIT := .audit

audit: $(SCRIPTS) ## Ask the registries whether what we depend on has known holes (needs the network)
	@$(PYTHON) -m venv $(AUDIT) && $(AUDIT)/bin/pip install --quiet --disable-pip-version-check pip-audit || \
		{ echo "audit: pip-audit cannot be installed, so nothing was asked. It needs the network." >&2; exit 1; }
	@is_clean=true; \
	$(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.txt || is_clean=false; \
	npm audit --omit=dev || is_clean=false; \
	$$is_clean || { echo "audit: not clean. What is named above has a known hole, or its registry could not be asked," \
		"and then nothing is known about it (it needs the network)." >&2; exit 1; }

bench: $(INSTALLED_DEV) $(STATIC) $(PRISMA) ## Measure speed, side by side with what we compare with
	$(BIN)/python -m benchmarks

lighthouse: $(INSTALLED_DEV) $(STATIC) $(LIGHTHOUSE) ## Let Lighthouse judge the main pages on its phone: 95 or better in all it judges
	$(SIMULATED) $(ALONE) $(BIN)/python -m benchmarks.lighthouse_scores $(ARGS)

gallery: $(INSTALLED_DEV) $(STATIC) ## Take pictures of every page in every state, into var/gallery
	$(SIMULATED) $(ALONE) $(BIN)/python -m tests.e2e.gallery $(ARGS)

fuzz: $(INSTALLED_DEV) ## Feed millions of random and mutated frames, and draw new examples for what holds of any input
	FUZZ_FRAMES=$${FUZZ_FRAMES:-2000000} $(BIN)/python -m pytest tests/exchange -k fuzz $(ARGS)
	$(SIMULATED) $(ALONE) $(BIN)/python -m pytest -m hypothesis --hypothesis-profile=default $(ARGS)

# The second part starts a whole installation and breaks one thing after the other, half an hour long, with 200 browsers.
CHAOS := CHAOS_BROWSERS=$${CHAOS_BROWSERS:-200} CHAOS_PATIENCE=$${CHAOS_PATIENCE:-10}

chaos: $(INSTALLED_DEV) $(STATIC) ## Run the seeded faults on real sockets, then break each part of an installation
	SCENARIOS=$${SCENARIOS:-200} $(BIN)/python -m pytest -n 2 tests/chaos/test_scenarios.py tests/chaos/test_proxy.py $(ARGS)
	$(SIMULATED) $(ALONE) $(CHAOS) $(BIN)/python -m pytest tests/chaos/test_production.py tests/chaos/test_full_disk.py $(ARGS)

# On SQLite and in one process: about a second of processor time for each run.
archive: $(INSTALLED_DEV) ## Hold the stored history against the truth after 1,000 seeded runs and 12 kills
	$(SIMULATED) $(ALONE) SEEDED_RUNS=$${SEEDED_RUNS:-1000} KILLS=$${KILLS:-12} \
		$(BIN)/python -m pytest tests/snapshots/test_crashes.py tests/snapshots/test_killed.py $(ARGS)

# So many for each operation; those with few parameters have fewer. About half an hour.
api-cases: $(INSTALLED_DEV) ## Try the API's document against a live server with 20,000 cases
	$(SIMULATED) $(ALONE) API_CASES=$${API_CASES:-1450} \
		$(BIN)/python -m pytest -s --timeout 7200 tests/dashboard/test_api_cases.py $(ARGS)

LOCK := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --no-strip-extras --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock: $(INSTALLED_DEV) ## Pin the newest allowed versions again, with hashes
	$(BIN)/python -m pip install --quiet pip-tools
	$(LOCK) --upgrade --output-file requirements.txt requirements.in
	$(LOCK) --upgrade --output-file requirements-dev.txt requirements-dev.in
	npm update --package-lock-only --no-audit --no-fund

clean: ## Remove what was installed and collected; var/ (database, key) stays
	rm -rf $(VENV) node_modules tests/clients/node_modules staticfiles
	rm -rf benchmarks/prisma/node_modules benchmarks/prisma/client benchmarks/lighthouse/node_modules

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 with venv is needed (Debian: apt install python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): requirements.txt | $(VENV)/pyvenv.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

$(SCRIPTS): package.json package-lock.json $(wildcard bundles/*.js)
	$(NPM_CI)
	npm run --silent bundles
	@touch $@

$(TEST_CLIENTS): tests/clients/package.json tests/clients/package-lock.json
	-cd tests/clients && $(NPM_CI)

# The generator asks for an engine that it then has no use for: naming any program keeps it from downloading one.
$(PRISMA): benchmarks/prisma/package-lock.json benchmarks/prisma/schema.prisma
	-cd benchmarks/prisma && $(NPM_CI) --ignore-scripts && \
		PRISMA_SCHEMA_ENGINE_BINARY=/bin/true CHECKPOINT_DISABLE=1 npm run --silent generate

$(LIGHTHOUSE): benchmarks/lighthouse/package-lock.json
	cd benchmarks/lighthouse && $(NPM_CI) --ignore-scripts

$(STATIC): $(INSTALLED) $(SCRIPTS) $(shell find static -type f 2>/dev/null)
	@rm -rf staticfiles
	@$(SIMULATED) $(ALONE) $(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@touch $@
