# What one does with this source tree. `make demo` and `make test` install what they need.
PREFIX ?= /opt/xcatd
VENV := .venv/bin
# Byte code is kept, whatever the caller's shell says: tests start thousands of programs, and compiling takes half of a start.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: demo test check lint bench install lock clean bootstrap

demo: bootstrap
	@$(VENV)/python scripts/demo.py

test: lint
	@scripts/test

check: lint
	@TEST_PROFILE=quick $(VENV)/pytest -q -n 4 --dist loadfile -m 'not servers and not endurance' tests/unit

lint: bootstrap
	@$(VENV)/ruff format --check --quiet .
	@$(VENV)/ruff check --quiet .
	@$(VENV)/mypy
	@$(VENV)/lint-imports --no-cache | tail -n 3

bench: bootstrap
	@$(VENV)/python -m benchmarks

install:
	@scripts/install "$(PREFIX)"

bootstrap:
	@scripts/bootstrap

lock:
	@scripts/lock

clean:
	rm -rf .venv .build build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
