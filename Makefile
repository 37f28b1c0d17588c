# make run    serves the example shop       make test     checks everything
# make bench  measures the speed            make clean    removes what make made

PYTHON ?= python3
PORT ?= 5000
VENV := .venv
NODE := tests/browser/node_modules
BIN := $(VENV)/bin
SKIM := consentkit/enforce/_skim.abi3.so

.DELETE_ON_ERROR:
.PHONY: run test lint bench screenshots machine clean

run: $(VENV)/.installed
	@$(BIN)/python -m example_app --port $(PORT)

test: machine $(VENV)/.installed-dev $(SKIM) $(NODE)/.package-lock.json lint
	@$(BIN)/python -m pytest -q -n auto --dist loadfile

lint: $(VENV)/.installed-dev $(NODE)/.package-lock.json
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(NODE)/.bin/tsc -p tests/browser

bench: $(VENV)/.installed-dev $(SKIM)
	@$(BIN)/python tests/benchmarks/run.py

screenshots: $(VENV)/.installed-dev machine
	@$(BIN)/python -m tests.browser.screenshots

machine:
	@PYTHON=$(PYTHON) sh .ci/machine

clean:
	@rm -rf $(SKIM) $(VENV) dist instance screenshots .pytest_cache .mypy_cache \
		.ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are newer than what is installed as long as nothing has to be.
$(VENV)/.installed: pyproject.toml $(wildcard consentkit/enforce/csrc/*) | $(VENV)/.made
	@echo "Installing ConsentKit and what it needs ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/.installed
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

# Where there was no compiler when the package was installed, it is installed again.
$(SKIM): $(wildcard consentkit/enforce/csrc/*) | machine $(VENV)/.installed
	@echo "Compiling what reads pages ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(NODE)/.package-lock.json: tests/browser/package-lock.json | machine
	@npm --prefix tests/browser ci --silent --no-audit --no-fund
	@touch $@

# Dependency groups need pip 25.1, newer than the pip of most systems.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "ConsentKit needs Python 3.11 or newer; $(PYTHON) is" \
			"$$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12" >&2; \
		exit 1; }
	@sh .ci/venv $(PYTHON)
	@echo "Making a Python environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@touch $@
