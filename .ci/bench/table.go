package main

import (
	"fmt"
	"io"
	"math"
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
			figure{"takeover at " + interval + ", advert late by", benchmark, "ha-advert-p50-µs", "keepalived-advert-p50-µs", 1000},
			figure{"  gratuitous ARP late by", benchmark, "ha-arp-p50-µs", "keepalived-arp-p50-µs", 1000},
			figure{name: "  load average then", benchmark: benchmark, unit: "load"})
	}
	return list
}

// table prints every figure.
func table(out io.Writer, r results) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "figure\tmedian\tp90\tkeepalived\tp90\tgoal\t")
	for _, f := range figures() {
		fmt.Fprintln(w, strings.Join(f.cells(r), "\t"))
	}
	return w.Flush()
}

// cells are the columns of a figure.
func (f figure) cells(r results) []string {
	median, high, ok := r.of(f.benchmark, f.unit)
	if !ok {
		return []string{f.name, "not measured", "", "", "", f.goal(), ""}
	}
	cells := []string{f.name, show(median, f.unit), show(high, f.unit), "", "", f.goal(), f.verdict(median)}
	if peerMedian, peerHigh, ok := r.of(f.benchmark, f.peer); ok {
		cells[3], cells[4] = show(peerMedian, f.peer), show(peerHigh, f.peer)
	}
	return cells
}

func (f figure) goal() string {
	switch {
	case f.below == 0:
		return ""
	case f.below == 1:
		return "0"
	}
	return "< " + show(f.below, f.unit)
}

func (f figure) verdict(median float64) string {
	switch {
	case f.below == 0:
		return ""
	case median < f.below:
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
	case unit == "MB":
		return fmt.Sprintf("%.0f MB", v)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
