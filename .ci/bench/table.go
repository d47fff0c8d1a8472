package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// figure is one line of the table: a unit that a benchmark reports.
type figure struct {
	name      string
	benchmark string
	unit      string
	peer      string  // the unit in which the benchmark reports the peer; empty: there is none
	below     float64 // the goal: the median is below it; 0: there is none
	limit     string  // what the machine itself was measured to take, at best
	asPeer    bool    // the goal: at or below the peer in the same run
}

// figures are those to which the project has goals, and what explains them.
func figures() []figure {
	list := []figure{
		{name: "10,000 pools x 4 servers: compile", benchmark: "Pools/compile", unit: "p50-µs", below: 2e6},
		{name: "  processor time of it", benchmark: "Pools/compile", unit: "processor-µs"},
		{name: "  diff of an unchanged world", benchmark: "Pools/diff", unit: "p50-µs", below: 50e3},
		{name: "  allocations of it", benchmark: "Pools/diff", unit: "allocs/op", below: 100},
		{name: "    for so many objects", benchmark: "Pools/diff", unit: "objects"},
		{name: "  plan without reading, unchanged", benchmark: "Pools/compare", unit: "p50-µs"},
		{name: "  peak memory of ha validate", benchmark: "PeakMemory/validate", unit: "MB", below: 500},
		{name: "  peak memory of ha plan, all new", benchmark: "PeakMemory/plan", unit: "MB", below: 500},
	}
	for _, step := range []string{"Step/backup", "Step/active", "Parse/v2", "Parse/v3", "Parse/v3/ipv6"} {
		what := strings.NewReplacer("Step/", "election step, ", "Parse/", "packet parse, ", "/ipv6", " over IPv6").Replace(step)
		list = append(list,
			figure{name: what, benchmark: step, unit: "ns/op"},
			figure{name: "  allocations of it", benchmark: step, unit: "allocs/op", below: 1})
	}
	for _, interval := range []string{"1s", "100ms", "10ms"} {
		benchmark := "Takeover/interval=" + interval
		list = append(list,
			figure{
				name: "takeover at " + interval + ", advert late by", benchmark: benchmark, unit: "ha-advert-p50-µs",
				peer: "keepalived-advert-p50-µs", limit: "0.04 to 0.09 ms", asPeer: true,
			},
			figure{name: "  nine of ten of them", benchmark: benchmark, unit: "ha-advert-p90-µs", peer: "keepalived-advert-p90-µs", below: 1000},
			figure{name: "  gratuitous ARP late by", benchmark: benchmark, unit: "ha-arp-p50-µs", peer: "keepalived-arp-p50-µs", asPeer: true},
			figure{name: "  nine of ten of them", benchmark: benchmark, unit: "ha-arp-p90-µs", peer: "keepalived-arp-p90-µs", below: 1000},
			figure{name: "  load average then", benchmark: benchmark, unit: "load"})
	}
	return slices.Concat(list, faults(), crowds())
}

// faults are what clients and the other router see when something happens to the Active one.
func faults() []figure {
	var list []figure
	for _, interval := range []string{"1s", "100ms"} {
		list = append(list, figure{
			name: "graceful leave at " + interval + ", clients wait", benchmark: "Faults/leave/interval=" + interval, unit: "ha-outage-ms",
			peer: "keepalived-outage-ms", limit: "0", below: 1,
		})
	}
	list = append(list,
		figure{name: "SIGKILL, probes lost", benchmark: "Faults/kill/interval=100ms", unit: "ha-lost", peer: "keepalived-lost", limit: "0", below: 1},
		figure{name: "  both hold the VIP for (10 s: for ever)", benchmark: "Faults/kill/interval=100ms", unit: "ha-double-ms", peer: "keepalived-double-ms", below: 5000},
		figure{name: "VIP deleted by hand, away for", benchmark: "Faults/delete/interval=100ms", unit: "ha-away-p50-µs", peer: "keepalived-away-p50-µs", limit: "1 ms", below: 5000},
		figure{name: "  takeovers by that", benchmark: "Faults/delete/interval=100ms", unit: "ha-takeovers", peer: "keepalived-takeovers", limit: "0", below: 1})
	for _, interval := range []string{"1s", "100ms"} {
		benchmark := "Faults/restart/interval=" + interval
		list = append(list,
			figure{name: "restart at " + interval + ", adverts missed", benchmark: benchmark, unit: "ha-missed", peer: "keepalived-missed", limit: "0", below: 1},
			figure{name: "  takeovers by that", benchmark: benchmark, unit: "ha-takeovers", peer: "keepalived-takeovers", limit: "0", below: 1},
			figure{name: "  probes lost", benchmark: benchmark, unit: "ha-lost", peer: "keepalived-lost", limit: "0", below: 1})
	}
	return append(list, figure{name: "  load average then", benchmark: "Faults/restart/interval=100ms", unit: "load"})
}

