# `make demo` and `make test` need nothing installed beforehand on a Debian 12 but make and sudo (or root).

SHELL := /bin/bash
export PATH := $(HOME)/.cargo/bin:$(PATH)

.PHONY: demo studio test lint deny docs bench bench-server fuzz setup networks

## demo: the bundled pair → demo/out.mp4 and demo/out-side-by-side.mp4
demo: setup
	cargo run --release --package pantomime -- demo

## studio: the page that `pantomime serve` shows → studio/dist/page; what is built afterwards carries it
studio: setup
	.ci/setup studio
	cd studio && npm run --silent check && npm run --silent build

## test: everything
test: studio networks
	.ci/setup nextest clients browser
	cargo nextest run --workspace
	cargo test --doc --workspace

## lint: layout, clippy, documentation
lint: setup
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

## deny: licences and origins of all dependencies; known faults where their list can be reached
deny: setup
	.ci/setup deny
	cargo deny check bans licenses sources
	@if cargo deny fetch db 2> /dev/null; then cargo deny check advisories; \
	else echo "advisories: not checked, their database cannot be reached"; fi

## bench: stages, memory and floor of a whole transfer, tracking beside MediaPipe (PANTOMIME_MEDIAPIPE_PYTHON), networks beside other runtimes
bench: setup
	cargo run --release --package pantomime -- models install
	cargo run --release --package bench -- transfer
	cargo run --release --package bench -- tracking
	cargo run --release --package bench -- length
	cargo bench --package bench --features networks

## docs: writes docs/configuration.md anew
docs: setup
	PANTOMIME_WRITE_DOCS=1 cargo test --package server --test configuration

## bench-server: the server under load while it renders
bench-server: setup
	.ci/setup load
	cargo build --release --package pantomime --package bench
	cargo run --release --package pantomime -- models install
	cargo run --release --package bench -- server

# The instrumentation is behind a flag that only nightly takes; the variable has the stable compiler take it too.
## fuzz: every target for FUZZ_SECS, a minute
FUZZ_SECS ?= 60
fuzz: export RUSTC_BOOTSTRAP = 1
# The sanitizer takes a table in SQLite's C for one that is defined twice, though one crate links it once; it is not ours to mend.
fuzz: export ASAN_OPTIONS = detect_odr_violation=0
fuzz: setup
	.ci/setup fuzz
	for target in $$(cargo fuzz list); do \
	    mkdir -p fuzz/corpus/$$target; \
	    cargo fuzz run $$target fuzz/corpus/$$target $$(ls -d fuzz/seeds/$$target 2> /dev/null) -- \
	        -max_total_time=$(FUZZ_SECS) -rss_limit_mb=4096 -timeout=20 || exit 1; \
	done

setup:
	.ci/setup

# All at once: a package alone is built with fewer features of what it needs, and most of it again for the tests.
networks: setup
	cargo build --workspace --all-targets
	$${CARGO_TARGET_DIR:-target}/debug/pantomime models install
