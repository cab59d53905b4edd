# Two commands set everything up: `make demo` runs the main job, `make test` passes the tests.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin

.PHONY: demo test test-slow lint docs benchmarks clean

$(VENV)/.installed: pyproject.toml setup.py constraints.txt $(wildcard stadls/*.p[yx][xd] chipsim/*.p[yx][xd] chipsim/kernel.*)
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "$(PYTHON) cannot make virtual environments: apt-get install python3-venv python3-dev gcc"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip -c constraints.txt
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/bss2 demo --output demo-output

test: $(VENV)/.installed
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: $(VENV)/.installed
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.installed
	$(BIN)/ruff check .

docs: $(VENV)/.installed
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

benchmarks: $(VENV)/.installed
	$(BIN)/python -m benchmarks --all

clean:
	rm -rf $(VENV) build docs/_build docs/api demo-output
