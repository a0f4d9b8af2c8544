# Two commands: `make demo` and `make test`. Both install what is missing on a
# fresh Debian; both work from a clean clone.
.DEFAULT_GOAL := help
.PHONY: help demo test build tools-go tools-test

help:
	@echo 'make demo   架空の病院で砦を動かす / run Toride with a made-up hospital: https://localhost:8443'
	@echo 'make test   必要なものを入れ、すべての試験を行う / install what tests need and run them all'

demo: build
	@exec bin/toride demo

build: tools-go
	@CGO_ENABLED=0 go build -trimpath -o bin/ ./cmd/toride ./cmd/toride-kit

test: tools-go tools-test
	@.ci/test

tools-go:
	@.ci/need-go

tools-test:
	@.ci/need-test
