# Two commands: `make run` serves the demo, `make test` runs every test.
# Everything here needs Go and Node.js and fetches the rest by itself.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS   += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

LISTEN ?= 127.0.0.1:8420
DATA   ?= var

GO     := go
TOOL   := $(GO) tool -modfile=tools/go.mod
NPM_CI := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

.PHONY: help
help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

.PHONY: run
run: build ## set up, build and serve the demo on http://127.0.0.1:8420
	@exec bin/muster demo --data $(DATA) --listen $(LISTEN)

.PHONY: build
build: web ## compile bin/muster, which needs nothing beside itself
	@echo "build   bin/muster"
	@CGO_ENABLED=0 $(GO) build -trimpath -o bin/muster ./cmd/muster

.PHONY: test
test: peers web check ## set up what tests need, and run them all
	@echo "test    everything"
	@$(GO) test -timeout 20m ./...

.PHONY: check
check: web e2e/node_modules/.package-lock.json ## format, vet, staticcheck, tidy, types
	@echo "check   format"
	@bad=$$($(TOOL) gofumpt -l .); \
	if [ -n "$$bad" ]; then printf 'not in gofumpt form:\n%s\n' "$$bad"; exit 1; fi
	@echo "check   go mod tidy"
	@$(GO) mod tidy -diff
	@echo "check   vet"
	@$(GO) vet ./...
	@echo "check   staticcheck"
	@$(TOOL) staticcheck ./...
	@echo "check   types of the pages"
	@npm --prefix web run --silent check

.PHONY: bench
bench: build ## measure, each figure beside the raw limit of the same database
	@exec scripts/bench

.PHONY: pictures
pictures: build e2e/node_modules/.package-lock.json ## photograph the pages of the demo for the documents
	@scripts/pictures

.PHONY: clean
clean: ## remove everything that was built; the demo's data stays
	rm -rf bin web/dist web/node_modules e2e/node_modules e2e/shots

# What the tests talk to: Chromium, PostgreSQL, Postfix, a reader of PDF.
.PHONY: peers
peers: node
	@scripts/peers

.PHONY: node
node:
	@command -v npm >/dev/null || { echo "Node.js with npm is needed, version 20 or newer (Debian: apt-get install nodejs npm)"; exit 1; }

# The pages' styles and scripts, made only when what they are made of changed.
.PHONY: web
web: web/dist/.made

web/dist/.made: web/node_modules/.package-lock.json $(shell find web \( -name node_modules -o -path web/dist \) -prune -o -type f ! -name '*.go' ! -name '*.html' -print)
	@echo "build   web/dist"
	@out=$$(npm --prefix web run --silent build 2>&1) || { printf '%s\n' "$$out"; exit 1; }
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json | node
	@echo "install $*/node_modules"
	@$(NPM_CI) --prefix $* >/dev/null
	@touch $@
