# What a newcomer needs: Go 1.26, make, git, a C compiler, Node with npm, and
# Python 3.11 with venv. Everything else is installed under .tools/, pinned by
# the files in .ci/tools, and installed by the target that first needs it.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Absolute, because the tests and the local cloud start the tools from other folders.
TOOLS := $(CURDIR)/.tools
BUILD := $(CURDIR)/.build

# The tools the tests start as child processes.
export DYNOXIDE := $(TOOLS)/dynoxide/bin/dynoxide
export MOTO_SERVER := $(TOOLS)/moto/bin/moto_server
export SAM_PYTHON := $(TOOLS)/sam/bin/python

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

ENGINES := $(call tool,dynoxide) $(call tool,moto) $(call tool,sam)

.PHONY: tools tools-check tools-sam-test
tools: $(ENGINES) ## install what run and test need
tools-check: $(call tool,lint) $(call tool,samcli)
tools-sam-test: $(ENGINES) $(call tool,samcli)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
