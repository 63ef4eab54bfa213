# Everything a person does here is one of these words. They need Python 3.11 and make; uv is fetched if it is missing.
UV := $(shell command -v uv || echo .uv/bin/uv)

# Compiled once, and not by every process that imports it, whatever the environment says of bytecode: two thirds of a start.
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE

run: $(UV)
	$(UV) run heliograph demo

test: check
	$(UV) run pytest

check: $(UV)
	$(UV) run ruff check . && $(UV) run ruff format --check . && $(UV) run mypy src && $(UV) run lint-imports

survival: $(UV)
	$(UV) run pytest tests/survival

published: $(UV)
	$(UV) run pytest tests/journeys/published

bench: $(UV)
	$(UV) run python -m benchmarks

leavings: $(UV)
	$(UV) run python -m tests.leavings

.uv/bin/uv:
	python3 -m venv .uv && .uv/bin/pip install --quiet uv

.PHONY: run test check survival published bench leavings
