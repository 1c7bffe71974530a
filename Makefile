# Two commands: `make demo` (from clone to a report) and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PENUMBRA := .build/release/penumbra
CHECK    := --explicit-target-dependency-import-check error
TESTS    := --scratch-path .build-tests -c release $(CHECK)
# Apart from the others: the trait is a flag of every target, so that one folder for both would be rebuilt each time.
GATEWAY   := --scratch-path .build-gateway -c release --traits Gateway $(CHECK)
LIBRARIES := libopenblas-dev liblapacke-dev zlib1g-dev libsodium-dev pkg-config gnuplot-nox curl unzip
DATA      := dataset-fashion-mnist

.PHONY: help demo test build gateway gateway-test experiments bench lint validate libraries data clean

help:
	@echo "make demo         install what is missing, build, audit three generative families, write a report"
	@echo "make test         install what is missing, run every test"
	@echo "make gateway      build penumbra-gateway, which serves models over HTTP, and penumbra beside it"
	@echo "make gateway-test try it with the client of OpenAI, schemathesis and hostile input"
	@echo "make experiments  run every experiment and compare it with the findings committed beside it"
	@echo "make bench        compare speed with PyTorch and Opacus, about 35 minutes; installs them under .venv-bench first"
	@echo "make lint         check the formatting"

demo: build data
	@$(PENUMBRA) doctor || true
	@$(PENUMBRA) run experiments/quickstart.yaml

test: libraries data
	swift test $(TESTS)

build: libraries
	swift build -c release $(CHECK) --product penumbra

gateway: libraries
	swift build $(GATEWAY) --product penumbra-gateway
	swift build $(GATEWAY) --product penumbra

gateway-test: gateway .venv-gateway/ready
	@ulimit -n $$(ulimit -Hn); PENUMBRA=$(CURDIR)/.build-gateway/release/penumbra \
	  .venv-gateway/bin/python -m pytest -q --no-header -p no:cacheprovider Tests/Gateway
	PENUMBRA_GATEWAY=$(CURDIR)/.build-gateway/release/penumbra-gateway swift test $(TESTS) --filter 'ClientTests\.GatewayTests'

.venv-gateway/ready: Tests/Gateway/requirements.txt
	@.ci/install required python3-venv
	python3 -m venv .venv-gateway
	.venv-gateway/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# Reruns everything and compares findings; bytes are promised per machine type, so on another one numbers may differ.
experiments: gateway data
	@for id in mnist-5k adult supermarket; do bash datasets/fetch.sh $$id; done
	@.ci/experiments .build-gateway/release/penumbra

# Peers come from the package index that pip is configured for. Nothing else should run meanwhile.
bench: build data .venv-bench/ready
	@.ci/install optional libtcmalloc-minimal4
	$(PENUMBRA) bench --peers .venv-bench/bin/python --blas-core auto --json bench.json

.venv-bench/ready: experiments/peers/requirements.txt
	@.ci/install required python3-venv
	python3 -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

lint:
	swift format lint --strict -r -p Package.swift Sources Tests

validate: build
	$(PENUMBRA) validate experiments/*.yaml experiments/full/*.yaml

# Installs packages that are missing; where there is no apt, says what is wanted and goes on.
libraries:
	@.ci/install required $(LIBRARIES)

# The full data sets where they can be had; the committed ones under datasets/ stand in for what cannot.
data:
	@.ci/install optional $(DATA)
	@bash datasets/fetch.sh

clean:
	rm -rf .build .build-tests .build-gateway .venv-bench .venv-gateway runs
