# Child in Need case reviews. `make demo` and `make test` are all a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := workflow forms api flows
PROMISES := tests/faults tests/security tests/api/test_typed_text.py tests/workflow/test_worklist_plans.py \
	tests/workflow/operations/test_backup.py tests/workflow/intake/test_malformed.py
STAMP := .venv/.installed

# Tests start dozens of programs: without compiled files each would compile the whole product again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak check lint types contracts bench lock schema clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv: $(STAMP)
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $(STAMP)

setup: $(STAMP) ## make the virtual environment in .venv

demo: $(STAMP) ## a synthetic council, worked through to 24 February 2016 (ARGS=--no-serve stops there)
	$(BIN)/cin demo $(ARGS)

test: $(STAMP) ## the whole suite, on SQLite and PostgreSQL
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

soak: $(STAMP) ## the long forms of the promises: kill loops, races, load; writes tests/faults/README.md
	CIN_TEST_EFFORT=20 $(BIN)/pytest --timeout 3600 -m "soak or browser" --ignore tests/faults --ignore tests/security
	CIN_TEST_EFFORT=20 CIN_PROMISES=tests/faults/promises.json \
		$(BIN)/pytest --timeout 3600 -m "" $(PROMISES) $(ARGS)
	$(BIN)/python -m tests.faults.table

check: lint types contracts test ## all that must hold before a change goes in; CI runs this

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

bench: $(STAMP) ## measure allocation, forecast, intake and what Prefect adds
	$(BIN)/python -m tests.bench $(ARGS)

lock: ## pin what is shipped, with hashes (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --output-file requirements.lock

clean: ## remove what can be made again
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
