package main

import (
	"bufio"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// results are values by benchmark ("Step/backup") and unit ("ns/op"), one for each time that it ran.
type results map[string]map[string][]float64

// processors is what go test puts behind the name of a benchmark.
var processors = regexp.MustCompile(`-\d+$`)

// read takes the lines of benchmarks (golang.org/design/14313-benchmark-format); every other line is passed over.
func read(r io.Reader) results {
	all := results{}
	for lines := bufio.NewScanner(r); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		if all[name] == nil {
			all[name] = map[string][]float64{}
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				all[name][fields[i+1]] = append(all[name][fields[i+1]], v)
			}
		}
	}
	return all
}

// of returns the median and the ninth decile of a figure: as the benchmark itself reports them (p50-µs, p90-µs), or
// over the times that it ran. What was measured once has no decile (NaN). False when it was not measured.
func (r results) of(benchmark, unit string) (median, high float64, ok bool) {
	if strings.Contains(unit, "p50-") {
		a, b := r[benchmark][unit], r[benchmark][strings.Replace(unit, "p50-", "p90-", 1)]
		if len(a) == 0 || len(b) == 0 {
			return 0, 0, false
		}
		return a[0], b[0], true
	}
	values := slices.Sorted(slices.Values(r[benchmark][unit]))
	switch len(values) {
	case 0:
		return 0, 0, false
	case 1:
		return values[0], math.NaN(), true
	}
	at := func(share float64) float64 { return values[int(share*float64(len(values)-1)+0.5)] }
	return at(0.5), at(0.9), true
}
