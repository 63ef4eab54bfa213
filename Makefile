# Everything a person does here is one of these words. They need Python 3.11 and make; uv is fetched if it is missing.
UV := $(shell command -v uv || echo .uv/bin/uv)

# Compiled once, and not by every process that imports it, whatever the environment says of bytecode: two thirds of a start.
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE

# Only the checks of JavaScript and CSS and the documentation site need npm: it is neither for installing nor for running.
NPM := $(shell command -v npm 2>/dev/null)
STYLES := "src/**/*.css" "tools/**/*.css"

run: $(UV)
	$(UV) run heliograph demo

test: check
	$(UV) run pytest

check: check-python check-javascript

check-python: $(UV)
	$(UV) run ruff check . && $(UV) run ruff format --check . && $(UV) run mypy src tests benchmarks tools && $(UV) run lint-imports
	$(UV) run python -m tools.pages --check

ifdef NPM
check-javascript: node_modules/.installed build/openapi.json
	node_modules/.bin/tsc -p jsconfig.json && node_modules/.bin/eslint .
	node_modules/.bin/prettier --check --log-level warn $(STYLES)
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true node_modules/.bin/redocly lint build/openapi.json
else ifeq ($(CI),true)
check-javascript:
	@echo "JavaScript, CSS and the OpenAPI document were not checked: install npm, which CI=true asks for." >&2; exit 1
else
check-javascript:
	@echo "JavaScript, CSS and the OpenAPI document were not checked: that needs npm."
endif

format: format-python format-styles

format-python: $(UV)
	$(UV) run ruff format . && $(UV) run python -m tools.pages

ifdef NPM
format-styles: node_modules/.installed
	node_modules/.bin/prettier --write --log-level warn $(STYLES)
else
format-styles:
	@echo "CSS was not formatted: that needs npm."
endif

node_modules/.installed: package.json package-lock.json tools/clients/package.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

build/openapi.json: $(UV) always
	@mkdir -p build
	$(UV) run python -m tools.docs.api_reference > $@

# The catalogs of translations, from the texts that are marked in the source. Needs GNU gettext.
translations: $(UV)
	$(UV) run python -m tools.translations

clients: build/openapi.json node_modules/.installed
	$(UV) run python -m tools.clients

survival: $(UV)
	$(UV) run pytest tests/survival

published: $(UV)
	$(UV) run pytest tests/journeys/published

install-test: $(UV)
	$(UV) run pytest -n 0 tests/install

bench: $(UV)
	$(UV) run python -m benchmarks

pictures: $(UV)
	$(UV) run python -m tests.pictures
	$(UV) run python -m tests.pictures --rows 50000

screenshots: $(UV)
	$(UV) run python -m tests.pictures --readme

leavings: $(UV)
	$(UV) run python -m tests.leavings

docs: $(UV)
	$(UV) run --group docs python -m tools.docs

dist: $(UV)
	rm -rf dist
	$(UV) build --quiet
	$(UV) export --quiet --locked --no-dev --preview-features sbom-export --format cyclonedx1.5 --output-file dist/heliograph-$$($(UV) version --short).cdx.json
	cd dist && sha256sum heliograph-* > SHA256SUMS && cat SHA256SUMS

release:
	python3 tools/release.py
	$(MAKE) dist

.uv/bin/uv:
	python3 -m venv .uv && .uv/bin/pip install --quiet uv

.PHONY: run test check check-python check-javascript format format-python format-styles survival published bench pictures screenshots leavings docs dist release install-test clients translations always
