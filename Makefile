# The commands people type. `make run` and `make test` need Python 3.11 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export DUGAI_DATA ?= var
export PORT ?= 8000

# make simulate
PHONES ?= 50
OPS ?= 200
SEED ?=

.PHONY: run test prove simulate crash check bench dist assets install tools clean

run: install assets          ## a demo on http://127.0.0.1:$(PORT)
	@$(BIN)/dugai demo --if-empty
	@$(BIN)/dugai migrate
	@$(BIN)/dugai serve

test: install assets tools check   ## the quick tier
	@node=$$($(BIN)/python static/node.py); "$$node" --test tests/client/*.test.js
	@$(BIN)/python -m pytest --numprocesses auto --no-loadscope-reorder -m "not long"

prove: install assets tools check  ## everything
	@node=$$($(BIN)/python static/node.py); "$$node" --test tests/client/*.test.js
	@DUGAI_PROVE=1 $(BIN)/python -m pytest

simulate: install assets     ## PHONES phones × OPS operations in virtual time; SEED repeats one
	@$(BIN)/python -m tests.simulation $(PHONES) $(OPS) $(SEED)

crash: install assets tools  ## a thousand kills of servers and of PostgreSQL under load; KILLS= and SEED= say otherwise
	@$(BIN)/python -m tests.crashes

check: install               ## lint and types
	@$(BIN)/ruff check server tests bench static
	@$(BIN)/mypy

bench: install assets tools  ## figures, as ratios within one run
	@$(BIN)/python -m bench

dist: install assets         ## a wheel with its assets inside
	@$(BIN)/python -m build --wheel --outdir build/wheel .

install: $(VENV)/installed
$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@mkdir -p static/dist
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

assets: static/dist/manifest.json
static/dist/manifest.json: package-lock.json static/build.mjs static/node.py $(shell find static/css static/js static/icons -type f 2>/dev/null) | install
	@$(BIN)/python static/node.py --build

tools:                       ## what the tests drive: Debian's chromium and PostgreSQL where they may be installed
	@sh tests/tools.sh

clean:
	rm -rf $(VENV) build static/dist node_modules
