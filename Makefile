# The verbs of this repository. Each one sets up what it needs (.venv, target/, dist/) and redoes nothing that has not changed.
#
#   make demo        the main job on a transcript: stop, scrub, write, start again
#   make test        every test there is, on every CPython from 3.11 up that the machine has
#   make test-long   the same with the long property runs, the whole sweeps, the ignored tests and the mutations
#   make fuzz        each fuzz target for FUZZ_SECONDS (60)
#   make lint        format, clippy, documentation, oldest Rust, ruff, mypy, stubtest
#   make bench       one table of speeds beside plain Python and memcpy, then the benches of the core; BENCH_SCANNERS=1 adds public scanners
#   make wheel       dist/prestop-*.whl
#   make wheels      dist/release/: the wheels of a release that this toolchain can build, and the source distribution
#   make wheels-check  what a release has to be: audited, complete, installed and tested where no Rust is
#   make reproducible  the wheels built twice, in two places, to the same bytes
#   make capi        libprestop and its header into PREFIX (/usr/local), below DESTDIR where that is set
#   make docs        site/: the pages of docs/, with the references of Python, C and Rust
#   make header      include/prestop.h from the sources of crates/capi
#   make clean       removes what the other verbs made
#
# PYTHON=python3.12 chooses the interpreter of .venv, which keeps it until make clean; 3.11 is the oldest that will do.

PYTHON ?= python3
CARGO ?= cargo
VENV := .venv
BIN := $(VENV)/bin

# .venv keeps the interpreter that it was made with.
ifneq ($(filter command environment,$(origin PYTHON)),)
ifneq ($(wildcard $(BIN)/python),)
ifneq ($(MAKECMDGOALS),clean)
WHICH := import sys; print(sys.base_prefix, *sys.version_info[:3])
ifneq ($(shell $(PYTHON) -c '$(WHICH)'),$(shell $(BIN)/python -c '$(WHICH)'))
$(error .venv was made with another interpreter than PYTHON=$(PYTHON): make clean first)
endif
endif
endif
endif
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Directories stand here too, so that a deleted or renamed file rebuilds the wheel as a changed one does.
WHEEL_SOURCES := build.rs Cargo.toml Cargo.lock pyproject.toml README.md LICENSE-MIT LICENSE-APACHE \
  $(shell find src crates python -name __pycache__ -prune -o \
    \( -type d -o -name '*.rs' -o -name '*.toml' -o -name '*.py' -o -name '*.pyi' -o -name py.typed \
    -o -name '*.css' -o -name '*.js' -o -name '*.txt' \) -print)

# The binding and the tools that read it see the same interpreter, also when another one is active in the shell.
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python
export PYTHONDONTWRITEBYTECODE := 1
# pip does not look outside .venv, whatever the shell has set.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV CONDA_PREFIX

.PHONY: help demo test test-rust test-python test-pythons test-pages test-long fuzz lint lint-rust lint-python detect pictures bench wheel wheels wheels-check reproducible capi header docs test-capi clean

help:
	@sed -n 's/^#   make/make/p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is older than 3.11: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.tools: requirements-dev.txt requirements-test.txt | $(BIN)/python
	$(PIP) install -r requirements-dev.txt
	@touch $@

dist/.wheel: $(WHEEL_SOURCES) | $(VENV)/.tools
	rm -f dist/prestop-*.whl
	$(BIN)/maturin build --release --strip --locked --quiet --compression-level 9 --interpreter $(BIN)/python --out dist
	@touch $@

$(VENV)/.installed: dist/.wheel $(VENV)/.tools
	$(PIP) install --force-reinstall --no-deps dist/prestop-*.whl
	@touch $@

# Half a minute more makes it three in a hundred smaller: for what is given to others, not for each test.
dist/.squeezed: dist/.wheel scripts/squeeze.py
	$(BIN)/python scripts/squeeze.py dist/prestop-*.whl
	@touch $@

wheel: dist/.squeezed
	@ls -l dist/prestop-*.whl

DIST := .venv-dist
# `WHEELS=--all` refuses to leave out a target that this toolchain cannot build.
WHEELS ?=
# `CHECK="--python /opt/musl/bin/python3"` names a further interpreter, for wheels that this machine's cannot load.
CHECK ?=

