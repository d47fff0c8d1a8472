# `make` alone says what there is.

.PHONY: help
help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' Makefile | expand -t 12

.PHONY: build
build: ## bin/ha, one static file
	CGO_ENABLED=0 go build -trimpath -o bin/ha ./cmd/ha

.PHONY: demo
demo: ## two directors, three web servers and a failover on this machine (root; balances where the kernel has IPVS)
	go run ./cmd/ha lab examples/lvs-dr --script examples/lvs-dr/failover.lab
	@[ -e /proc/net/ip_vs ] || echo "Nothing was balanced, because this kernel has no IPVS: see it in a virtual machine with make demo-vm"

.PHONY: demo-vm
demo-vm: build ## the same in a virtual machine whose kernel has IPVS (no root, any kernel)
	CGO_ENABLED=0 go build -o bin/vmtest ./cmd/vmtest
	bin/vmtest -prepare
	bin/vmtest bin/ha lab examples/lvs-dr --script examples/lvs-dr/failover.lab

.PHONY: check
check: ## install what the tests need (Debian, root) and pass them all, in every lane
	.ci/install
	.ci/check

.PHONY: test
test: ## the tests that this machine can run
	go test ./...

.PHONY: vm
vm: ## the tests that need IPVS, in a virtual machine
	.ci/vm

.PHONY: fuzz
fuzz: ## every fuzz target, FUZZTIME (5s) each
	.ci/fuzz

.PHONY: bench
bench: ## what there are goals for, measured beside the peer: a table (takeovers need root and keepalived)
	go run ./.ci/bench

.PHONY: bench-lvs
bench-lvs: ## IPVS in the virtual machine: 1,000 services of four servers, beside ipvsadm --restore in the same run
	.ci/vm -run='^$$' -bench='^BenchmarkProgramming$$' -benchtime=3x ha/enforcer/kernel

.PHONY: bench-failovers
bench-failovers: ## ten minutes of 1,000 instances at 100 ms on a machine with every core busy: false failovers
	HA_BENCH_FAILOVERS=10m go test -run='^$$' -bench='^BenchmarkFalseFailovers$$' -benchtime=1x -timeout=20m ./cmd/ha

.PHONY: lint
lint: ## format, habits and walls
	.ci/lint

.PHONY: generate
generate: ## what is made from the code: hcl/REFERENCE.md, vrrp/CONFORMANCE.md
	go generate ./...
