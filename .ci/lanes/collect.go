package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// event is one line of go test -json (go doc test2json).
type event struct {
	Action  string // start run pause cont output pass fail skip bench, build-output, build-fail
	Package string
	Test    string // empty: the event is about the package
	Output  string
	Elapsed float64 // seconds
}

// id names a test; with an empty Test it is the package itself.
type id struct{ Package, Test string }

// verdict is how a test ended; the greater counts where it ended more than once.
type verdict string

const (
	skip verdict = "skip"
	pass verdict = "pass"
	fail verdict = "fail"
)

// outcome is a verdict with its reason: why a test was skipped, what in a failure no machine can be blamed for. Again is set where a test passed at its second try.
type outcome struct {
	Verdict verdict
	Reason  string `json:",omitempty"`
	Again   bool   `json:",omitempty"`
}

// worse is what two outcomes of one test amount to: a failure stays one, and a run counts more than a rest.
func worse(a, b outcome) outcome {
	rank := map[verdict]int{skip: 1, pass: 2, fail: 3}
	if rank[a.Verdict] >= rank[b.Verdict] {
		return a
	}
	return b
}

// collector reads the output of a lane.
type collector struct {
	out    io.Writer
	tests  map[id]outcome
	output map[id]*strings.Builder // of what runs; of packages also
	failed map[string][]id         // by package, in the order in which they failed
}

func newCollector(out io.Writer) *collector {
	return &collector{
		out:    out,
		tests:  map[id]outcome{},
		output: map[id]*strings.Builder{},
		failed: map[string][]id{},
	}
}

// read takes every line: events are counted, everything else is printed as it is.
func (c *collector) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		switch {
		case bytes.HasPrefix(line, []byte("{")) && json.Unmarshal(line, &e) == nil && e.Action != "":
			c.add(e)
		case len(line) > 0:
			fmt.Fprintf(c.out, "%s", line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (c *collector) add(e event) {
	key := id{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(c.out, e.Output)
	case "run":
		c.output[key] = &strings.Builder{}
	case "output":
		if c.output[key] == nil {
			c.output[key] = &strings.Builder{}
		}
		c.output[key].WriteString(e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			c.endPackage(e)
			return
		}
		c.end(key, verdict(e.Action))
	}
}

// end notes how a test ended, and forgets what it printed unless somebody wants to read that.
func (c *collector) end(key id, v verdict) {
	o := outcome{Verdict: v}
	switch v {
	case skip:
		o.Reason = reason(c.text(key))
		delete(c.output, key)
	case fail:
		o.Reason = blame(c.text(key))
		c.failed[key.Package] = append(c.failed[key.Package], key)
	case pass:
		delete(c.output, key)
	}
	c.note(key, o)
}

func (c *collector) note(key id, o outcome) {
	if before, ok := c.tests[key]; ok {
		o = worse(before, o)
	}
	c.tests[key] = o
}

// endPackage prints a line for a package, and all about what failed in it.
func (c *collector) endPackage(e event) {
	whole := id{Package: e.Package}
	defer delete(c.output, whole)
	if e.Action != "fail" {
		if n := c.count(e.Package); len(n) > 0 {
			fmt.Fprintf(c.out, "ok    %-32s %4d passed %3d skipped %7.1f s\n", e.Package, n[pass], n[skip], e.Elapsed)
		}
		return
	}
	for key := range c.output { // a test that began and never ended took the others with it
		if key.Package == e.Package && key.Test != "" && c.tests[key].Verdict != fail {
			c.end(key, fail)
		}
	}
	if len(c.failed[e.Package]) == 0 {
		c.note(whole, outcome{Verdict: fail})
	}
	for _, key := range c.failed[e.Package] {
		fmt.Fprint(c.out, c.text(key))
		delete(c.output, key)
	}
	fmt.Fprintf(c.out, "%sFAIL  %-32s %7.1f s\n", c.text(whole), e.Package, e.Elapsed)
	delete(c.failed, e.Package)
}

func (c *collector) text(key id) string {
	if b := c.output[key]; b != nil {
		return b.String()
	}
	return ""
}

// count is how the tests of a package ended so far.
func (c *collector) count(pkg string) map[verdict]int {
	n := map[verdict]int{}
	for key, o := range c.tests {
		if key.Package == pkg {
			n[o.Verdict]++
		}
	}
	return n
}

// finish returns the tests of the lane. A command that told of no test is one itself; one that failed without a
// failed test is one more.
func (c *collector) finish(name string, err error) []test {
	v := pass
	if err != nil {
		v = fail
	}
	var told, failed bool
	for _, o := range c.tests {
		told = true
		failed = failed || o.Verdict == fail
	}
	if !told || v == fail && !failed {
		c.note(id{Package: name}, outcome{Verdict: v})
	}
	return sorted(c.tests)
}

// where matches the place that package testing puts before a message.
var where = regexp.MustCompile(`^\s*[\w.-]+\.go:\d+: `)

// reason is the last thing that a skipped test said.
func reason(text string) string {
	said := ""
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		said = where.ReplaceAllString(line, "")
	}
	return said
}

// blame names what a failed test printed that has its cause in the code, however slow the machine was.
func blame(text string) string {
	for _, cause := range []string{"WARNING: DATA RACE", "panic: ", "fatal error: "} {
		if strings.Contains(text, cause) {
			return cause
		}
	}
	return ""
}
