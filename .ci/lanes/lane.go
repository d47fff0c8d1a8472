package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// lane is what one lane came to.
type lane struct {
	Name    string
	Began   time.Time
	Seconds float64
	Tests   []test
}

// test is one test of a lane with its outcome.
type test struct {
	id
	outcome
}

// sorted lists tests by package and name.
func sorted(tests map[id]outcome) []test {
	list := make([]test, 0, len(tests))
	for key, o := range tests {
		list = append(list, test{key, o})
	}
	slices.SortFunc(list, func(a, b test) int {
		return cmp.Or(strings.Compare(a.Package, b.Package), strings.Compare(a.Test, b.Test))
	})
	return list
}

func (l lane) count() map[verdict]int {
	n := map[verdict]int{}
	for _, t := range l.Tests {
		n[t.Verdict]++
	}
	return n
}

// save keeps the lane in a file of dir that is named after it.
func (l lane) save(dir string) error {
	data, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, l.Name+".lane"), data, 0o600)
}

// load reads what save kept, in the order in which the lanes ran.
func load(dir string) ([]lane, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.lane"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no lane was run into %s", dir)
	}
	var lanes []lane
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var l lane
		if err := json.Unmarshal(data, &l); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		lanes = append(lanes, l)
	}
	slices.SortFunc(lanes, func(a, b lane) int { return a.Began.Compare(b.Began) })
	return lanes, nil
}

var errVerdict = errors.New("not every test was kept")

// report prints the table, what failed where, what rested everywhere, and one line that sums it up. A test counts
// once, in however many lanes it ran.
func report(lanes []lane, out io.Writer) error {
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "lane\tpassed\tfailed\tskipped\tseconds\t")
	whole := map[id]outcome{}
	var total float64
	for _, l := range lanes {
		n := l.count()
		total += l.Seconds
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%.1f\t\n", l.Name, n[pass], n[fail], n[skip], l.Seconds)
		for _, t := range l.Tests {
			whole[t.id] = worse(whole[t.id], t.outcome)
		}
	}
	fmt.Fprintf(table, "\t\t\t\t%.1f\t\n", total)
	if err := table.Flush(); err != nil {
		return err
	}
	for _, l := range lanes {
		for _, t := range l.Tests {
			switch {
			case t.Verdict == fail:
				fmt.Fprintf(out, "failed in lane %s: %s %s\n", l.Name, t.Package, t.Test)
			case t.Again:
				fmt.Fprintf(out, "passed at its second try in lane %s: %s %s\n", l.Name, t.Package, t.Test)
			}
		}
	}
	n := map[verdict]int{}
	for _, t := range sorted(whole) {
		n[t.Verdict]++
		if t.Verdict == skip {
			fmt.Fprintf(out, "rested in every lane: %s %s: %s\n", t.Package, t.Test, t.Reason)
		}
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", n[pass], n[fail], n[skip])
	if n[fail]+n[skip] > 0 {
		return errVerdict
	}
	return nil
}
