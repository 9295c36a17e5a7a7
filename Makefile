# `make help` lists what there is. Everything runs from nothing: Python 3.11+, Rust and make are enough.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: fuzz help setup build demo test-fast test check lint bench soak

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group dev --constraint constraints.txt
	@touch $@

RUST := $(shell find crates -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock

.venv/built: .venv/ready $(RUST)
	PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/maturin develop --release --quiet
	@touch $@

setup: .venv/built ## virtual environment, tools, native module, package (editable)

build: .venv/ready ## a wheel in dist/
	$(BIN)/maturin build --release --out dist

demo: setup ## run an example load test against the built-in target (about 15 s)
	$(BIN)/python scripts/demo.py

test-fast: setup ## unit tests, laws and imports: seconds
	$(BIN)/python -m pytest -q tests/unit tests/laws tests/imports
	cargo test --quiet -p penstock-core

test: setup ## all tests, three files of them at a time (most wait for what they have started), then those that measure
	cargo test --quiet -p penstock-core
	$(BIN)/python -m pytest -q --numprocesses 3 --dist loadfile --no-loadscope-reorder -m "not alone"
	$(BIN)/python -m pytest -q -m alone

lint: setup ## formatting, lints, types, import contracts, stubs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m mypy.stubtest penstock.engine._native
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings

check: lint ## what CI runs: lint, then test
	$(MAKE) test

bench: setup ## measure everything, beside its peers: half an hour; writes benches/RESULTS.md
	$(BIN)/python -m benches

soak: setup ## 20 million requests by one agent: does memory grow? writes its section of benches/RESULTS.md
	$(BIN)/python -m benches.soak

fuzz: setup ## look for inputs that break the importers, half a minute each
	$(BIN)/python -m benches.fuzz
