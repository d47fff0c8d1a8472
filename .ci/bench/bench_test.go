package main

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	const lines = `goos: linux
BenchmarkStep/backup-2     	 100	 21.5 ns/op	 0 B/op	 0 allocs/op
BenchmarkStep/backup-2     	 100	 20.5 ns/op	 0 B/op	 0 allocs/op
BenchmarkStep/backup-2     	 100	 29.5 ns/op	 0 B/op	 0 allocs/op
BenchmarkTakeover/interval=10ms-2 	 1	 1781.0 ha-advert-p50-µs	 2000 ha-advert-p90-µs	 178 keepalived-advert-p50-µs	 422 keepalived-advert-p90-µs
BenchmarkElections/n=1000/interval=100ms-2 	 1	 5.2 ha-cpu-%	 5.4 keepalived-cpu-%	 90 ha-start-ms	 70 keepalived-start-ms
BenchmarkFaults/kill/interval=100ms-2 	 1	 2616 ha-double-ms	 0 ha-lost	 10016 keepalived-double-ms	 0 keepalived-lost
BenchmarkFalseFailovers-2 	 1	 0 failovers	 20 seconds
PASS
`
	var out strings.Builder
	if err := table(&out, read(strings.NewReader(lines))); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		got[strings.Join(strings.Fields(line), " ")] = true
	}
	for _, want := range []string{
		"election step, backup 21.5 ns 29.5 ns",
		"allocations of it 0 0 0 met",
		"takeover at 10ms, advert late by 1.78 ms 2.00 ms 0.18 ms 0.42 ms 0.04 to 0.09 ms <= keepalived NOT MET",
		"nine of ten of them 2.00 ms 0.42 ms < 1.00 ms NOT MET",
		"takeover at 1s, advert late by not measured 0.04 to 0.09 ms <= keepalived",
		"1,000 Active at 100 ms, processor 5.2 % 5.4 % 2.3 % <= keepalived met",
		"all VIPs after a start, beyond the wait 90 ms 70 ms < 200 ms met",
		"SIGKILL, probes lost 0 0 0 0 met",
		"both hold the VIP for (10 s: for ever) 2616 ms 10016 ms < 5000 ms met",
		"false failovers, 1,000 at 100 ms, busy 0 0 0 met",
	} {
		if !got[want] {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}
