package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"ha/enforcer/control"
)

func newStatus(m *machine) *cobra.Command {
	var via string
	var asJSON, stats, rate bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what this node does now: VIPs, BFD sessions, pools, checks, and why",
		Long: `Show what the enforcer of a node does now: each VIP with its state, since when and why; each pool as
"ipvsadm -Ln" shows it, with the verdict on every real server, what its checks said last, its weight and its connections;
problems first, and what happened last. With --stats pools show what was counted, with --rate what it comes to per second, as
"ipvsadm -Ln --stats" and "--rate" do. On a terminal the reasons of servers are cut at its width; --json cuts nothing.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if stats && rate {
				return leave(exitUsage, "--stats and --rate are two views of one table; give one of them")
			}
			client, err := m.dial(via)
			if err != nil {
				return err
			}
			ask := client.Report
			if asJSON {
				ask = client.Status
			}
			s, err := ask(cmd.Context())
			if err != nil {
				return m.unreachable(err)
			}
			if asJSON {
				return writeJSON(m.stdout, s)
			}
			return printStatus(m.stdout, s, poolView{stats: stats, rate: rate, width: m.width()})
		},
	}
	addVia(cmd, &via)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the status as one JSON document")
	cmd.Flags().BoolVar(&stats, "stats", false, "show of pools what was counted: connections, packets and bytes")
	cmd.Flags().BoolVar(&rate, "rate", false, "show of pools the connections, packets and bytes per second")
	return cmd
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printStatus writes a status for people: what is wrong first, then VIPs, then pools.
func printStatus(w io.Writer, s control.Status, pools poolView) error {
	var b strings.Builder
	node := s.Node
	if node == "" {
		node = "this node"
	}
	fmt.Fprintf(&b, "%s", clean(node))
	if s.Cluster != "" {
		fmt.Fprintf(&b, " of cluster %s", clean(s.Cluster))
	}
	if s.Generation == 0 {
		b.WriteString(": nothing is applied yet")
	} else {
		fmt.Fprintf(&b, ": generation %d, applied %s by %s", s.Generation, ago(s.Now, s.AppliedAt), clean(s.AppliedBy))
	}
	fmt.Fprintf(&b, "\nha %s, pid %d, up %s, %d corrections%s\n", s.Version, s.PID, span(s.Now.Sub(s.StartedAt)), s.Corrections, within(s))
	if t := s.Timers; t.Count > 0 {
		fmt.Fprintf(&b, "timers late by less than %v (half), %v (99 of 100), %v (all of %d)\n", t.Late50, t.Late99, t.LateMax.Round(time.Microsecond), t.Count)
	}
	printProbes(&b, s.Probes)
	if t := s.Trial; t != nil {
		fmt.Fprintf(&b, "! generation %d is on trial, applied by %s: in %s generation %d comes back, unless you say ha confirm %s\n",
			t.Generation, clean(t.By), span(max(t.Until.Sub(s.Now), 0)), t.Base, clean(t.ID))
	}
	for _, p := range s.Problems {
		fmt.Fprintf(&b, "! %s\n", clean(p))
	}
	for _, v := range s.VIPs {
		printVIP(&b, s.Now, v)
	}
	for _, session := range s.BFD {
		printBFD(&b, s.Now, session)
	}
	if len(s.BFDDropped) > 0 {
		fmt.Fprintf(&b, "\nBFD packets for no session: %s\n", counters(s.BFDDropped))
	}
	for _, p := range s.Pools {
		pools.print(&b, s.Now, p)
	}
	printChecks(&b, s.Now, s.Checks)
	printEvents(&b, s.Events)
	_, err := io.WriteString(w, b.String())
	return err
}

// within says for how long corrections were counted, where that is longer than the process runs.
func within(s control.Status) string {
	if !s.CountedSince.Before(s.StartedAt) || s.CountedSince.IsZero() {
		return ""
	}
	return " in " + span(s.Now.Sub(s.CountedSince))
}

func printVIP(b *strings.Builder, now time.Time, v control.VIPStatus) {
	fmt.Fprintf(b, "\n%s  %s", v.Name, v.State)
	if !v.Since.IsZero() {
		fmt.Fprintf(b, " for %s", span(now.Sub(v.Since)))
	}
	fmt.Fprintf(b, ": %s\n", clean(v.Why))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, a := range v.Addresses {
		here := "not here"
		if a.Installed {
			here = "here"
		}
		fmt.Fprintf(t, "  %s\tdev %s\t%s\n", a.Address, a.Device, here)
	}
	for _, i := range v.Instances {
		priority := fmt.Sprint(i.Priority)
		if i.Priority != i.Configured {
			priority += fmt.Sprintf(" of %d", i.Configured)
		}
		heard := "no other router heard"
		if i.Peer != "" {
			heard = fmt.Sprintf("heard %s (priority %d) %s", i.Peer, i.PeerPrio, ago(now, i.HeardAt))
		}
		fmt.Fprintf(t, "  VRID %d v%d %s\tdev %s\tpriority %s\tinterval %s\tsent %d\treceived %d\t%s\n",
			i.VRID, i.Version, i.Family, i.Interface, priority, i.Interval, i.Sent, i.Received, heard)
	}
	_ = t.Flush() // into memory
	for _, i := range v.Instances {
		if i.Contested > 0 {
			fmt.Fprintf(b, "  VRID %d %s %s\n", i.VRID, i.Family, contestText(now, i))
		}
		if i.Followed != "" {
			fmt.Fprintf(b, "  VRID %d %s %s\n", i.VRID, i.Family, followsText(now, i))
		}
		for _, d := range i.Duplicates {
			fmt.Fprintf(b, "! VRID %d %s %s\n", i.VRID, i.Family, duplicateText(now, d))
		}
		for _, q := range i.Quarrels {
			fmt.Fprintf(b, "! VRID %d %s %s\n", i.VRID, i.Family, quarrelText(now, q))
		}
	}
	printTracked(b, now, v)
}

// printTracked writes how the things stand on which the place of the node in the election depends. Both families of a VIP
// depend on the same.
func printTracked(b *strings.Builder, now time.Time, v control.VIPStatus) {
	if len(v.Instances) == 0 {
		return
	}
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, s := range v.Instances[0].Tracked {
		state := s.State
		if !s.Since.IsZero() {
			state += " for " + span(now.Sub(s.Since))
		}
		does := ""
		switch {
		case s.Fault:
			does = "takes no part"
		case s.Change != 0:
			does = fmt.Sprintf("priority %+d", s.Change)
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", clean(s.Name), state, does, clean(s.Why))
	}
	_ = t.Flush() // into memory
}

// contestText says that two routers were Active, or still are.
func contestText(now time.Time, i control.InstanceStatus) string {
	text := fmt.Sprintf("contested %d times, last by %s %s", i.Contested, clean(i.ContestedBy), ago(now, i.ContestedAt))
	if i.Contested == 1 {
		text = fmt.Sprintf("contested once, by %s %s", clean(i.ContestedBy), ago(now, i.ContestedAt))
	}
	if i.ContestedNow {
		text += ": two routers are Active"
	}
	return text
}

// followsText says that the Active router of a Backup is another one than before.
func followsText(now time.Time, i control.InstanceStatus) string {
	text := fmt.Sprintf("follows %s for %s", clean(i.Follows), span(now.Sub(i.FollowsSince)))
	if i.Followed != "" {
		text += ", before that " + clean(i.Followed)
	}
	return text
}

// duplicateText says that another host has an address of ours.
func duplicateText(now time.Time, d control.Duplicate) string {
	return fmt.Sprintf("another host has %s, too: %s said so %d times, last %s", clean(d.Address), clean(d.By), d.Count, ago(now, d.HeardAt))
}

// quarrelText says that another router is configured otherwise, or dropped.
func quarrelText(now time.Time, q control.Quarrel) string {
	return fmt.Sprintf("%s, for %s", clean(q.What), span(now.Sub(q.Since)))
}

// shownEvents is how many of the newest events a status shows.
const shownEvents = 8

// printEvents writes what happened last and why, in the times of the node.
func printEvents(b *strings.Builder, events []control.Event) {
	if len(events) == 0 {
		return
	}
	b.WriteString("\nlast events\n")
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, e := range events[max(0, len(events)-shownEvents):] {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", e.At.Format("15:04:05.000"), clean(e.Object), clean(e.Message))
	}
	_ = t.Flush() // into memory
}

// ago says how long before now something was.
func ago(now, at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return span(now.Sub(at)) + " ago"
}

// span is a duration as people say it, two units at most.
func span(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Truncate(time.Second).Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
}

// clean replaces control characters: text from peers, checks and files must not write to the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, s)
}
