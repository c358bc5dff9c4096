# Refward. "make demo" shows the main job, "make test" runs the tests; both need only Go, git and make.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
PREFIX  ?= /usr/local
BASE    ?= origin/main

# Tools of "make lint", at pinned versions, kept out of go.mod: their dependencies are not ours.
STATICCHECK_VERSION := v0.8.2
GOSEC_VERSION       := v2.29.0
TOOLS := $(CURDIR)/.cache/tools

export CGO_ENABLED ?= 0
LDFLAGS := -s -w -X main.version=$(VERSION)
FUZZTIME ?= 10s

.PHONY: help build install demo test race lint cross fuzz bench bench-secrets bench-gosec bench-messages bench-replay bench-expertise bench-reviewers hooks check clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1	/' | expand -t 16

build: ## build the programs in bin, static
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

install: build ## copy the programs to $(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 0755 bin/refward bin/refward-receive bin/refward-gosec $(DESTDIR)$(PREFIX)/bin/

demo: build ## a refused and an accepted push, in a temporary folder
	@sh testdata/demo.sh "$(CURDIR)/bin"

test: ## run the tests
	go test ./...

race: ## run the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -short -timeout 30m ./...

lint: $(TOOLS)/staticcheck-$(STATICCHECK_VERSION) $(TOOLS)/gosec-$(GOSEC_VERSION) ## gofmt, go vet, staticcheck, gosec
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not gofmt-ed: $$unformatted"; exit 1; }
	go vet ./...
	$(TOOLS)/staticcheck-$(STATICCHECK_VERSION) ./...
	$(TOOLS)/gosec-$(GOSEC_VERSION) -quiet -severity high -confidence medium -exclude-dir=internal/odb/odbtest ./...
	go mod tidy -diff

$(TOOLS)/staticcheck-%:
	GOBIN=$(TOOLS) go install honnef.co/go/tools/cmd/staticcheck@$*
	mv $(TOOLS)/staticcheck $@

$(TOOLS)/gosec-%:
	GOBIN=$(TOOLS) go install github.com/securego/gosec/v2/cmd/gosec@$*
	mv $(TOOLS)/gosec $@

cross: ## build for the other systems
	GOOS=windows GOARCH=amd64 go build -o /dev/null ./cmd/...
	GOOS=darwin GOARCH=arm64 go build -o /dev/null ./cmd/...
	GOOS=linux GOARCH=arm64 go build -o /dev/null ./cmd/...

# The fuzzing engine at times calls its own deadline a failure (golang.org/issue/75804): no input is written then, and once more tells.
fuzz: ## run each fuzz target for $(FUZZTIME)
	@go test -list '^Fuzz' ./... | awk '/^Fuzz/ {t[++n]=$$1} /^ok/ {for (i=1;i<=n;i++) print $$2, t[i]; n=0}' | \
	while read -r package target; do \
		echo "$$package $$target"; \
		run() { go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$package" 2>&1; }; \
		out=$$(run) || { case "$$out" in *"Failing input written"*) false;; *"context deadline exceeded"*) out=$$(run);; *) false;; esac; } || \
			{ echo "$$out"; exit 1; }; \
		echo "$$out" | tail -n 1; \
	done

bench: build ## pushes of 1, 100 and 5,000 commits with and without the gate, reading (of REPO=DIR) beside git; then the benchmarks
	go run ./internal/bench -runs 3 bin
	go run ./internal/bench -runs 3 -reading $(if $(REPO),-repo $(REPO)) bin
	go test -run '^$$' -bench . -benchtime 1s ./...

bench-secrets: ## the search for secrets beside gitleaks, with an identity check (REPO=DIR, a bare one; RANGE=OLD..NEW; RUNS=N)
	@test -n "$(REPO)" && test -n "$(RANGE)" || { echo "usage: make bench-secrets REPO=DIR RANGE=OLD..NEW"; exit 2; }
	go run ./internal/bench/secrets -runs $(or $(RUNS),3) -tools $(TOOLS) -repo $(REPO) -range $(RANGE)

bench-gosec: $(TOOLS)/gosec-$(GOSEC_VERSION) ## the check of Go code beside the gosec command (REPO=DIR; RANGE=OLD..NEW; RUNS=N; SHOW=1 lists differences)
	@test -n "$(REPO)" && test -n "$(RANGE)" || { echo "usage: make bench-gosec REPO=DIR RANGE=OLD..NEW"; exit 2; }
	go run ./internal/bench/gosec -runs $(or $(RUNS),3) $(if $(SHOW),-show) -gosec $(TOOLS)/gosec-$(GOSEC_VERSION) -repo $(REPO) -range $(RANGE)

bench-messages: build ## how often real commits are refused, and why (REPOS="DIR…"; N=1000; POLICY=standard; LIST=1; OWN=1; COMMITLINT=DIR, where npm installed it)
	@test -n "$(REPOS)" || { echo "usage: make bench-messages REPOS=\"DIR…\" [N=1000] [POLICY=standard] [LIST=1 | OWN=1 | COMMITLINT=DIR]"; exit 2; }
	go run ./internal/bench/messages -refward bin/refward -n $(or $(N),1000) -policy $(or $(POLICY),standard) $(if $(LIST),-list) $(if $(OWN),-own) $(if $(COMMITLINT),-commitlint $(COMMITLINT)) $(REPOS)

bench-replay: build ## judge the past with another policy: time, and a sample held against refward check (REPO=DIR, a bare one; N=10000; POLICY=strict; ONLY=LIST)
	@test -n "$(REPO)" || { echo "usage: make bench-replay REPO=DIR [N=10000] [POLICY=strict] [ONLY=LIST]"; exit 2; }
	@old=$$(git -C $(REPO) rev-list --first-parent --skip=$(or $(N),10000) -n 1 HEAD) && cd $(REPO) && \
		bash -c "time $(CURDIR)/bin/refward policy replay --policy $(or $(POLICY),strict) --only $(or $(ONLY),secrets,dor,dod,refs,objects) $${old:+$$old..}HEAD"
	REFWARD_REPLAY_REPO=$(REPO) go test ./cmd/refward -run 'TestReplayAgreesWithCheck$$' -count=1 -v

bench-expertise: ## the index of line owners beside git blame of every file by two processes (REPO=DIR; REV=HEAD; EVERY=N; UPDATES=1,30,300)
	@test -n "$(REPO)" || { echo "usage: make bench-expertise REPO=DIR [REV=HEAD] [EVERY=N] [UPDATES=1,30,300] [SHOW=N]"; exit 2; }
	go run ./internal/bench/ownership -rev $(or $(REV),HEAD) -every $(or $(EVERY),1) -updates "$(UPDATES)" -show $(or $(SHOW),0) -repo $(REPO)

bench-reviewers: ## fit the weights of the reviewer model on data sets, and rate it on those it did not see (SETS="FILE…")
	@test -n "$(SETS)" || { echo "usage: make bench-reviewers SETS=\"FILE.jsonl.gz…\""; exit 2; }
	go run ./internal/bench/reviewers $(SETS)

hooks: build ## put our own hooks into this checkout
	bin/refward install

check: build ## hold the commits since $(BASE) against our own policy
	bin/refward check range $(BASE)..HEAD

clean: ## remove what was built
	rm -rf bin .cache
