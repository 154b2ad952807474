# Everything lives in .venv; PYTHON chooses the interpreter it is made with (3.11 or newer).
PYTHON ?= python3
BIN := .venv/bin
# uv reads a pyproject in seconds where pip takes a minute; it comes from the registry like everything else.
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
JOBS ?= 2

.PHONY: demo test install check lint types conformance equivalence fuzz kill bench clean

demo: .venv/.core
	@$(BIN)/python -m workflows.demo

test: install lint types
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

install: .venv/.dev

check: lint types

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

# The long checks; smaller runs of the same stand in the suite.
conformance: install
	$(BIN)/python -m tests.conformance

equivalence: install
	$(BIN)/python -m tests.equivalence --programs 20000 --seed 1

fuzz: install
	$(BIN)/python -m tests.fuzz_jsonata --expressions 20000 --seed 1

kill: install
	$(BIN)/python -m tests.engine.test_journal --kills 200 --seed 1

# Peers run in the same call, each in an environment that the benchmark makes.
bench: install
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.language
	$(BIN)/python -m benchmarks.scale

.venv/bin/uv:
	@echo "Making .venv with $(PYTHON)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

.venv/.core: .venv/bin/uv setup.cfg pyproject.toml
	@echo "Installing Treadle and what its demo needs into .venv"
	@$(UV) -e '.[documents]'
	@touch $@

.venv/.dev: .venv/bin/uv setup.cfg pyproject.toml
	@echo "Installing what the tests and benchmarks need into .venv"
	@$(UV) -e '.[dev,sagemaker]'
	@touch $@ .venv/.core

clean:
	rm -rf .venv .venv-* .treadle .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
