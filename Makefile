# make demo   the course at work: build the lessons, grade an example class, print the results
# make test   everything that CI checks
# make lab    JupyterLab on the lessons
# Set-up happens when it is needed and is skipped when nothing changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Twice quiet: pip's warnings are about pip; what fails is still said.
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt
# NumPy and torch start a thread per core in each process; several processes of two threads each only wait.
export OMP_NUM_THREADS ?= 1
export PYTHONWARNINGS ?= default
# Hundreds of processes start here; without its cache Python would compile the course's modules in each.
unexport PYTHONDONTWRITEBYTECODE
# nbgrader starts `alembic` and `jupyter` by name.
export PATH := $(abspath $(BIN)):$(PATH)

.PHONY: demo test quick lint lab lessons audit system sandbox clean help

help:
	@sed -n 's/^# //p' Makefile | head -4

$(VENV)/.course: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the course into $(VENV) (once; a few minutes) …"
	@$(PIP) --upgrade pip
	@$(PIP) --editable ".[course]"
	@touch $@

$(VENV)/.dev: $(VENV)/.course
	@echo "Installing torch and the test tools into $(VENV) (once; a few minutes) …"
	@$(PIP) --editable ".[course,scale,torch,dev]"
	@touch $@

demo: $(VENV)/.course sandbox
	@$(BIN)/autograder demo

lab: $(VENV)/.course
	$(BIN)/jupyter lab --notebook-dir=lessons

lessons: $(VENV)/.course
	$(BIN)/autograder build

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The fast tests only: for while you work.
quick: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser"

test: lint system
	$(BIN)/autograder build --check
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
	$(BIN)/autograder audit

# How good the grader itself is, alone.
audit: $(VENV)/.course sandbox
	$(BIN)/autograder audit

# What the tests need that pip does not bring: Chromium for the browser tests, bubblewrap for the sandbox, PostgreSQL
# for the gradebook's.
system:
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v bwrap >/dev/null || missing="$$missing bubblewrap"; \
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

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis
