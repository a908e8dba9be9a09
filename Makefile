# Each target first makes .venv what the requirements files ask for; the work itself is in sandbox/.
PYTHON ?= python3
BOOTSTRAP = @$(PYTHON) sandbox/bootstrap.py
SANDBOX = @.venv/bin/python -m sandbox

.PHONY: up down stop preview status map walkthrough test bench lint clean

up: ## set up, start the sandbox, bring the fleet up, show the joined clusters
	$(BOOTSTRAP)
	$(SANDBOX) up

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

walkthrough: ## a tour of the fleet: what is declared once, and where it runs
	$(BOOTSTRAP)
	$(SANDBOX) up
	@. .sandbox/env && .venv/bin/python examples/walkthrough/tour.py sandbox

test: ## every tier of the tests; ARGS="-m unit" for one
	$(BOOTSTRAP) --tests
	$(SANDBOX) build
	@.venv/bin/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder $(ARGS)

bench: ## how long a fleet's life takes here, and what a cluster costs
	$(BOOTSTRAP) --tests
	$(SANDBOX) build
	@.venv/bin/python -m tests.bench

lint: ## formatting, lint, types, workflows
	$(BOOTSTRAP) --tests
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/pyright
	@.venv/bin/pyright -p pyrightconfig.sandbox.json
	$(SANDBOX) lint
	@.venv/bin/zizmor --offline --quiet .github

clean: ## end the sandbox's processes and forget all that it knows, without destroying anything first
	$(BOOTSTRAP)
	$(SANDBOX) clean
