# milwire: everything a newcomer types. Needs Python 3.11+ and make; the rest is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
ARCHIVES ?= /tmp/milwire-archives
SIZES ?= 10000 100000 1000000
QUICK := tests/project tests/crawler/parsing tests/crawler/crawl $(addprefix tests/storage/,archive db detection diff models queries)

.DEFAULT_GOAL := help
.PHONY: help setup demo quick test test-all check format bench bench-storage eval endurance lock browser screenshots clean

help:  ## say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## create .venv with everything pinned by hash

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "milwire needs Python 3.11 or newer, this is " + sys.version)'
	@echo "Setting up .venv (once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)  ## crawl the practice newsroom and show what was found
	@$(BIN)/milwire demo

quick: $(READY) check  ## format, lint, types and the tests of parsing, detection and queries, in a minute
	HYPOTHESIS_PROFILE=quick $(BIN)/pytest -m "not slow and not heavy and not browser" -n 2 $(QUICK)

test: $(READY) browser check  ## format, lint, types and the fast tests (what CI runs)
	$(BIN)/pytest -m "not slow" -n 2

test-all: $(READY) browser check  ## the same with the slow suites and random examples
	HYPOTHESIS_PROFILE=dice $(BIN)/pytest -n 2

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY)  ## format the code and apply safe lint fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)  ## measure speed against named baselines
	$(BIN)/python -m benchmarks

bench-storage: $(READY)  ## measure a database of 10,000, 100,000 and a million postings (about 34 GB in ARCHIVES)
	$(BIN)/python -m benchmarks.storage_growth $(ARCHIVES) $(SIZES) --json $(ARCHIVES)/storage-growth.json

eval: $(READY)  ## check the change ledger against made-up newsrooms whose history is known
	$(BIN)/python -m benchmarks.evaluation

endurance: $(READY)  ## watch 1,000 made-up newsrooms for 30 days on a clock of our own (an hour and a half)
	$(BIN)/python -m benchmarks.endurance

lock: $(READY)  ## pin the newest allowed versions by hash (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header -o requirements.lock --upgrade
	uv pip compile pyproject.toml -c requirements.lock --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -o packaging/runtime.lock

screenshots: $(READY) browser  ## make the pictures of README anew, from the demo
	$(BIN)/python -m tests.support.make_screenshots docs/images

browser:  # the browser tests skip, visibly, where Chromium is missing and cannot be installed
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium for the browser tests (once) ..."; \
	    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium; } >/dev/null 2>&1 || \
	      echo "Chromium could not be installed; the browser tests will skip"; \
	  fi

clean:  ## remove .venv and everything generated
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis milwire-demo