$(DIST)/.tools: requirements-dist.txt | $(BIN)/python
	[ -x $(DIST)/bin/python ] || $(BIN)/python -m venv $(DIST)
	$(DIST)/bin/python -m pip --disable-pip-version-check --quiet install -r requirements-dist.txt
	@touch $@

wheels: $(DIST)/.tools
	$(DIST)/bin/python scripts/wheels.py $(WHEELS)

wheels-check: $(DIST)/.tools
	$(DIST)/bin/python scripts/check-wheels.py $(CHECK)

reproducible: $(DIST)/.tools
	scripts/reproducible.sh $(DIST)/bin/python

PREFIX ?= /usr/local
DESTDIR ?=
# The tests install a build without optimisation.
CAPI_PROFILE ?= release
CAPI_BUILT = $(or $(CARGO_TARGET_DIR),target)/$(if $(filter dev,$(CAPI_PROFILE)),debug,$(CAPI_PROFILE))
VERSION = $(shell sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
ABI_VERSION = $(shell sed -n 's/^\#define PRESTOP_ABI_VERSION //p' include/prestop.h)

capi:
	$(CARGO) build --locked --package prestop-capi --profile $(CAPI_PROFILE)
	install -d $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/lib/pkgconfig
	install -m 644 include/prestop.h $(DESTDIR)$(PREFIX)/include/prestop.h
	install -m 644 $(CAPI_BUILT)/libprestop.a $(DESTDIR)$(PREFIX)/lib/libprestop.a
	install -m 755 $(CAPI_BUILT)/libprestop.so $(DESTDIR)$(PREFIX)/lib/libprestop.so.$(VERSION)
	ln -sf libprestop.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/libprestop.so.$(ABI_VERSION)
	ln -sf libprestop.so.$(ABI_VERSION) $(DESTDIR)$(PREFIX)/lib/libprestop.so
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' crates/capi/prestop.pc.in \
	  > $(DESTDIR)$(PREFIX)/lib/pkgconfig/prestop.pc

header:
	PRESTOP_UPDATE=1 $(CARGO) test --locked --quiet --package prestop-capi --test header

DOCS := .venv-docs
# README and the other texts at the root are pages too; a link may lead to any source.
DOCS_SOURCES := mkdocs.yml requirements-docs.txt include/prestop.h $(wildcard *.md) $(wildcard scripts/*.py) $(shell find docs -mindepth 1 -print)
export NO_MKDOCS_2_WARNING := 1

$(DOCS)/.tools: requirements-docs.txt | $(BIN)/python
	[ -x $(DOCS)/bin/python ] || $(BIN)/python -m venv $(DOCS)
	$(DOCS)/bin/python -m pip --disable-pip-version-check --quiet install -r requirements-docs.txt
	@touch $@

docs: site/.built
	@echo "$(CURDIR)/site/index.html"

site/.built: $(DOCS_SOURCES) $(WHEEL_SOURCES) | $(DOCS)/.tools
	@# What cargo doc has put there before, of other crates too, is not for the pages.
	rm -rf $(or $(CARGO_TARGET_DIR),target)/doc
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --quiet --no-deps --lib --package prestop --package prestop-agent
	@# Not --quiet, which would keep warnings from being counted.
	$(DOCS)/bin/mkdocs build --strict 2>&1 | sed '/^INFO/d; /^$$/d'
	cp -R $(or $(CARGO_TARGET_DIR),target)/doc site/rust
	@touch $@

# A transcript of any length in JSON Lines, on which it is done once more.
TRANSCRIPT ?= $(wildcard ../shared/data/transcripts.jsonl)

demo: $(VENV)/.installed
	@$(BIN)/python demo/run.py $(TRANSCRIPT)

# The binding is tested from Python: a Rust test of it would have to link libpython, which many interpreters do not ship.
# Tests that skip say so on standard error, amid everything else; `make test` says it again at its end.
TEST_LOG = $(or $(CARGO_TARGET_DIR),target)/test-rust.log
test-rust: export PROPTEST_RNG_SEED ?= 1
test-rust:
	@mkdir -p $(dir $(TEST_LOG))
	$(CARGO) test --locked --workspace --exclude prestop-python 2> >(tee $(TEST_LOG) >&2)

test-python: $(VENV)/.installed
	$(BIN)/python -m pytest

test-capi: $(VENV)/.tools
	$(BIN)/python -m pytest tests/c

test-pages: docs $(VENV)/.tools
	$(BIN)/python -m pytest tests/pages

test-pythons: $(VENV)/.installed
	scripts/test-every-python.sh $(BIN)/python

test: test-rust test-python test-capi test-pages test-pythons
	@grep -h SKIPPED $(TEST_LOG) || true

test-long: export PROPTEST_CASES ?= 5000
test-long: export PRESTOP_LONG := 1
test-long: $(VENV)/.installed docs
	$(CARGO) test --locked --profile long --workspace --exclude prestop-python --exclude prestop-cli --no-fail-fast -- --include-ignored
	@# Each case of the command's properties starts several processes.
	PROPTEST_CASES=1000 $(CARGO) test --locked --profile long -p prestop-cli -- --include-ignored
	CARGO="$(CARGO)" $(BIN)/python scripts/mutate-snapshot.py
	$(BIN)/python -m pytest
	$(BIN)/python -m pytest tests/c
	$(BIN)/python -m pytest tests/pages
	scripts/test-every-python.sh $(BIN)/python

FUZZ_SECONDS ?= 60
fuzz:
	scripts/fuzz.sh $(FUZZ_SECONDS)

lint: lint-rust lint-python

lint-rust: $(VENV)/.tools
	$(CARGO) fmt --all --check
	$(CARGO) fmt --manifest-path fuzz/Cargo.toml --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	CARGO_TARGET_DIR="$(or $(CARGO_TARGET_DIR),target)/fuzz-check" $(CARGO) clippy --quiet --locked --manifest-path fuzz/Cargo.toml -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --quiet --no-deps --package prestop
	$(BIN)/python scripts/doc-examples.py
	scripts/check-msrv.sh
	@# What would be published compiles without the rest of this repository.
	$(CARGO) package --locked --offline --quiet --allow-dirty --package prestop

lint-python: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/stubtest prestop._core lib

# Examples written by others and a clean transcript, which are not in this repository; docs/detection.md says what they look like.
EXAMPLES ?= ../shared/data/secret_examples.jsonl
CLEAN ?= ../shared/data/transcripts.jsonl

detect:
	@for file in $(EXAMPLES) $(CLEAN); do [ -f "$$file" ] \
	  || { echo "there is no $$file: make detect EXAMPLES=FILE CLEAN=FILE says where the examples and a clean transcript are" >&2; exit 1; }; done
	$(CARGO) run --locked --release --package prestop --example detect -- $(EXAMPLES) --clean $(CLEAN)

# Needs Graphviz; the pictures are committed, and a test holds them to their sources.
pictures:
	@for source in docs/pictures/*.dot; do dot -Tsvg "$$source" -o "$${source%.dot}.svg"; done

# Public scanners to compare with, where they can be installed; nothing else needs them.
SCANNERS := .venv-scanners
SCANNER_PROGRAMS = $(or $(CARGO_TARGET_DIR),target)/scanners
BENCH_SCANNERS ?=

$(SCANNERS)/.tools: requirements-scanners.txt | $(BIN)/python
	[ -x $(SCANNERS)/bin/python ] || $(BIN)/python -m venv $(SCANNERS)
	@# One by one: where one is not to be had, the others are.
	@sed '/^#/d' requirements-scanners.txt | while read -r scanner; do \
	  $(SCANNERS)/bin/python -m pip --disable-pip-version-check --quiet install "$$scanner" \
	    || echo "SKIPPED: $$scanner cannot be installed" >&2; \
	done
	@# Built elsewhere than the workspace, whose settings are not for it.
	@$(CARGO) install --quiet --locked --root $(SCANNER_PROGRAMS) --target-dir $(SCANNER_PROGRAMS)/build ripsecrets@0.1.11 \
	  || echo "SKIPPED: ripsecrets cannot be installed" >&2
	@touch $@

bench: $(VENV)/.installed $(if $(filter 1,$(BENCH_SCANNERS)),$(SCANNERS)/.tools)
	@$(BIN)/python benches/compare.py $(if $(filter 1,$(BENCH_SCANNERS)),--scanners $(SCANNERS)/bin $(SCANNER_PROGRAMS)/bin)
	@$(BIN)/python benches/durable.py
	$(CARGO) bench --locked --package prestop --bench scrub --bench heartbeat

clean:
	rm -rf .venv .venv-* dist site target fuzz/corpus fuzz/artifacts .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find python tests demo benches -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
