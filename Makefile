# Everything runs from a fresh clone with git, make and Python 3.11 or newer: .venv is made on first use.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run demo migrate test check fmt bench chaos late-money fuzz prepare
MAKEFLAGS += --no-print-directory

# Workers of the test run; more than there are cores makes it slower.
WORKERS ?= 2
# How long `make chaos` goes on.
MINUTES ?= 10
# How many races `make late-money` runs; RACES_SEED=n runs the same again.
RACES ?= 10000
# The browser of the tests, when it is not the one found by name: make test CHROMIUM=/path/to/chrome
CHROMIUM ?=
export CHROMIUM
# 1: without the tests that need a real Bitcoin network (tools/need_bitcoin_peers.sh).
ADMITONE_WITHOUT_BITCOIN_PEERS ?=
export ADMITONE_WITHOUT_BITCOIN_PEERS
# Further arguments for pytest: make test ARGS="tests/flows -k late"
ARGS ?=

help: ## Show this list
	@printf '\n  \033[1mAdmit One\033[0m  every place sold once, every ticket admitted once\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[36mmake %-10s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\n  Uses a PostgreSQL of its own unless DATABASE_URL names yours (15 or newer).\n\n'

run: prepare ## Start a selling site: database, server, worker, demo events
	@exec .venv/bin/admitone run $(ARGS)

demo: prepare ## Add the demo organiser and its events
	@exec .venv/bin/admitone demo $(ARGS)

migrate: prepare ## Bring the database to the newest form
	@exec .venv/bin/admitone migrate $(ARGS)

test: prepare ## Run all tests (ARGS="..." goes to pytest)
	@sh tools/need_chromium.sh
	@sh tools/need_npm_peers.sh >/dev/null
	@sh tools/need_bitcoin_peers.sh
	@exec .venv/bin/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: prepare ## Types, style, floors, sizes, names: all static checks
	@exec .venv/bin/python tools/check.py

fmt: prepare ## Put the code into its standard layout
	@.venv/bin/ruff check --fix --quiet src tests tools || true
	@exec .venv/bin/ruff format src tests tools

bench: prepare ## Measure, one JSON line per figure
	@exec .venv/bin/python -m benchmarks $(ARGS)

chaos: prepare ## Kill and race it again and again (MINUTES=10)
	@exec .venv/bin/python tools/chaos.py --minutes $(MINUTES) --workers $(WORKERS)

late-money: prepare ## Race payments with the ends of their orders (RACES=10000)
	@RACES=$(RACES) exec .venv/bin/pytest -s -p no:cacheprovider tests/races/test_late_money.py $(ARGS)

fuzz: prepare ## Run the state machines all night (ADMITONE_FUZZ_EXAMPLES=50: a shorter one)
	@HYPOTHESIS_PROFILE=night exec .venv/bin/pytest -n $(WORKERS) tests/machines $(ARGS)

prepare:
	@sh tools/bootstrap.sh
