# What one does with this source tree. `make demo` and `make test` install what they need.
PREFIX ?= /opt/xcatd
VENV := .venv/bin
# Byte code is kept, whatever the caller's shell says: tests start thousands of programs, and compiling takes half of a start.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: demo test check unit lint bench lab faults install lock clean bootstrap

demo:
	@scripts/bootstrap demo
	@$(VENV)/python scripts/demo.py

test: lint
	@scripts/test

# Both at once: the lint has one processor busy only.
check: bootstrap
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint unit

unit: bootstrap
	@TEST_PROFILE=quick $(VENV)/pytest -q -n 2 --dist loadfile -m 'not servers and not simulators and not endurance' tests/unit

lint: bootstrap
	@$(VENV)/ruff format --check --quiet .
	@$(VENV)/ruff check --quiet .
	@cd postscripts && shellcheck --external-sources --source-path=SCRIPTDIR $$(grep -lE '^#!/bin/sh|shellcheck shell=' *)
	@shellcheck --external-sources --source-path=SCRIPTDIR $$(grep -rlE '^#!/bin/(ba)?sh|shellcheck shell=' share/netboot)
	@$(VENV)/mypy
	@$(VENV)/lint-imports --no-cache | tail -n 3

bench: bootstrap
	@$(VENV)/python -m benchmarks

# Machines that boot over the network: docs/lab.md. SCENARIO=tests/lab/test_pool.py: only this one.
SCENARIO ?= tests/lab
lab: bootstrap
	@$(VENV)/pytest -v -m lab -o faulthandler_timeout=3000 $(SCENARIO)

# Every fault beside every command, and long random sequences: docs/faults.md.
faults: bootstrap
	@TEST_PROFILE=faults $(VENV)/pytest -v -o faulthandler_timeout=7200 tests/scenarios

install:
	@scripts/install "$(PREFIX)"

bootstrap:
	@scripts/bootstrap

lock:
	@scripts/lock

clean:
	rm -rf .venv .build build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
