# What a newcomer needs: Go 1.26, make, git, a C compiler, Node with npm, and
# Python 3.11 with venv. Everything else is installed under .tools/, pinned by
# the files in .ci/tools, and installed by the target that first needs it.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Absolute, because the tests and the local cloud start the tools from other folders.
TOOLS := $(CURDIR)/.tools
BUILD := $(CURDIR)/.build
GO := go

# --- tools ------------------------------------------------------------------

# A stamp holds the pins it was installed from, so a tool is installed again
# when its pins change, and only then.
UV := $(TOOLS)/uv/bin/uv
tool = $(TOOLS)/$(1)/.stamp
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1

$(call tool,uv): .ci/tools/uv.txt
	@cmp -s $< $@ || { \
	  echo "installing uv" >&2; rm -rf $(TOOLS)/uv && python3 -m venv $(TOOLS)/uv && \
	  $(TOOLS)/uv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< && cp $< $@; }
	@touch $@

# One venv a tool: their pins contradict each other.
$(TOOLS)/%/.stamp: .ci/tools/%.txt $(call tool,uv)
	@cmp -s $< $@ || { \
	  echo "installing $*" >&2; \
	  $(UV) venv --quiet --clear --relocatable --python python3 $(TOOLS)/$* && \
	  $(UV) pip install --quiet --python $(TOOLS)/$*/bin/python --requirement $< && cp $< $@; }
	@touch $@

$(call tool,dynoxide): .ci/tools/dynoxide.txt
	@cmp -s $< $@ || { \
	  echo "installing dynoxide" >&2; rm -rf $(TOOLS)/dynoxide && mkdir -p $(TOOLS)/dynoxide/bin && \
	  platform=$$(node -p 'process.platform + "-" + process.arch') && \
	  npm install --silent --no-audit --no-fund --no-save --prefix $(TOOLS)/dynoxide "@dynoxide/$$platform@$$(cat $<)" && \
	  ln -s "../node_modules/@dynoxide/$$platform/dynoxide" $(TOOLS)/dynoxide/bin/dynoxide && cp $< $@; }
	@touch $@

# From npm, with their lock files.
$(call tool,redocly) $(call tool,typescript) $(call tool,playwright): $(TOOLS)/%/.stamp: .ci/tools/%/package-lock.json .ci/tools/%/package.json
	@cmp -s $< $@ || { \
	  echo "installing $*" >&2; rm -rf $(TOOLS)/$* && mkdir -p $(TOOLS)/$* && cp .ci/tools/$*/package*.json $(TOOLS)/$*/ && \
	  npm ci --silent --no-audit --no-fund --ignore-scripts --prefix $(TOOLS)/$* && cp $< $@; }
	@touch $@

# One file of the package is all that the page loads.
$(call tool,scalar): .ci/tools/scalar.txt
	@cmp -s $< $@ || { \
	  echo "installing scalar" >&2; rm -rf $(TOOLS)/scalar && mkdir -p $(TOOLS)/scalar && cd $(TOOLS)/scalar && \
	  npm pack --silent "@scalar/api-reference@$$(cat $(CURDIR)/$<)" >/dev/null && \
	  tar -xzf *.tgz --strip-components=3 package/dist/browser/standalone.js && rm -f *.tgz && cp $(CURDIR)/$< $@; }
	@touch $@

ENGINES := $(call tool,dynoxide) $(call tool,moto) $(call tool,sam)

.PHONY: tools tools-check
tools: $(ENGINES) ## install what run and test need
tools-check: $(call tool,lint) $(call tool,samcli)

# --- every day ---------------------------------------------------------------

# API_PORT, AWS_PORT, CONTROL_PORT (0 takes a free one) and DATA_DIR are read from
# the environment. Not go run: it would outlive a kill of this process.
.PHONY: run
run: $(ENGINES) $(call tool,scalar) ## start the local cloud: ready when it prints one line with its addresses
	@mkdir -p $(BUILD) && $(GO) build -o $(BUILD)/local-cloud ./shared/local && exec $(BUILD)/local-cloud

