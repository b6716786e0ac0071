# Two commands matter: `make run` and `make test`. `make` alone lists the rest.
# Needs Python 3.11 and make; everything else is set up by bin/setup, from hash-locked files.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

# Our top-level names are plain words; the repository root stands first, so that ours are found (docs/decisions/0001).
export PYTHONPATH := $(CURDIR)
# One thread a process: two collapse where cores are shared, and a model trained on one is the same every time.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

python := .venv/bin/python
rooms := sluicegate agents tools graphs evals serving tests
workers ?= 2
compile := uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: ## set up, migrate, seed and train where needed; start gate, executor and service on 127.0.0.1:8000
	@bin/setup app
	@exec $(python) -m serving.supervisor

.PHONY: test
test: setup-dev ## run all tests (workers=N for more processes)
	$(python) -m pytest -n $(workers) --dist loadfile

.PHONY: check
check: lint types imports docs-check test ## everything that CI runs

.PHONY: lint
lint: setup-dev ## style, complexity, banned names, formatting
	$(python) -m ruff check .
	$(python) -m ruff format --check .

.PHONY: types
types: setup-dev ## mypy, strict, over everything; what must not type-check is proven not to
	$(python) -m mypy

.PHONY: imports
imports: setup-dev ## the import contracts: who may know whom
	.venv/bin/lint-imports

.PHONY: docs-check
docs-check: setup-dev ## links resolve, examples are named as they are, pages are dated
	$(python) -m pytest -q tests/architecture/test_docs.py

.PHONY: bench
bench: setup-dev ## measure the gate and the graph; writes docs/benchmarks.md
	$(python) -m tests.benchmarks

.PHONY: soak
soak: setup-dev ## property and fault tests with many more examples; hours, not minutes
	$(python) -m pytest -n $(workers) --dist load --hypothesis-profile=soak --timeout=0 -m "" tests/property tests/fault

.PHONY: model
model: ## fetch a small language model once, by name and digest (or FROM=file.gguf); `make run` then uses it
	@bin/setup app model
	@$(python) -m serving.models.llm.fetch $(if $(FROM),--from "$(FROM)",$(if $(MODEL),--model "$(MODEL)")) \
		$(if $(SLUICEGATE_MODEL_CACHE_DIR),--into "$(SLUICEGATE_MODEL_CACHE_DIR)")

.PHONY: opa
opa: ## fetch the real OPA engine that policy tests compare with; `make test` does it too
	@bin/setup opa

.PHONY: lock
lock: ## compile requirements/*.txt anew from what is declared (needs uv)
	$(compile) -o requirements/app.txt pyproject.toml
	$(compile) -o requirements/dev.txt requirements/dev.in
	$(compile) -o requirements/model.txt requirements/model.in
	$(compile) -o requirements/bootstrap.txt requirements/bootstrap.in
	$(compile:3.11=3.14) --no-deps -o requirements/opa.txt requirements/opa.in

.PHONY: clean
clean: ## remove the environment and all caches; var/, which holds your data, stays
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(rooms) -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: setup-dev
setup-dev:
	@bin/setup dev opa
