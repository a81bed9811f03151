# What a newcomer types. Needs make and python3 >= 3.11 with venv; the rest it makes.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: help install demo up test browser faults exact bench load check tables format lock clean

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

install: $(INSTALLED) ## The virtual environment .venv, from the hashed lock files

$(INSTALLED): requirements-dev.lock requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Python 3.11 or newer is needed, this is $$($(PYTHON) -V). Try: make PYTHON=python3.12"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements-dev.lock
	@touch $@

demo: install ## The whole story on a machine that has nothing; ARGS='--keep' leaves it up
	@$(BIN)/python manage.py demo $(ARGS)

up: install ## A lasting local stack around the sandbox, until Ctrl-C; ARGS='--real'
	@$(BIN)/python manage.py up $(ARGS)

test: install ## Every test, two at a time; ARGS='-k keeper' picks
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

browser: install ## Of the tests those of Prefect's UI in a real browser; needs Chromium
	@REQUIRE_BROWSER=1 $(BIN)/python -m pytest tests/browser $(ARGS)

faults: install ## The fault bench, 20 minutes; ARGS='--kills 100 --seed 7'
	@$(BIN)/python -m tests.faults $(ARGS)

exact: install ## Disturbed and killed product syncs, compared row by row; ARGS='--kills 500'
	@$(BIN)/python -m tests.exact $(ARGS)

check: install ## Format, lint, types and the dependency rule
	@$(BIN)/ruff format --check --quiet . || { echo "Some files are not formatted. Try: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: install ## Speed, against a floor measured in the same run; ARGS='--products 100000'
	@$(BIN)/python -m benchmarks.keeper
	@$(BIN)/python -m benchmarks.sync_ratio $(ARGS)

load: install ## A fleet with Prefect and everything; ARGS='--malls 10000 --phases refresh'
	@$(BIN)/python -m benchmarks.load $(ARGS)

tables: install ## docs/tables.md, from the code's tables and cafe24/database/meanings.toml
	@$(BIN)/python -m cafe24.database.dictionary > docs/tables.md

format: install ## Rewrite the files in the house format
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url

lock: install ## New exact versions, with hashes, from pyproject.toml's ranges
	@$(LOCK) --upgrade pyproject.toml -o requirements.lock
	@$(LOCK) --upgrade pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	@$(LOCK) --upgrade --group uv -c requirements-dev.lock -o requirements-uv.lock
	@$(LOCK) --upgrade --group deploy -o requirements-deploy.lock

clean: ## Remove what `make` made
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