# Two packages at a time: each starts engines of its own. make check vets. -w leaves
# out what only debuggers read: a quarter of the time to link.
.PHONY: test
test: $(ENGINES) $(call tool,typescript) build ## run every test under the race detector, on real engines
	$(GO) test -race -vet=off -ldflags=-w -p 2 -timeout 15m ./...

# FUZZ_CASES an operation and phase; the same FUZZ_SEED makes the same cases.
FUZZ_CASES ?= 20
FUZZ_SEED ?= 1
.PHONY: fuzz-api
fuzz-api: $(ENGINES) $(call tool,schemathesis) build ## let schemathesis try the API: FUZZ_CASES=20 FUZZ_SEED=1
	@$(GO) run ./shared/local/fuzz -examples $(FUZZ_CASES) -seed $(FUZZ_SEED)

.PHONY: page-test
page-test: $(ENGINES) $(call tool,scalar) $(call tool,playwright) build ## try the API from its page, in a browser
	@$(GO) run ./shared/local/page/browse

# Another seed strikes other calls; the same seed the same ones.
.PHONY: chaos
chaos: export CHAOS_PEOPLE ?= 200
chaos: export CHAOS_SEED ?= 1
chaos: export CHAOS_RATE ?= 0.05
chaos: export CHAOS_DELAY ?= 5
chaos: $(ENGINES) build ## live 200 lives while AWS fails: [CHAOS_PEOPLE=] [CHAOS_SEED=] [CHAOS_RATE=] [CHAOS_DELAY=]
	$(GO) test -count=1 -timeout 60m -run Lives -v ./shared/local/chaos

# The search index beside bleve, which is in a module of its own: SIZES=100000,500000
# in the environment sets the numbers of products.
# LOAD=-steady=10m holds the first rate to see whether anything grows; -help lists the rest.
.PHONY: load
load: $(ENGINES) build ## load a local cloud at rising rates and beyond them: [LOAD='-rates=10,50 -stage=10s -steady=10m']
	$(GO) run ./shared/local/load $(LOAD)

.PHONY: bench
bench: $(ENGINES) build ## measure cold starts, zips and the benchmarks; each prints its ratio
	$(GO) test -p 1 -run '^$$' -bench . ./...
	cd shared/search/index/testdata/versus && $(GO) run .

# FUNCTION is a folder of functions/ or a function's name in template.yaml.
.PHONY: invoke
invoke: ## invoke a function of the running local cloud: FUNCTION=<folder> EVENT=<file>
	@$(GO) run ./shared/local/invoke -function '$(FUNCTION)' -event '$(EVENT)'

# In the environment, not in the command line: a mapping holds quotes.
.PHONY: import
import: export FEED_FILE = $(FILE)
import: export FEED_FORMAT = $(FORMAT)
import: export FEED_MERCHANT = $(MERCHANT)
import: export FEED_MAPPING = $(MAPPING)
import: export FEED_DRY_RUN = $(DRY_RUN)
import: export FEED_FULL = $(FULL_FEED)
import: export FEED_ENCODING = $(ENCODING)
import: export FEED_RETIRE_UP_TO = $(RETIRE_UP_TO)
import: ## import a feed into the running local cloud: FILE= MERCHANT= [FORMAT=] [MAPPING='{}'] [ENCODING=] [DRY_RUN=1] [FULL_FEED=1] [RETIRE_UP_TO=]
	@$(GO) run ./shared/local/importer

.PHONY: clean
clean: ## forget what was built and what the local cloud keeps; the tools stay
	rm -rf $(BUILD) $(CURDIR)/.data $(CURDIR)/.aws-sam

# --- build -------------------------------------------------------------------

# For this machine by default, where the local cloud runs the functions; GOARCH
# chooses another. norpc leaves out the old runtime's protocol.
GOFLAGS_LAMBDA := -tags lambda.norpc -trimpath -buildvcs=false -ldflags '-s -w'

# What the functions are built from. Folders too: a file that is gone is a change.
SOURCES := go.mod go.sum $(shell find functions shared \( -path shared/local -o -name testdata \) -prune -o \( -type d -o -type f ! -name '*_test.go' \) -print)
BUILT := $(BUILD)/.built-$(shell $(GO) env GOOS)-$(shell $(GO) env GOARCH)

