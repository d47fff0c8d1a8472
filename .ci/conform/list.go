package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// entry is a line of the list: a heading, or a number with what it asks for.
type entry struct {
	heading string
	number  string
	text    string
	open    bool // nothing holds us to it yet, which the page says
}

// notYet stands behind the text of a number that is known to have no test.
const notYet = " (not yet)"

// parse reads the list: "## heading", "N01 text", and lines with # that explain it. A number may stand once.
func parse(text string) ([]entry, error) {
	var list []entry
	seen := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		name, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || name == "#":
		case name == "##":
			list = append(list, entry{heading: rest})
		case number.FindString(name) != name || rest == "":
			return nil, fmt.Errorf("line %d: %q is no number with its text", i+1, line)
		case seen[name]:
			return nil, fmt.Errorf("line %d: %s stands twice", i+1, name)
		default:
			seen[name] = true
			text, open := strings.CutSuffix(rest, notYet)
			list = append(list, entry{number: name, text: text, open: open})
		}
	}
	return list, nil
}

// render is the page, and what is wrong with it.
func render(list []entry, found tests) (page string, failures []string) {
	var b strings.Builder
	b.WriteString("# Conformance\n\n<!-- Made by go generate ./vrrp from testdata/conformance.txt and the tests: do not edit. -->\n")
	known := map[string]bool{}
	for _, e := range list {
		if e.heading != "" {
			fmt.Fprintf(&b, "\n## %s\n\n| number | what holds | tests |\n| --- | --- | --- |\n", e.heading)
			continue
		}
		known[e.number] = true
		tests := strings.Join(found[e.number], "<br>")
		switch {
		case e.open && tests != "":
			failures = append(failures, fmt.Sprintf("%s (%s) is said to have no test, and has %s", e.number, e.text, tests))
		case e.open:
			tests = "not yet"
		case tests == "":
			failures = append(failures, fmt.Sprintf("%s (%s) has no test", e.number, e.text))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", e.number, e.text, tests)
	}
	for _, n := range slices.Sorted(maps.Keys(found)) {
		if !known[n] {
			failures = append(failures, fmt.Sprintf("%s is on no line of the list, but in %s", n, strings.Join(found[n], ", ")))
		}
	}
	return b.String(), failures
}
