# Everything a newcomer needs: `make serve` and `make test`. What is missing on a fresh Debian or
# Ubuntu machine is installed by scripts/install.

# rustup puts cargo where a fresh shell may not look yet.
export PATH := $(HOME)/.cargo/bin:$(PATH)

BELLJAR := target/release/belljar

.PHONY: serve build test bench cpython-tests test262 lint runtimes clean

## Start the server on port 8194, with conf/config.yaml and dependencies/.
serve: build
	exec $(BELLJAR) serve

## Build all that serving needs: the program, the language runtimes compiled for this machine, and
## the packages listed in dependencies/. Without the latter it serves all the same, and tries again.
build: .build-tools
	cargo build --release --locked
	$(BELLJAR) compile
	-$(BELLJAR) packages install

## Unit tests, and tests over HTTP against the real server.
test: .test-tools
	cargo test --release --locked --no-run
	$(BELLJAR) compile
	$(BELLJAR) packages install --language python3 --requirements /dev/null
	cargo test --release --locked

## Measure against a native Python in the same run; see docs/benchmarks.md.
bench: build .bench-tools
	cargo bench --locked --bench service

## CPython's own tests inside Belljar; see docs/compatibility.md.
cpython-tests: build .bench-tools
	tests/cpython/run

## The official ECMAScript tests inside Belljar, and in Node beside it; see docs/compatibility.md.
test262: build .bench-tools
	tests/test262/run

## Formatting and lints.
lint: .build-tools
	cargo fmt --check
	cargo clippy --release --all-targets --locked -- -D warnings

## Make the committed language runtimes again from their sources; see wasm-runtimes/*/README.md.
runtimes: .runtime-tools
	wasm-runtimes/python/build.sh
	wasm-runtimes/javascript/build.sh

clean:
	cargo clean

.PHONY: .build-tools .test-tools .bench-tools .runtime-tools
.build-tools:
	@scripts/install build
.test-tools:
	@scripts/install test
.bench-tools:
	@scripts/install bench
.runtime-tools:
	@scripts/install runtimes