.PHONY: build
build: $(BUILT) ## build every function into .build/<folder>/bootstrap

# All in one go build, then moved into place one by one, and only when changed:
# the local cloud restarts a function whose binary is new. The folder between is
# this run's own, so that two may build at once.
$(BUILT): $(SOURCES)
	@mkdir -p $(BUILD) && new=$$(mktemp -d $(BUILD)/new.XXXXXX) && trap 'rm -rf "$$new"' EXIT && \
	  CGO_ENABLED=0 $(GO) build $(GOFLAGS_LAMBDA) -o "$$new/" ./functions/... && cd "$$new" && \
	  for f in *; do cmp -s "$$f" "../$$f/bootstrap" || { mkdir -p "../$$f" && mv -f "$$f" "../$$f/bootstrap"; }; done
	@cd $(BUILD) && for f in */bootstrap; do [ -d "$(CURDIR)/functions/$${f%/*}" ] || rm -f "$$f"; done
	@rm -f $(BUILD)/.built-* && touch $@

# sam build calls build-<LogicalId> with ARTIFACTS_DIR. It does not say for which
# processor, so LAMBDA_ARCH must be what template.yaml's Architecture is.
LAMBDA_ARCH ?= arm64
goarch_x86_64 := amd64
goarch_arm64 := arm64

# The template's Handler is the function's folder, so nothing is listed here.
folder = $(shell awk -v id='  $(1):' '$$0 == id { found = 1 } found && $$1 == "Handler:" { print $$2; exit }' template.yaml)

build-%:
	@CGO_ENABLED=0 GOOS=linux GOARCH=$(or $(goarch_$(LAMBDA_ARCH)),$(error LAMBDA_ARCH is arm64 or x86_64)) $(GO) build $(GOFLAGS_LAMBDA) \
	  -o '$(ARTIFACTS_DIR)/bootstrap' ./functions/$(or $(call folder,$*),$(error template.yaml has no function $*))

# --- checks ------------------------------------------------------------------

export SAM_CLI_TELEMETRY := 0
# SAM CLI asks for a region even to validate; nothing is sent to it.
SAM = AWS_DEFAULT_REGION=us-east-1 $(TOOLS)/samcli/bin/sam

.PHONY: check
check: check-go check-template check-document check-generated ## format, vet, staticcheck, cfn-lint, checkov, sam validate, generated files

.PHONY: check-go check-template check-document check-generated
check-go:
	@files=$$($(GO) tool gofumpt -l functions shared) && \
	  if [ -n "$$files" ]; then echo "not formatted by gofumpt:" >&2; echo "$$files" >&2; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

check-template: tools-check
	$(TOOLS)/lint/bin/cfn-lint template.yaml
	$(TOOLS)/lint/bin/checkov --config-file .checkov.yaml -f template.yaml
	$(SAM) validate --lint --template template.yaml

check-document: $(call tool,redocly)
	@REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true $(TOOLS)/redocly/node_modules/.bin/redocly lint \
	  --config .ci/redocly.yaml shared/contract/openapi.json

# What is generated is committed; generating it again must change nothing.
generated = { git diff -- . ; git ls-files --others --exclude-standard | xargs -r cksum ; } | cksum
check-generated:
	@before=$$($(generated)); $(GO) generate ./... && \
	  if [ "$$before" != "$$($(generated))" ]; then \
	    echo "generated files were not current; commit what make check-generated just wrote" >&2; exit 1; fi

.PHONY: audit
audit: ## look for known vulnerabilities (needs vuln.go.dev)
	$(GO) tool govulncheck ./...

.PHONY: sam-test
sam-test: $(ENGINES) $(call tool,samcli) build ## hold the product against SAM CLI: every event, every journey (Docker)
	@$(GO) run ./shared/local/samtest

.PHONY: deploy-test
deploy-test: $(ENGINES) $(call tool,samcli) $(call tool,ministack) ## deploy with SAM to MiniStack, every journey there, delete the stack
	@$(GO) run ./shared/local/deploytest

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
