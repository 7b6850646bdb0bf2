# `make demo` and `make test` need Python 3.11 or newer and nothing else; `make` alone lists the targets.
# Everything that is installed goes into .venv (.venv-bench, .venv-oracles); `make clean` takes all of it away again.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test oracles bench room docs lint clean

PYTHON ?= $(or $(shell command -v python3.11),$(shell command -v python3),python3)
VENV ?= .venv
BENCH_VENV ?= .venv-bench
ORACLES_VENV ?= .venv-oracles
WORKERS ?= 2
PIP := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable
MANIFEST := pyproject.toml constraints.txt

# One thread a process: two processes of two threads on two cores are slower than two of one.
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1

# Every annotation is checked while the tests run, shapes included; an int may stand for a float (PEP 484).
SHAPE_HOOK := neurarium,beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/.installed ## run one study on real images and write its report
	$(VENV)/bin/neurarium run hebbian-orthogonal-projection --scale quick

test: $(VENV)/.installed-dev ## the whole test suite; ARGS="-k lif" to choose
	@$(ONE_THREAD) $(VENV)/bin/python -m pytest -n $(WORKERS) --doctest-modules \
		--jaxtyping-packages='$(SHAPE_HOOK)' src/neurarium tests $(ARGS)

oracles: $(ORACLES_VENV)/.installed ## the tests that ask peers, with the peers installed
	@$(ONE_THREAD) $(ORACLES_VENV)/bin/python -m pytest -n $(WORKERS) $$(grep -rl importorskip tests --include='test_*.py') $(ARGS)

bench: room $(BENCH_VENV)/.installed ## speed against peers: ROOM=<room>, and JSON=FILE to keep the numbers
	@$(ONE_THREAD) $(BENCH_VENV)/bin/python benchmarks/$(ROOM).py $(if $(JSON),--json "$(JSON)")

room:
	@test -n "$(ROOM)" || { echo "make bench: say which room, e.g. make bench ROOM=alignment" >&2; exit 2; }
	@test -f "benchmarks/$(ROOM).py" || { echo "make bench: there is no benchmarks/$(ROOM).py" >&2; exit 2; }

docs: $(VENV)/.installed-dev ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict
	@echo "open site/index.html"

lint: $(VENV)/.installed-dev ## style, layers and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pyright

clean: ## remove environments, caches and built pages; runs/ stays
	rm -rf $(VENV) $(BENCH_VENV) $(ORACLES_VENV) site build dist docs/reference docs/catalogue
	rm -rf .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests docs examples -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: $(MANIFEST)
	$(call make-venv,$(VENV))
	$(VENV)/bin/python $(PIP) .
	@touch $@

$(VENV)/.installed-dev: $(MANIFEST)
	$(call make-venv,$(VENV))
	$(VENV)/bin/python $(PIP) '.[dev]'
	@touch $(VENV)/.installed $@

$(ORACLES_VENV)/.installed: $(MANIFEST)
	$(call make-venv,$(ORACLES_VENV))
	$(ORACLES_VENV)/bin/python $(PIP) '.[dev,oracles]'
	@touch $@

$(BENCH_VENV)/.installed: $(MANIFEST)
	$(call make-venv,$(BENCH_VENV))
	$(BENCH_VENV)/bin/python $(PIP) '.[bench]'
	@touch $@

define make-venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "Python 3.11 or newer is needed; say where it is: make PYTHON=/path/to/python3.11" >&2; exit 2; }
@$(PYTHON) -m venv $(1) \
	|| { echo "python -m venv failed; on Debian: apt-get install python3-venv" >&2; exit 2; }
@echo "installing into $(1) (once; a few minutes)"
endef
