# What one needs to work with AgentDesk; README.md tells the two commands to begin with.
VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
DEMO_ARGS ?=
BENCH_ARGS ?=
SEEDS ?= 200
DESKS ?= 5
CHAOS_ARGS ?=

.PHONY: demo test setup bench chaos kills format lint types contracts unit screenshots translations \
	lock links links-remove clean

demo: setup
	$(PYTHON) -m agentdesk.story $(DEMO_ARGS)

test: lint types contracts unit

setup: $(READY)

# Runs again only when the locked dependencies or the set-up itself have changed.
$(READY): requirements/lock.txt pyproject.toml packaging/setup.sh
	sh packaging/setup.sh $(VENV)
	touch $@

lint: setup
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .

types: setup
	$(VENV)/bin/mypy

contracts: setup
	$(VENV)/bin/lint-imports

unit: setup
	$(PYTHON) -m pytest

# Every boundary of a desk and of Central, each with a process that dies there.
kills: setup
	KILLS=all $(PYTHON) -m pytest tests/system/test_kill_points.py tests/system/test_kills.py

bench: setup
	$(PYTHON) -m benchmarks $(BENCH_ARGS)

chaos: setup
	$(PYTHON) -m tests.simulation --seeds $(SEEDS) --desks $(DESKS) $(CHAOS_ARGS)

format: setup
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

screenshots: setup
	$(PYTHON) -m agentdesk.story --offscreen --gallery docs/images

translations: setup
	$(PYTHON) packaging/translations.py

lock: setup
	sh packaging/lock.sh $(VENV)

# Have tel: and agentdesk: links of this user's desktop open in this AgentDesk; or no more.
links: setup
	$(VENV)/bin/agentdesk links install

links-remove: setup
	$(VENV)/bin/agentdesk links remove

clean:
	rm -rf build $(VENV)
