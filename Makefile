# Everything a developer runs. Each target sets itself up: it needs only make and Python 3.10 or newer.
#
#   make demo            make demo KEEP=1            make test ARGS="-k courier"            make PYTHON=python3.12 test
#   make test-matrix     make test-matrix AIRFLOW="3.1 lowest" SHORT=1    make demo-celery KEEP=1

PYTHON ?= python3
ARGS ?=
KEEP ?=
SHORT ?=
COVERAGE ?=
AIRFLOW ?=

python := .venv/bin/python
installed := .venv/.installed
celery_python := .venv-celery/bin/python
celery_installed := .venv-celery/.installed

.DEFAULT_GOAL := help
.PHONY: help demo demo-celery test test-long test-optional test-matrix test-scaleout lint docs release screenshots
.PHONY: bench bench-workerless bench-installation clean

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '%-23s %s\n' "$$name" "$$text"; done

demo: $(installed)  ## Run the example DAGs on a real Airflow against the sandbox (KEEP=1 leaves the UI up)
	@$(python) -m demo $(if $(KEEP),--keep)

demo-celery: $(celery_installed)  ## The same on Celery, Redis and PostgreSQL, with two triggerers and workers (KEEP=1: likewise)
	@$(celery_python) -m demo --celery $(if $(KEEP),--keep)

test: $(installed)  ## Run the tests, those with a real Airflow last (ARGS= goes to pytest; COVERAGE=1: 95 % at least)
	@$(call pytest,-n 2 $(if $(COVERAGE),--cov=airflow_jobstatus) tests/unit tests/docs tests/packaging)
	@$(call pytest,-m "not long" tests/airflow)

test-long: $(installed)  ## Run the tests on a real Airflow that take minutes each: frozen triggerers, killed workers
	@$(call pytest,-m long tests/airflow)

test-optional: .venv-optional/.installed  ## Test what may stand beside the package: S3, which moto plays, and OpenLineage
	@.venv-optional/bin/python -m pytest $(ARGS) tests/optional

test-scaleout: $(celery_installed)  ## Test many waits on Celery under faults, 8 minutes (SHORT=1: fewer waits, 3 minutes)
	@$(if $(SHORT),SCALEOUT=short) $(celery_python) -m pytest tests/scaleout \
		-o log_cli=true -o log_cli_level=INFO -o log_cli_format='%(asctime)s %(message)s' $(ARGS)

test-matrix: $(installed)  ## Test the wheel on Airflow 3.1, 3.2, 3.3 and our lowest dependencies (AIRFLOW="3.1 lowest")
	@$(python) -m tests.matrix $(if $(SHORT),--short) $(AIRFLOW)

lint: $(installed)  ## Check style and types
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@$(python) -m mypy --strict

docs: $(installed)  ## Build the documentation into site/; a warning, a dead link or a stale table is an error
	@$(python) -m docsite --check || { \
		echo 'These pages are not what the code says: run ".venv/bin/python -m docsite".' >&2; exit 1; }
	@said=$$(NO_MKDOCS_2_WARNING=1 $(python) -m mkdocs build --clean 2>&1) || { echo "$$said" >&2; exit 1; }

release:  ## Check all that a release needs, and build the wheel and the source distribution into dist/
	@.ci/release

screenshots: $(installed)  ## Take the pictures of Airflow's UI for the documentation (needs Debian's chromium)
	@$(python) -m demo.screenshots

bench: .venv-bench/.installed  ## Measure what waiting costs beside other triggers, 50 minutes (ARGS=--quick: minutes)
	@.venv-bench/bin/python -m benchmarks $(ARGS)

bench-workerless: .venv-bench/.installed  ## Measure on a real Airflow what waiting without a worker saves
	@.venv-bench/bin/python -m benchmarks.workerless $(ARGS)

bench-installation: .venv-bench/.installed  ## Measure what waits cost a distributed Airflow (ARGS="--sizes 300": shorter)
	@.venv-bench/bin/python -m benchmarks.installation $(ARGS)

# The libraries of S3 ask for an older python-dateutil than Airflow is pinned to.
.venv-optional/.installed: pyproject.toml constraints.txt tests/optional/constraints.txt
	@$(PYTHON) -m venv .venv-optional
	@.venv-optional/bin/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt pip
	@grep -v '^python-dateutil=' constraints.txt > .venv-optional/constraints.txt
	@.venv-optional/bin/python -m pip install -qq --constraint .venv-optional/constraints.txt \
		--constraint tests/optional/constraints.txt --build-constraint constraints.txt --group optional --editable .
	@touch $@

clean:  ## Remove the virtual environments and every cache
	@rm -rf .venv .venv-bench .venv-celery .venv-optional .venvs .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.coverage* coverage.xml build dist site
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A choice of tests by ARGS may leave one of the two runs without any: pytest's code 5 is no failure then.
pytest = $(python) -m pytest $(1) $(ARGS)$(if $(ARGS), || [ $$? -eq 5 ])

$(installed): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo 'Python 3.10 or newer is needed; "$(PYTHON)" is not. Name one: make PYTHON=python3.11 ...' >&2; exit 1; }
	@echo 'Installing the pinned versions into .venv (once, about a minute) ...'
	@$(PYTHON) -m venv .venv || { \
		echo 'The virtual environment could not be made: Debian and Ubuntu have its parts in python3-venv.' >&2; exit 1; }
	@$(python) -m pip install -qq --disable-pip-version-check --constraint constraints.txt pip
	@$(python) -m pip install -qq --constraint constraints.txt --build-constraint constraints.txt \
		--group dev --editable .
	@touch $@

# Apart from .venv: whatever is installed beside Airflow is part of it, and the tests are of this package alone.
$(celery_installed): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo 'Python 3.10 or newer is needed; "$(PYTHON)" is not. Name one: make PYTHON=python3.11 ...' >&2; exit 1; }
	@echo 'Installing the pinned versions into .venv-celery (once, about a minute) ...'
	@$(PYTHON) -m venv .venv-celery
	@$(celery_python) -m pip install -qq --disable-pip-version-check --constraint constraints.txt pip
	@$(celery_python) -m pip install -qq --constraint constraints.txt --build-constraint constraints.txt \
		--group celery --editable .
	@touch $@

# The connector that the Databricks provider asks for wants an older python-dateutil than Airflow is pinned to;
# its trigger needs no connector.
.venv-bench/.installed: pyproject.toml constraints.txt benchmarks/constraints.txt
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt pip
	@.venv-bench/bin/python -m pip install -qq --constraint constraints.txt --constraint benchmarks/constraints.txt \
		--build-constraint constraints.txt --group bench --editable .
	@.venv-bench/bin/python -m pip install -qq --no-deps --constraint benchmarks/constraints.txt \
		apache-airflow-providers-databricks mergedeep
	@touch $@
