# Two commands: `make study` and `make test`. Both set up .venv from envs/lock.txt first.
PYTHON ?= python3
CORES ?= $(shell getconf _NPROCESSORS_ONLN)
GPUS := $(shell command -v nvidia-smi > /dev/null && nvidia-smi -L 2> /dev/null | grep -c GPU)
RUN := .venv/bin/snakemake --cores $(CORES) $(if $(filter-out 0,$(GPUS)),--resources gpu=$(GPUS))

.PHONY: study quick test lint docs clean

study: .venv/ready
	$(RUN)
	@echo "Read it from results/index.html"

quick: .venv/ready
	$(RUN) --directory quick
	@echo "Read it from quick/results/index.html"

test: .venv/ready
	.venv/bin/python -m pytest $(TESTS)

lint: .venv/ready
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/snakefmt --check Snakefile rules
	.venv/bin/snakemake --lint

docs: .venv/ready
	.venv/bin/python -m pip install --quiet --no-deps --requirement envs/docs.txt
	.venv/bin/mkdocs build --strict

.venv/ready: envs/lock.txt
	$(PYTHON) -c "import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else f'Python {v[0]}.{v[1]}: allowed: 3.11 to 3.13 (make PYTHON=python3.12 ...)')"
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --requirement envs/lock.txt
	touch $@

clean:
	rm -rf .venv site results .snakemake .scratch quick/results quick/.snakemake quick/.scratch
