# Needs python3 (3.11 or later), make and git; everything else is installed into .venv from hash-pinned locks.
# PYTHON=/path/to/python3 chooses the Python, ARGS="..." is handed to the command behind a target.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build test stress bench lint types verify card load load-matrix lock run-env dev-env clean

BIN := .venv/bin
PY := $(BIN)/python
RELEASE ?= $(shell $(PY) scripts/release_folder.py)
export PYTHON
# The set-up leaves compiling to the first import; where that may not be kept, every process would compile all again.
export PYTHONDONTWRITEBYTECODE :=

help: ## Show what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{ printf "  make %-13s %s\n", $$1, $$2 }' Makefile

build: run-env ## Set up what is needed, build the release, say how to load it
	@$(BIN)/threadcommons build $(ARGS)

test: dev-env ## Set up what is needed and run the tests (not those in tests/stress)
	@$(PY) -m pytest -n auto $(ARGS)

LAWS := tests/licensing/test_laws.py tests/dedup tests/privacy/test_laws.py tests/privacy/test_judges.py tests/quality/test_laws.py \
	tests/conversation tests/describe/test_structure.py tests/build/test_meeting.py tests/build/test_parting.py

stress: dev-env ## Long runs, kills and injected faults
	@MUTATIONS=20000 RECUT=100 $(foreach law,LICENCE DEDUP PRIVACY QUALITY CONVERSATION DESCRIBE,$(law)_CASES=10000) $(PY) -m pytest tests/stress $(LAWS) $(ARGS)

bench: dev-env ## Side-by-side benchmarks; BENCH=bench/bench_build.py runs one alone
	@$(PY) bench/peers/environments.py || true  # who is missing is left out
	@set -e; for script in $(or $(BENCH),bench/bench_*.py); do echo "== $$script"; $(PY) "$$script" $(ARGS); done

lint: dev-env ## ruff on all Python, REUSE on all files
	@$(BIN)/ruff check
	@REUSE_ENCODING_MODULE=charset_normalizer $(BIN)/reuse lint --lines  # needs no libmagic
	@echo "REUSE: every file has its licence"

types: dev-env ## mypy, strict, on src/
	@$(BIN)/mypy

verify: run-env ## Check that the built release is what its manifest says
	@$(BIN)/threadcommons verify $(RELEASE) $(ARGS)

card: run-env ## Rewrite dataset_card.md from the newest manifest
	@$(BIN)/threadcommons card $(ARGS)

load: run-env ## Load every config of the built release with datasets, map-style and streaming
	@$(PY) scripts/load_every_config.py $(RELEASE)

load-matrix: run-env ## The same with datasets 2.21, 3.6, 4.0 and the newest, each in its own environment
	@$(PY) scripts/load_matrix.py $(RELEASE)

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

lock: dev-env ## Write the lock files again (UPGRADE=--upgrade takes newer versions)
	@$(COMPILE) pyproject.toml -o requirements/run.txt
	@$(COMPILE) requirements/build.in -c requirements/run.txt -o requirements/build.txt
	@$(COMPILE) pyproject.toml --extra dev -c requirements/run.txt -c requirements/build.txt \
		-o requirements/dev.txt

run-env: ## Only set up what `build` needs
	@python=$$(sh scripts/python.sh) || exit 2; "$$python" scripts/setup_env.py run

dev-env: ## Only set up what `test` needs
	@python=$$(sh scripts/python.sh) || exit 2; "$$python" scripts/setup_env.py dev

clean: ## Remove the environment, caches and built releases; tracked files stay
	@rm -rf .venv bench/.peers build/out build/.cache dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find src tests scripts bench -name __pycache__ -prune -exec rm -rf {} +
