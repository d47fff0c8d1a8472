package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"ha/enforcer/control"
)

// printBFD writes one BFD session.
func printBFD(b *strings.Builder, now time.Time, s control.BFDStatus) {
	fmt.Fprintf(b, "\n%s  %s for %s: %s\n", s.Name, s.State, span(now.Sub(s.Since)), clean(s.Why))
	if s.Problem != "" {
		fmt.Fprintf(b, "! %s\n", clean(s.Problem))
	}
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	heard := "never heard"
	if !s.HeardAt.IsZero() {
		heard = "heard " + ago(now, s.HeardAt)
	}
	if s.PeerState != "" {
		heard += ", says " + s.PeerState
		if s.PeerDiagnostic != 0 {
			heard += fmt.Sprintf(" with diagnostic %d", s.PeerDiagnostic)
		}
	}
	fmt.Fprintf(t, "  peer %s%s\t%s\tdiagnostic %d\t%s for those who track it\t%s\n", s.Peer, bfdPlace(s), bfdKind(s), s.Diagnostic, s.Verdict, heard)
	_ = t.Flush() // into memory
	detection := "detection unknown"
	if s.Detection > 0 {
		detection = fmt.Sprintf("detection %v", s.Detection)
	}
	fmt.Fprintf(b, "  every %v × %d  %s  sent %d  received %d  timers up to %v late\n", s.Interval, s.Multiplier, detection, s.Sent, s.Received,
		s.Late.Round(time.Microsecond))
	if len(s.Dropped) > 0 {
		fmt.Fprintf(b, "  dropped %s\n", counters(s.Dropped))
	}
}

// bfdPlace is from where a session speaks, as far as it is configured.
func bfdPlace(s control.BFDStatus) string {
	text := ""
	if s.Source != "" {
		text += " from " + s.Source
	}
	if s.Interface != "" {
		text += " dev " + s.Interface
	}
	return text
}

func bfdKind(s control.BFDStatus) string {
	kind := "single hop"
	if s.Multihop {
		kind = "multihop"
	}
	if s.Passive {
		kind += ", passive"
	}
	return kind
}

// counters are numbers by name: ttl 3, unknown 7.
func counters(numbers map[string]uint64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, numbers[name]))
	}
	return strings.Join(parts, ", ")
}

// sessionsOf are the sessions that names ask for, and those on which the VIPs depend.
func sessionsOf(all []control.BFDStatus, vips []control.VIPStatus, names []string) []control.BFDStatus {
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	for _, v := range vips {
		for _, i := range v.Instances {
			for _, name := range i.Watches {
				wanted[name] = true
			}
			for _, t := range i.Tracked {
				wanted[t.Check] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(s control.BFDStatus) bool { return !wanted[s.Name] })
}
