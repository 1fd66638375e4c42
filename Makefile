# `make` lists the targets. Each sets up what it needs (scripts/setup) and builds in release mode.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build test format lint docs bench clean

# What `swift test` gets beside the build options: --filter NAME runs some tests, --parallel all at
# once. One test at a time is the default, because the engine itself uses every core.
TESTFLAGS ?= --no-parallel

# What Tools/bench/run.py gets: workloads and options.
BENCHFLAGS ?=

# Without testable imports the tests run the very code that `swift build -c release` makes, and
# going from one to the other compiles nothing again.
RELEASE := -c release
TESTED := $(RELEASE) --disable-testable-imports

swift_sources := $(wildcard Package.swift Sources Tests Examples Snippets Benchmarks Tools)
shell_scripts := hebb .ci/run scripts/setup scripts/docs

help: ## lists the targets
	@sed -n 's/^\([a-z]*\):[^#]*## /\1	/p' $(MAKEFILE_LIST) | expand -t 10

setup: ## installs what is missing on this machine (oneDNN 3, OpenBLAS, zlib, libpng)
	@scripts/setup

build: setup ## builds everything
	swift build $(RELEASE)

test: setup ## runs the whole test suite (TESTFLAGS="--filter NAME" for a part)
	swift test $(TESTED) $(TESTFLAGS) </dev/null

format: ## formats the Swift sources in place
	swift format format --in-place --parallel --recursive $(swift_sources)

lint: ## checks the format and style of the Swift sources and, with shellcheck, of the scripts
	swift format lint --strict --parallel --recursive $(swift_sources)
	@if command -v shellcheck >/dev/null; then \
	  echo 'shellcheck $(shell_scripts)'; shellcheck $(shell_scripts); \
	else \
	  echo 'shellcheck is not installed: the shell scripts were not checked'; \
	fi

docs: setup ## builds the documentation, warnings are errors
	@scripts/docs

bench: build ## measures Hebb and other frameworks, writes docs/performance.md (BENCHFLAGS="lenet_train" for a part)
	@python3 Tools/bench/run.py $(BENCHFLAGS)

clean: ## removes what was built
	rm -rf .build
