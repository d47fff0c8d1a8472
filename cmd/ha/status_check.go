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

// printProbes writes how late the probes of checks started, in the last minute or two.
func printProbes(b *strings.Builder, p control.ProbesStatus) {
	if p.Count == 0 {
		return
	}
	fmt.Fprintf(b, "probes late by less than %v (half), %v (99 of 100), %v (all of %d in the last minutes)", p.Late50, p.Late99, p.LateMax.Round(time.Microsecond), p.Count)
	if p.Tardy > 0 {
		fmt.Fprintf(b, "; %d by more than a tenth of their interval", p.Tardy)
	}
	if p.Waiting > 0 {
		fmt.Fprintf(b, "; %d wait for a place beside %d that run", p.Waiting, p.Running)
	}
	b.WriteString("\n")
}
