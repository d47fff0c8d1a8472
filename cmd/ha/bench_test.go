package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/enforcer"
	"ha/hcl"
	"ha/planner"
)

// manyPools writes a configuration of two directors, one VIP of 250 addresses and 10,000 pools of four servers, spread
// over eight files.
func manyPools(b *testing.B) (dir string) {
	b.Helper()
	const pools, servers = 10_000, 4
	files := make([]strings.Builder, 8)
	files[0].WriteString(`
cluster {
  name = "bench"
}

node "lb1" {
  address   = "10.0.0.1"
  interface = "eth0"
}

node "lb2" {
  address   = "10.0.0.2"
  interface = "eth0"
}

vip "all" {
  vrid      = 1
  addresses = [for i in range(250) : "10.1.0.${i}/32"]

  node "lb1" {
    priority = 150
  }
}
`)
	for i := range pools {
		f := &files[i%len(files)]
		fmt.Fprintf(f, "\npool \"p%d\" {\n  listen    = [\"10.1.0.%d:%d\"]\n  scheduler = \"rr\"\n", i, i%250, 1000+i/250)
		f.WriteString("\n  check \"tcp\" {\n    interval = \"2s\"\n  }\n")
		for s := range servers {
			n := servers*i + s
			fmt.Fprintf(f, "  server \"s%d\" {\n    address = \"10.%d.%d.%d:80\"\n    weight  = 10\n  }\n", s, 16+n>>16, n>>8&255, n&255)
		}
		f.WriteString("}\n")
	}
	dir = b.TempDir()
	for i := range files {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.hcl", i)), []byte(files[i].String()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// mustCompile is what a node of a configuration without errors runs, as every command reads it.
func mustCompile(b *testing.B, dir, node string) hcl.Compiled {
	b.Helper()
	var said strings.Builder
	m := systemMachine()
	m.stderr = &said
	c, err := m.load(&source{format: "text", color: "never"}, []string{dir})
	if err != nil {
		b.Fatalf("%v\n%s", err, said.String())
	}
	compiled, err := c.Compile(node)
	if err != nil {
		b.Fatal(err)
	}
	return compiled
}

// BenchmarkPools takes 10,000 pools of four servers through the door of the language and compares them with a world
// that is already so: what an Active director does when its configuration is applied again.
func BenchmarkPools(b *testing.B) {
	dir := manyPools(b)
	b.Run("compile", func(b *testing.B) {
		before := processorTime(b)
		measure(b, func() { mustCompile(b, dir, "lb1") })
		spent := processorTime(b) - before
		b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "processor-µs")
	})

	compiled := mustCompile(b, dir, "lb1")
	plan := enforcer.Config(compiled).Plan
	facts := planner.Facts{Active: map[string]bool{}}
	for _, v := range plan.VIPs {
		facts.Active[v.Name] = true
	}
	ix := planner.NewIndex(&plan)
	live := ix.Resolve(facts)
	var claims planner.Claims
	adopted, _ := planner.Diff(live, live, claims, ix)
	for _, c := range adopted {
		claims.Record(c, live)
	}
	b.Run("diff", func(b *testing.B) {
		desired := ix.Resolve(facts)
		b.ReportAllocs()
		measure(b, func() {
			if changes, conflicts := planner.Diff(desired, live, claims, ix); len(changes)+len(conflicts) > 0 {
				b.Fatal(changes, conflicts)
			}
		})
		b.ReportMetric(float64(len(adopted)), "objects")
	})
	b.Run("compare", func(b *testing.B) {
		measure(b, func() {
			if c := planner.Compare(&plan, &plan, facts, live, claims); len(c.Changes())+len(c.Conflicts) > 0 {
				b.Fatal(c.Changes(), c.Conflicts)
			}
		})
	})
}

// BenchmarkPeakMemory is the most memory that a command holds at once (getrusage(2), ru_maxrss): checking 10,000 pools
// of four servers, and planning them for a node that has none of them.
func BenchmarkPeakMemory(b *testing.B) {
	dir := manyPools(b)
	for _, verb := range []string{"validate", "plan"} {
		b.Run(verb, func(b *testing.B) {
			args := []string{"ha", verb, dir}
			if verb == "plan" {
				args = append(args, "--node", "lb1", "--state-dir", b.TempDir(), "--via", "unix://"+b.TempDir()+"/none")
			}
			for b.Loop() {
				b.ReportMetric(peakMemory(b, args)/1e6, "MB")
			}
		})
	}
}

// peakMemory runs ha on a fake kernel and returns the bytes that it held.
func peakMemory(b *testing.B, args []string) float64 {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	var said strings.Builder
	c := exec.Cmd{Path: exe, Args: args, Stderr: &said}
	c.Env = append(os.Environ(), "FAKE_KERNEL="+filepath.Join(b.TempDir(), "kernel.json"), "FAKE_HOST=lb1")
	if err := c.Run(); err != nil {
		b.Fatalf("%q: %v\n%s", args, err, said.String())
	}
	usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatal("this system does not tell what a process used")
	}
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		b.Fatal(err)
	}
	if own.Maxrss >= usage.Maxrss {
		b.Fatal("a child inherits the mark of its parent, which is higher here: run this benchmark alone")
	}
	return float64(usage.Maxrss) * 1024
}

// processorTime is what this process has used of its processors.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure times each iteration and reports the median and the ninth decile.
func measure(b *testing.B, run func()) {
	b.Helper()
	var samples []time.Duration
	for b.Loop() {
		began := time.Now()
		run()
		samples = append(samples, time.Since(began))
	}
	reportSamples(b, "", samples)
}

// reportSamples adds the median and the ninth decile, in microseconds.
func reportSamples(b *testing.B, prefix string, samples []time.Duration) {
	b.Helper()
	slices.Sort(samples)
	at := func(share float64) float64 {
		return float64(samples[int(share*float64(len(samples)-1)+0.5)].Microseconds())
	}
	b.ReportMetric(at(0.5), prefix+"p50-µs")
	b.ReportMetric(at(0.9), prefix+"p90-µs")
}

// reportLoad adds the load average of the last minute, without which a time says little.
func reportLoad(b *testing.B) {
	b.Helper()
	var load float64
	text, err := os.ReadFile("/proc/loadavg")
	if err == nil {
		_, err = fmt.Sscan(string(text), &load)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(load, "load")
}
