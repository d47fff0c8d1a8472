package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"ha/enforcer/control"
)

// printChecks writes the checks of the node itself. Those of a target stand with the server that they probe, or in the reasons of
// the VIP that tracks them.
func printChecks(b *strings.Builder, now time.Time, list []control.CheckStatus) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	head := "\n"
	for _, c := range list {
		if c.Target != "" {
			continue
		}
		state := c.Verdict
		if !c.Since.IsZero() {
			state += " for " + span(now.Sub(c.Since))
		}
		if c.Error != "" {
			state += ": " + clean(c.Error)
		}
		fmt.Fprintf(t, "%s%s\t%s\n", head, clean(c.Name), state)
		head = ""
	}
	_ = t.Flush() // into memory
}
