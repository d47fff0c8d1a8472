// Command bench runs the benchmarks that have a goal and prints one table: what was measured, the peer in the same run
// where there is one, the goal, and whether it was met. What it cannot measure here (no root, no keepalived) it says.
// It exits with 1 when a benchmark failed; a goal that was missed on a busy machine is no failure.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// suites are the arguments of each go test run. What measures memory runs alone.
var suites = [][]string{
	{"-bench=^BenchmarkPeakMemory$", "-benchtime=1x", "./cmd/ha"},
	{"-bench=^BenchmarkPools$", "-benchtime=5x", "./cmd/ha"},
	{"-bench=^(BenchmarkStep|BenchmarkParse)$", "-benchtime=200ms", "-count=5", "./vrrp", "./vrrp/packet"},
	{"-bench=^(BenchmarkChecks|BenchmarkChange)$", "-benchtime=1x", "./checks"},
	{"-bench=^BenchmarkTakeover$", "-benchtime=1x", "./cmd/ha"},
	{"-bench=^BenchmarkFaults$", "-benchtime=1x", "./cmd/ha"},
	{"-bench=^(BenchmarkElections|BenchmarkFleetTakeover|BenchmarkFalseFailovers)$", "-benchtime=1x", "./cmd/ha"},
}

func main() {
	if err := run(os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run prints the table to out, and the lines of the benchmarks to progress as they come. What runs as an enforcer is the program as
// it is shipped: a test binary is larger.
func run(out, progress io.Writer) error {
	dir, err := os.MkdirTemp("", "ha-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left in /tmp goes by itself
	program := filepath.Join(dir, "ha")
	build := exec.Command("go", "build", "-trimpath", "-o", program, "./cmd/ha")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stdout, build.Stderr = progress, progress
	if err := build.Run(); err != nil {
		return fmt.Errorf("go build ./cmd/ha: %w", err)
	}
	began := load()
	var lines bytes.Buffer
	var errs []error
	for _, arguments := range suites {
		cmd := exec.Command("go", append([]string{"test", "-p=1", "-run=^$", "-timeout=10m"}, arguments...)...)
		cmd.Env = append(os.Environ(), "HA_BENCH_PROGRAM="+program)
		cmd.Stdout, cmd.Stderr = io.MultiWriter(&lines, progress), progress
		if err := cmd.Run(); err != nil {
			errs = append(errs, fmt.Errorf("go test %s: %w", strings.Join(arguments, " "), err))
		}
	}
	fmt.Fprintf(out, "\nLoad average: %s before, %s after. Times of a busy machine are those of its queue.\n\n", began, load())
	return errors.Join(append(errs, table(out, read(&lines)))...)
}

// load is the load average of the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
