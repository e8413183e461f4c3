# Everything a newcomer, a developer or CI runs. Needs make and Python 3.11 or later; nothing else.
PYTHON ?= python3

# uv lives in an environment of its own: `uv sync` removes from the project's environment whatever the lock does not name.
UV_VERSION := 0.13.9
UV := .uv/bin/uv
UV_SYNC := UV_PYTHON_DOWNLOADS=never $(UV) sync --locked --quiet --python $(PYTHON)
RUN := .venv/bin/python
MANAGE := $(RUN) manage.py
PYTEST := $(RUN) -m pytest

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(UV):
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.PHONY: install install-demo
install: $(UV) ## all packages, as locked, into .venv
	$(UV_SYNC)
install-demo: $(UV)
	@test -d .venv || echo "Installing packages into .venv (only the first time)"
	$(UV_SYNC) --no-group dev --inexact

.PHONY: check check-format check-lint check-types check-imports check-migrations check-deploy check-wheel
check: check-format check-lint check-types check-imports check-migrations check-deploy check-wheel ## format, lint, types, layers, migrations, deployment, wheel
check-format: install
	.venv/bin/ruff format --check .
	git ls-files -z '*.html' | xargs -0 -r .venv/bin/djade --check
check-lint: install
	.venv/bin/ruff check .
check-types: install
	.venv/bin/mypy
check-imports: install
	.venv/bin/lint-imports
check-migrations: install
	$(MANAGE) makemigrations --check
check-deploy: install
	DJANGO_DEBUG=false DJANGO_ALLOWED_HOSTS=platform.example DATABASE_URL=postgres://platform@db.example/platform \
		EMAIL_URL=submission://platform:secret@mail.example SITE_URL=https://platform.example DJANGO_SECRET_KEY=$$($(RUN) -c "import secrets; print(secrets.token_urlsafe(64))") \
		$(MANAGE) check --deploy --fail-level WARNING
check-wheel: install
	$(PYTEST) -q tests/architecture/test_wheel.py

.PHONY: fix
fix: install ## format, and fix what can be fixed
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	git ls-files -z '*.html' | xargs -0 -r .venv/bin/djade || true

.PHONY: test test-sqlite test-postgresql coverage test-browser
test: test-sqlite test-postgresql coverage test-browser ## everything, on SQLite and on PostgreSQL, then in Chromium
test-sqlite: install
	rm -f .coverage .coverage.*
	TEST_DATABASE=sqlite .venv/bin/coverage run -m pytest -n 2 --dist worksteal -m "not browser and not screenshots and not postgresql"
test-postgresql: install
	TEST_DATABASE=postgresql .venv/bin/coverage run -m pytest -n 2 --dist worksteal -m "not browser and not screenshots and not sqlite"
coverage: install
	.venv/bin/coverage combine --quiet
	.venv/bin/coverage report
test-browser: install
	TEST_DATABASE=sqlite $(PYTEST) -m browser

# A copy of the project without src/, and with an environment of its own, whose engine is what pip makes of the wheel.
INSTALLED := var/installed

.PHONY: test-wheel
test-wheel: $(UV) ## what make test does, on the wheel in place of src/
	rm -rf $(INSTALLED) && mkdir -p $(INSTALLED)
	git ls-files -z --cached --others --exclude-standard ':!src' | xargs -0 cp --parents --target-directory=$(INSTALLED)
	git init --quiet $(INSTALLED) && git -C $(INSTALLED) add .
	mkdir $(INSTALLED)/.uv && ln -s "$(CURDIR)/.uv/bin" $(INSTALLED)/.uv/bin
	$(MAKE) --no-print-directory wheel DIST=$(INSTALLED)/dist
	$(UV_SYNC) --project $(INSTALLED) --no-install-project
	$(UV) pip install --quiet --no-deps --python $(INSTALLED)/.venv $(INSTALLED)/dist/*.whl
	$(MAKE) --no-print-directory --directory=$(INSTALLED) --old-file=install test

LANGUAGES :=

.PHONY: messages
messages: install ## the catalogues of translations, after words have changed; of a new language: LANGUAGES=de
	$(RUN) -m translations $(LANGUAGES)

.PHONY: screenshots
screenshots: install ## the pictures in docs/screenshots, of the admin's pages in Chromium
	mkdir -p docs/screenshots && rm -f docs/screenshots/*.png
	TEST_DATABASE=sqlite $(PYTEST) -q -m screenshots tests/browser/test_screenshots.py

# The demo keeps to a folder of its own: database and e-mails of a developer are not touched.
DEMO := DATABASE_URL=sqlite:///var/demo/db.sqlite3 EMAIL_URL=file:var/demo/mail \
	MODEL_RETIREMENT_PLATFORM=config.demo.Platform MODEL_RETIREMENT_CATALOGUE=apps.demo.catalogue

.PHONY: demo serve
demo: install-demo ## migrate, load tenants, preview a removal, run it, show what came of it
	@rm -rf var/demo && mkdir -p var/demo/mail
	@DEMO_PYTHON=$(RUN) $(DEMO) ./demo.sh
serve: install-demo ## the admin of the demo on http://localhost:8000/admin/ (after make demo)
	@test -f var/demo/db.sqlite3 || $(MAKE) demo
	@echo "Log in at http://localhost:8000/admin/ as demo@example.org, password demo"
	$(DEMO) $(RUN) manage.py runserver

.PHONY: bench bench-admin
bench: install ## the figures of the README, on PostgreSQL
	$(RUN) -m benchmarks
bench-admin: install ## how long the admin's pages take on a large platform, on both databases
	$(RUN) -m benchmarks.admin_pages

DIST := dist

.PHONY: wheel
wheel: $(UV) ## the package that pip installs, into dist/
	UV_PYTHON_DOWNLOADS=never $(UV) build --quiet --python $(PYTHON) --wheel --out-dir $(DIST)

.PHONY: clean
clean: ## what a run leaves behind
	rm -rf .venv .uv var dist .coverage .coverage.* .hypothesis
