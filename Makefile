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

# The long form of the fault tests: every step twice and more, two thousand updates of a screen.
trust: setup
	@RISKATLAS_TRUST=long .venv/bin/python -m pytest tests/webapp/reports tests/webapp/test_screen_browser.py tests/census/intake/test_proposal_kills.py
