# The commands people type. Each does its own set-up and may be typed again at any time.
.PHONY: setup demo test bench trust bundle
SHELL := /bin/bash
PLACE ?= example
ONLY ?=

setup:
	@.ci/setup

demo: setup
	@.venv/bin/riskatlas demo --place $(PLACE) $(DEMO)

test: setup
	@.ci/stages

bench: setup
	@.ci/peers
	@.venv/bin/python -m tests.bench $(ONLY)

bundle: setup
	@.ci/bundle
