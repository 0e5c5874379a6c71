# Hearthkey. `make help` lists what there is. Needs Go and Node; on Debian 12 each target installs the rest by itself, elsewhere it says what is missing.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

BIN   := $(CURDIR)/build/bin
CACHE := $(CURDIR)/build/cache
TOOLS := build/tools

# How long `make fuzz` gives each target.
FUZZ_TIME ?= 60s

# The product's version stands in wails.json, where the packages for macOS and Windows take it from.
VERSION := $(shell sed -n 's/.*"productVersion": "\(.*\)".*/\1/p' wails.json)

WAILS_VERSION       := v2.16.0
STATICCHECK_VERSION := v0.8.2
GOVULNCHECK_VERSION := v1.9.0

ifeq ($(shell uname -s),Darwin)
APP    := $(BIN)/hearthkey.app/Contents/MacOS/hearthkey
SCREEN := yes
else
APP    := $(BIN)/hearthkey
SCREEN := $(DISPLAY)$(WAYLAND_DISPLAY)
endif

GO_SOURCES  := go.mod go.sum $(shell find app backend frontend/embed.go frontend/public -type f ! -name '*_test.go' 2>/dev/null)
WEB_SOURCES := frontend/package-lock.json $(shell find frontend/admin -type f ! -path '*/dist/*' 2>/dev/null)

##@ Use
.PHONY: help run build
help: ## List the targets
	@awk '/^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z0-9-]+:.*## / { split($$0, p, ":.*## "); printf "  %-12s %s\n", p[1], p[2] }' Makefile

run: ## Start the app; where there is no display, hearthkeyd serve
ifeq ($(SCREEN),)
	@echo "There is no display here: starting hearthkeyd serve, the same provider without a window."
	@$(MAKE) $(BIN)/hearthkeyd
	@exec $(BIN)/hearthkeyd serve
else
	@$(MAKE) $(APP)
	@exec $(APP)
endif

build: $(APP) $(BIN)/hearthkeyd ## Build the app and hearthkeyd into build/bin
	@echo "Built $(APP) and $(BIN)/hearthkeyd"

##@ Test
.PHONY: test check go-test e2e tailnet window
test: ## Everything below; ends with a line for each suite
	@MAKE="$(MAKE)" $(TOOLS)/suites check e2e tailnet window

check: need-go need-node need-gtk need-keychain node-modules $(BIN)/staticcheck $(BIN)/govulncheck $(BIN)/wails ## Formatting, vet, linters, types, bindings, and go-test
	@$(TOOLS)/suite check sh -c '$(TOOLS)/lint; a=$$?; $(MAKE) go-test && exit $$a'

go-test: need-go need-keychain ## The Go tests of all packages, with the race detector
	@$(TOOLS)/suite go-test go test -race ./...

e2e: need-go need-node need-e2e $(CACHE)/django.stamp $(CACHE)/bin/hearthkey-bridge ## Chromium: members' pages against hearthkeyd, the window's pages against its bindings
	@$(TOOLS)/suite e2e sh -c 'HEARTHKEY_DJANGO=$$(ls $(CACHE)/django/bin/python 2>/dev/null) go test -tags e2e ./backend/e2e/... ./backend/signin ./backend/publisher ./backend/webfinger; a=$$?; go test -tags bridge ./app || a=1; HEARTHKEY_BRIDGE=$(CACHE)/bin/hearthkey-bridge npm --prefix frontend run --silent e2e && exit $$a'

tailnet: need-go need-node need-e2e $(CACHE)/bin/hearthkey-bridge ## A whole local tailnet: Funnel visitors, tailnet members, and the window joining it
	@$(TOOLS)/suite tailnet env HEARTHKEY_BRIDGE=$(CACHE)/bin/hearthkey-bridge go test -tags tailnet ./backend/tunnel/... ./backend/e2e/...

window: need-go need-gtk need-keychain need-window $(APP) ## The real window and tray, on a display of its own
	@$(TOOLS)/suite window env HEARTHKEY_APP=$(APP) $(TOOLS)/desktop-session go test -count=1 -tags window ./app/...

.PHONY: torture probes mutants
torture: need-go need-node need-e2e ## What takes long: the process asleep for 90 seconds, on the local tailnet
	@$(TOOLS)/suite torture env HEARTHKEY_SUSPEND=90s go test -count=1 -timeout 15m -tags tailnet -run 'TestSuspended' ./backend/e2e

probes: need-go ## The listed attacks on a running provider, each by the ID of its row
	@$(TOOLS)/suite probes go test -count=1 ./backend/probes

mutants: need-go ## Seed the listed bugs one at a time: the test beside each must fail (ONLY=CO-01 for some)
	@go run ./build/tools/mutants -only '$(ONLY)' backend/probes/testdata/mutants.json backend/oidc/testdata/mutants.json backend/oidc/testdata/conformance_mutants.json backend/oidc/testdata/endpoint_mutants.json

