# Two commands: `make lab` to use it, `make test` to check it. Both set up what they need in
# .venv and are quick when run again: a stamp says what was installed for which pyproject.toml.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# Extra words for `make lab`: a notebook, or --check to run it without a browser.
ARGS ?=
# Address of PyTorch's index of CPU builds, from its install page; empty takes pip's own.
TORCH_INDEX ?=
WORKERS ?= auto
WIDGETS := autograd_nb/views/widgets
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export MPLBACKEND ?= agg
# Debian's browser; any Chromium given as CHROMIUM=/path is used instead.
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || \
	command -v google-chrome || echo /usr/bin/chromium)
export CHROMIUM

.PHONY: help lab test lint types unit notebooks-check browser bundle bench store format \
	kernel-install kernel-remove clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

lab: $(VENV)/.lab ## open JupyterLab on the tour (ARGS=--check runs it headless)
	$(PY) notebooks/lab.py $(ARGS)

test: lint types unit notebooks-check browser bundle ## set everything up and run all checks

lint: $(VENV)/.test ## ruff: format and lint
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

types: $(VENV)/.test ## mypy, strict, on the whole package
	$(PY) -m mypy

unit: $(VENV)/.test ## all Python tests, warnings as errors
	$(PY) -m pytest -q -n $(WORKERS) --ignore tests/browser tests

notebooks-check: $(VENV)/.test ## run every notebook and compare its outputs with the stored ones
	$(PY) -m pytest -q -p no:xdist --nbval --nbval-current-env \
		--nbval-sanitize-with tests/nbval.cfg --nbval-cell-timeout 120 notebooks

browser: $(VENV)/.test $(VENV)/.chromium ## JupyterLab in Chromium
	$(PY) -m pytest -q -p no:xdist tests/browser

bundle: $(VENV)/.node ## test the browser part, build it, and compare with the committed bundle
	cd $(WIDGETS) && npm run check && npm test && npm run build
	git diff --exit-code --stat -- $(WIDGETS)/static

bench: $(VENV)/.bench ## compare speed with PyTorch, HIPS autograd and MyGrad
	$(PY) -m benchmarks $(ARGS)

store: $(VENV)/.lab ## run the notebooks and store their outputs
	$(PY) notebooks/lab.py --store $(ARGS)

format: $(VENV)/.test ## ruff: format, and fix what it can
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

kernel-install: $(VENV)/.lab ## add the kernel "Python 3 (autograd)" for this user
	$(PY) -m autograd_nb.kernel install --user

kernel-remove: $(VENV)/.lab ## take it away again
	$(PY) -m autograd_nb.kernel remove --user

clean: ## remove what the other commands made
	rm -rf $(VENV) artefacts build dist $(WIDGETS)/node_modules .mypy_cache .ruff_cache .pytest_cache

# ---- setting up -----------------------------------------------------------------------------
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "autograd_nb needs Python 3.11 or later; try make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "no virtual environment: on Debian, apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.lab: pyproject.toml | $(PY)
	$(PY) -m pip install -q -e '.[lab]'
	$(PY) -m autograd_nb.kernel install --sys-prefix
	@touch $@

$(VENV)/.test: pyproject.toml | $(PY)
ifneq ($(TORCH_INDEX),)
	$(PY) -m pip install -q --index-url $(TORCH_INDEX) \
		$$($(PY) -c 'import tomllib as t; print(next(d for d in t.load(open("pyproject.toml", \
		"rb"))["project"]["optional-dependencies"]["test"] if d.startswith("torch==")))')
endif
	$(PY) -m pip install -q -e '.[lab,test,dev]'
	$(PY) -m autograd_nb.kernel install --sys-prefix
	@touch $@

$(VENV)/.bench: pyproject.toml $(VENV)/.test | $(PY)
	$(PY) -m pip install -q -e '.[bench]'
	@touch $@

# apt, and the privilege it needs, only where the program is missing.
$(VENV)/.chromium: | $(PY)
	@[ -x "$(CHROMIUM)" ] || { $(SUDO) apt-get update -q && \
		$(SUDO) apt-get install -q -y --no-install-recommends chromium; }
	@touch $@

$(VENV)/.node: $(WIDGETS)/package-lock.json | $(PY)
	@command -v npm >/dev/null || { $(SUDO) apt-get update -q && \
		$(SUDO) apt-get install -q -y --no-install-recommends nodejs npm; }
	cd $(WIDGETS) && npm ci --no-audit --no-fund
	@touch $@