// crowds are the figures of many instances.
func crowds() []figure {
	var list []figure
	for _, of := range []struct {
		benchmark, name, limit string
		memory                 float64
		start                  bool
	}{
		{"Elections/n=100/interval=10ms", "100 Active at 10 ms", "2.3 %", 30, false},
		{"Elections/n=1000/interval=1s", "1,000 Active at 1 s", "0.2 %", 0, true},
		{"Elections/n=1000/interval=100ms", "1,000 Active at 100 ms", "2.3 %", 0, true},
		{"Elections/n=4000/interval=100ms", "4,000 Active at 100 ms", "9.2 %", 60, false},
	} {
		memory := figure{name: "  memory of the core", benchmark: of.benchmark, unit: "ha-MB", peer: "keepalived-MB", below: of.memory}
		start := figure{name: "  all VIPs after a start, beyond the wait", benchmark: of.benchmark, unit: "ha-start-ms", peer: "keepalived-start-ms"}
		if of.start {
			start.below = 200
		}
		list = append(list,
			figure{name: of.name + ", processor", benchmark: of.benchmark, unit: "ha-cpu-%", peer: "keepalived-cpu-%", limit: of.limit, asPeer: true},
			memory,
			figure{name: "  and of its worker, apart", benchmark: of.benchmark, unit: "worker-MB"},
			start,
			figure{name: "  load average then", benchmark: of.benchmark, unit: "load"})
	}
	list = append(list, checkFigures()...)
	return append(list,
		figure{name: "takeover of 4,000 VIPs, the last late by", benchmark: "FleetTakeover", unit: "ha-late-ms", peer: "keepalived-late-ms", limit: "100 ms", below: 150},
		figure{name: "false failovers, 1,000 at 100 ms, busy", benchmark: "FalseFailovers", unit: "failovers", limit: "0", below: 1},
		figure{name: "  in so many seconds", benchmark: "FalseFailovers", unit: "seconds"},
		figure{name: "  longest stall of a bystander (361 ms: too long for anybody)", benchmark: "FalseFailovers", unit: "stall-ms"})
}

// checkFigures are those of checks. keepalived balances by IPVS or ends, so that it cannot run beside them on every machine; the
// goals are what version 2.4.3 needed on a quiet one.
func checkFigures() []figure {
	list := []figure{
		{name: "pause of all checks, one of 60,000 changes", benchmark: "Change/kind=tcp/checks=60000", unit: "pause-ms", limit: "keepalived: 3.1 s", below: 100},
	}
	for _, of := range []struct {
		benchmark, name string
		processor       float64 // per cent of a core for 1,000 a second
	}{
		{"kind=tcp/n=1000", "1,000 TCP checks a second", 7.1},
		{"kind=tcp/n=10000", "10,000 TCP checks a second", 4.3},
		{"kind=tcp/n=20000", "20,000 TCP checks a second", 3.7},
		{"kind=http/n=5000", "5,000 HTTP checks a second", 0},
		{"kind=tcp/n=20000/hanging=30", "20,000 TCP checks of which 30 % hang", 0},
	} {
		benchmark := "Checks/" + of.benchmark
		list = append(list,
			figure{name: of.name + ", by a tenth of it late", benchmark: benchmark, unit: "tardy", below: 1},
			figure{name: "  started late by, half and nine of ten", benchmark: benchmark, unit: "late-p50-µs"},
			figure{name: "  processor for each 1,000 a second", benchmark: benchmark, unit: "cpu-%", below: of.processor},
			figure{name: "    of a bare connect and close, then", benchmark: benchmark, unit: "bare-cpu-%", limit: "2.6 %"},
			figure{name: "  memory", benchmark: benchmark, unit: "MB", below: 150},
			figure{name: "  load average then", benchmark: benchmark, unit: "load"})
	}
	return list
}

// table prints every figure.
func table(out io.Writer, r results) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "figure\tha\tp90\tkeepalived\tp90\tlimit\tgoal\t")
	for _, f := range figures() {
		fmt.Fprintln(w, strings.Join(f.cells(r), "\t"))
	}
	return w.Flush()
}

// cells are the columns of a figure.
func (f figure) cells(r results) []string {
	median, high, ok := r.of(f.benchmark, f.unit)
	if !ok {
		return []string{f.name, "not measured", "", "", "", f.limit, f.goal(), ""}
	}
	peerMedian, peerHigh, ok := r.of(f.benchmark, f.peer)
	if !ok {
		peerMedian, peerHigh = math.NaN(), math.NaN()
	}
	return []string{
		f.name, show(median, f.unit), show(high, f.unit), show(peerMedian, f.peer), show(peerHigh, f.peer), f.limit,
		f.goal(), f.verdict(median, peerMedian),
	}
}

func (f figure) goal() string {
	switch {
	case f.asPeer:
		return "<= keepalived"
	case f.below == 0:
		return ""
	case f.below == 1:
		return "0"
	}
	return "< " + show(f.below, f.unit)
}

func (f figure) verdict(median, peer float64) string {
	switch {
	case f.below == 0 && !f.asPeer, f.asPeer && math.IsNaN(peer):
		return ""
	case f.asPeer && median <= peer, !f.asPeer && median < f.below:
		return "met"
	}
	return "NOT MET"
}

// show writes a value for people; nothing for NaN.
func show(v float64, unit string) string {
	switch {
	case math.IsNaN(v):
		return ""
	case strings.HasSuffix(unit, "µs") && v >= 1e6:
		return fmt.Sprintf("%.2f s", v/1e6)
	case strings.HasSuffix(unit, "µs") && v >= 10e3:
		return fmt.Sprintf("%.0f ms", v/1e3)
	case strings.HasSuffix(unit, "µs"):
		return fmt.Sprintf("%.2f ms", v/1e3)
	case unit == "ns/op":
		return fmt.Sprintf("%.1f ns", v)
	case strings.HasSuffix(unit, "MB"):
		return fmt.Sprintf("%.0f MB", v)
	case strings.HasSuffix(unit, "-ms"):
		return fmt.Sprintf("%.0f ms", v)
	case strings.HasSuffix(unit, "-%"):
		return fmt.Sprintf("%.1f %%", v)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
