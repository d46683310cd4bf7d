.DEFAULT_GOAL := help
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.installed: requirements-dev.txt pyproject.toml setup.py
	@command -v $(PYTHON) > /dev/null || { echo "Python must be version 3.11 to 3.13; found no" \
	  "$(PYTHON): install one of these, and name it: make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -m streams.cli.python_version
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: run
run: .venv/.installed ## The main job: a local broker, all processes, real data, live alerts
	$(BIN)/weathervane demo

.PHONY: test
test: .venv/.installed ## Everything that must pass: lint, format, types, unit, scenario and broker tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@# Types are checked beside the tests: alone, they would leave the other cores idle.
	@said=$$(mktemp); trap 'rm -f "$$said"' EXIT; \
	$(BIN)/mypy > "$$said" 2>&1 & types=$$!; \
	tested=0; $(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder || tested=$$?; \
	typed=0; wait $$types || typed=$$?; \
	echo "mypy:"; cat "$$said"; \
	[ $$tested = 0 ] && [ $$typed = 0 ]

KILLS ?= 200
SEED ?= 1

.PHONY: torture
torture: .venv/.installed ## Real processes killed KILLS times, brokers, zombies, disks, clocks: no alert may differ
	$(BIN)/python -m tests.torture --kills $(KILLS) --seed $(SEED)

.PHONY: wheel
wheel: .venv/.installed ## The package that pip installs, in dist/
	rm -rf build/lib build/bdist.*  # setuptools would pack what an older build left there
	$(BIN)/pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	@ls dist/*.whl

.PHONY: lint
lint: .venv/.installed ## Lint, format check and types only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: format
format: .venv/.installed ## Format the code and sort imports
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: docs
docs: .venv/.installed ## The documentation as a searchable site in build/site; a broken link fails
	$(BIN)/sphinx-build -q -W --keep-going -b html -c docs . build/site

.PHONY: lock
lock: ## Renew the lock files (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q \
	  --extra dev --extra docs --extra standin --extra build pyproject.toml -o requirements-dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q \
	  --extra build pyproject.toml -c requirements-dev.txt -o requirements.txt

.PHONY: clean
clean: ## Remove the virtual environment and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache build dist *.egg-info detectors/kernels/*.bin