##@ Work on it
.PHONY: dev bench fuzz screenshots icons clean
dev: need-go need-node need-gtk node-modules $(BIN)/wails ## The app with live reload, on a scratch data directory
	@echo "Data of this run: $(CACHE)/dev-data"
	@HEARTHKEY_DATA=$(CACHE)/dev-data $(BIN)/wails dev -m -nosyncgomod -compiler ./build/tools/wails-go

bench: need-go $(BIN)/hearthkeyd ## What each request costs, beside its physical limit (BENCH="-quick" for a short run)
	@go run ./backend/bench -daemon $(BIN)/hearthkeyd $(BENCH)

fuzz: need-go ## Every fuzz target for FUZZ_TIME each (FUZZ_TIME=10m for longer than 60s)
	@$(TOOLS)/suite fuzz $(TOOLS)/fuzz $(FUZZ_TIME)

screenshots: need-go need-node need-e2e $(CACHE)/bin/hearthkey-bridge ## Pictures of every page, light and dark
	@HEARTHKEY_BRIDGE=$(CACHE)/bin/hearthkey-bridge npm --prefix frontend run --silent screenshots

icons: need-go need-icons ## Render build/icons to app/icons
	@go run ./build/tools/icons

clean: ## Remove what was built and installed here (not your data)
	rm -rf build/bin build/cache frontend/node_modules frontend/package.json.md5
	find frontend/admin/dist -mindepth 1 ! -name .gitkeep -delete

# What is built.
$(APP): $(GO_SOURCES) $(WEB_SOURCES) wails.json | need-go need-node need-gtk node-modules $(BIN)/wails
	@echo "Building the app"
	@mkdir -p $(CACHE)
	@$(BIN)/wails build -m -nosyncgomod -trimpath -nocolour -ldflags "-X main.version=$(VERSION)" -compiler ./build/tools/wails-go >$(CACHE)/wails.log 2>&1 || { cat $(CACHE)/wails.log; exit 1; }
	@# The bridge that tests use must never be in a release; its header is the mark.
	@if grep -q X-Bridge-Token $@; then rm $@; echo "The test bridge is in the release." >&2; exit 1; fi
	@touch $@

$(BIN)/hearthkeyd: $(GO_SOURCES) wails.json | need-go
	@echo "Building hearthkeyd"
	@go build -trimpath -ldflags "-X main.version=$(VERSION)" -o $@ ./backend/cmd/hearthkeyd

$(CACHE)/bin/hearthkey-bridge: $(GO_SOURCES) $(CACHE)/web.stamp | need-go
	@echo "Building the app with its test bridge"
	@go build -tags bridge -o $@ ./app

# The Django site of the tests, in a virtual environment of its own. Where the package registry cannot be reached the tests say that they leave it out.
$(CACHE)/django.stamp: backend/e2e/rp/requirements.txt | need-e2e
	@echo "Installing the Django site of the tests"
	@mkdir -p $(CACHE) && rm -rf $(CACHE)/django && /usr/bin/python3 -m venv $(CACHE)/django
	@$(CACHE)/django/bin/pip install --quiet --disable-pip-version-check -r $< >$(CACHE)/django.log 2>&1 && touch $@ || { cat $(CACHE)/django.log; rm -rf $(CACHE)/django; echo "Left out: the Django site of the tests could not be installed."; }

$(CACHE)/web.stamp: $(WEB_SOURCES) | need-node node-modules
	@echo "Building the pages of the window"
	@mkdir -p $(CACHE)
	@npm --prefix frontend run --silent build >$(CACHE)/vite.log 2>&1 || { cat $(CACHE)/vite.log; exit 1; }
	@touch $@

# What is installed.
.PHONY: node-modules need-go need-node need-gtk need-keychain need-e2e need-window need-icons
need-go need-node need-gtk need-keychain need-e2e need-window need-icons:
	@$(TOOLS)/need $(@:need-%=%)

node-modules: frontend/node_modules/.package-lock.json
frontend/node_modules/.package-lock.json: frontend/package-lock.json | need-node
	@echo "Installing the npm packages of frontend/package-lock.json"
	@cd frontend && npm ci --no-audit --no-fund --silent && touch node_modules/.package-lock.json

# The empty file with the version in its name makes a new version install.
define tool # name, package, version
$(BIN)/$(1): $(CACHE)/$(1)-$(3)
	@echo "Installing $(1) $(3) into build/bin"
	@GOBIN=$(BIN) go install $(2)@$(3) && touch $$@
$(CACHE)/$(1)-$(3): | need-go
	@mkdir -p $$(@D) && touch $$@
endef
$(eval $(call tool,wails,github.com/wailsapp/wails/v2/cmd/wails,$(WAILS_VERSION)))
$(eval $(call tool,staticcheck,honnef.co/go/tools/cmd/staticcheck,$(STATICCHECK_VERSION)))
$(eval $(call tool,govulncheck,golang.org/x/vuln/cmd/govulncheck,$(GOVULNCHECK_VERSION)))
