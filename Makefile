# Each target first makes .venv what the requirements files ask for; the work itself is in sandbox/.
PYTHON ?= python3
BOOTSTRAP = @$(PYTHON) sandbox/setup/bootstrap.py
SANDBOX = @.venv/bin/python -m sandbox
COMPILE = @.venv/bin/uv pip compile --quiet --universal --python-version 3.10 --no-emit-index-url \
	--custom-compile-command "make lock"

# An update starts a dozen short Python processes, which begin faster with compiled modules.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help up down stop preview status map walkthrough test faults unit bench lint lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ENGINE is for `up` and `walkthrough`; the stack's settings keep it.
UP = $(SANDBOX) up $(if $(ENGINE),--engine $(ENGINE))

up: ## set up, start the sandbox, bring the fleet up, show the joined clusters; ENGINE=karmada for Karmada
	$(BOOTSTRAP)
	$(UP)

down: ## destroy the fleet, stop the sandbox, tell if anything is left
	$(BOOTSTRAP)
	$(SANDBOX) down

stop: ## end the sandbox's processes; `make up` brings the same fleet back
	$(BOOTSTRAP)
	$(SANDBOX) stop

preview: ## what `make up` would change, and what of it the policies refuse
	$(BOOTSTRAP)
	$(SANDBOX) preview

status: ## what is running
	$(BOOTSTRAP)
	$(SANDBOX) status

map: ## the fleet's picture, into fleet.html
	$(BOOTSTRAP)
	@test -e .sandbox/env || { echo "error: there is no fleet to draw; bring it up first: make up" >&2; exit 1; }
	@. .sandbox/env && .venv/bin/python -m ops map --stack sandbox

walkthrough: ## a tour of the fleet, over either engine: what is declared once, and where it runs
	$(BOOTSTRAP)
	$(UP)
	@. .sandbox/env && .venv/bin/python examples/walkthrough/tour.py sandbox --create-zone example.org

# Coverage counts what runs in pytest's own processes. The tracer makes some of hypothesis' examples slower than its
# deadline of 200 ms, so the profile has no deadline. ARGS select a part of the tests, and no gate fits a part. Each file's
# coverage and each test's time are in files of their own; the time is for `python -m tests.bench.tiers`.
COVERAGE = --cov --cov-report=markdown:.sandbox/log/coverage.md --hypothesis-profile=ci

# Go programs, Pulumi's engine and the API servers above all, need a tenth less CPU if they collect garbage less often. It
# costs some 100 MiB for each.
test faults: export GOGC = 300

test: ## every tier of the tests, with coverage; ARGS="-m unit" for one tier alone
	$(BOOTSTRAP) --tests
	$(SANDBOX) build
	@mkdir -p .sandbox/log
	@.venv/bin/python -m pytest -n 4 --dist loadscope --no-loadscope-reorder --junitxml=.sandbox/tests.xml \
		$(or $(ARGS),-m "not long" $(COVERAGE))

faults: ## every fault, and a table of injected, survived, lost, leaked; fails if anything is lost or leaked
	$(BOOTSTRAP) --tests
	$(SANDBOX) build
	@.venv/bin/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder tests/faults $(ARGS)

# Two tests compile actionlint, so `make test` runs them and this doesn't. tests/conftest.py would put the tier on one
# worker, beside the tiers that share fleets; --confcutdir leaves it out. The profile is the one without a deadline, because
# a busy machine exceeds 200 ms too.
unit: ## the unit tests alone, in a minute; nothing is compiled or started
	$(BOOTSTRAP) --tests
	@.venv/bin/python -m pytest -n logical --maxprocesses 4 --dist loadscope --confcutdir tests/unit --hypothesis-profile=ci \
		--deselect tests/unit/test_workflows.py::test_actionlint -m unit tests/unit $(ARGS)

bench: ## how long a fleet's life takes here, and what a cluster costs
	$(BOOTSTRAP) --tests
	$(SANDBOX) build
	@.venv/bin/python -m tests.bench

lint: ## formatting, lint, types, workflows
	$(BOOTSTRAP) --tests
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/pyright
	$(SANDBOX) lint
	@.venv/bin/zizmor --offline --quiet .github

# awscli, which shares .venv with the program, needs an older python-dateutil than kubernetes would get alone. So the first
# command resolves both, and the second keeps what the program needs. Each package stays as it is unless ARGS=--upgrade.
lock: ## write requirements.lock from requirements.txt; ARGS=--upgrade for newer packages
	$(BOOTSTRAP) --tests
	@cp requirements.lock .venv/resolved.txt
	$(COMPILE) $(ARGS) requirements.txt sandbox/requirements.txt -o .venv/resolved.txt
	$(COMPILE) --generate-hashes --no-annotate -c .venv/resolved.txt requirements.txt -o requirements.lock

clean: ## end the sandbox's processes and forget all that it knows, without destroying anything first
	$(BOOTSTRAP)
	$(SANDBOX) clean
