package lab

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"ha/enforcer/control"
	"ha/planner"
)

// shownEvents is how many transitions the view shows.
const shownEvents = 8

// View draws the cluster as it is now: nodes with their VIPs, pools, what the client sees, the last transitions.
func (l *Lab) View(ctx context.Context) string {
	all := l.statuses(ctx)
	var b strings.Builder
	fmt.Fprintf(&b, "cluster %s, up %s\n\n", l.options.Cluster, time.Since(l.started).Truncate(time.Second))
	for _, line := range remarks(all) {
		fmt.Fprintf(&b, "! %s\n\n", line)
	}
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NODE\tADDRESS\tENFORCER\tLINK\tDOES")
	for _, n := range l.nodes {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", n.Name, n.Address, n.enforcerWord(), n.linkWord(), n.does(all[n.Name]))
	}
	l.pools(t, all)
	fmt.Fprintln(t, "\nCLIENT\tNOW\tPROBES\tLOST\tLAST OUTAGE\tLONGEST\tANSWERS")
	for _, p := range l.client.probes {
		fmt.Fprintln(t, p.row())
	}
	_ = t.Flush() // into memory
	b.WriteString("\nLAST TRANSITIONS\n")
	for _, line := range transitions(all) {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// remarks are what all that follows must be read with, each once.
func remarks(all map[string]control.Status) []string {
	nodes := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, p := range all[name].Problems {
			nodes[p] = append(nodes[p], name)
		}
	}
	var lines []string
	for _, text := range slices.Sorted(maps.Keys(nodes)) {
		lines = append(lines, strings.Join(nodes[text], ", ")+": "+text)
	}
	return lines
}

func (n *node) enforcerWord() string {
	switch {
	case !n.managed():
		return "none"
	case n.running():
		return "runs"
	}
	return "dead"
}

func (n *node) linkWord() string {
	if n.isCut() {
		return "cut"
	}
	return "up"
}

// does is what the node is there for, now.
func (n *node) does(s control.Status) string {
	var parts []string
	for _, v := range s.VIPs {
		parts = append(parts, fmt.Sprintf("%s %s for %s", v.Name, v.State, s.Now.Sub(v.Since).Truncate(time.Second)))
	}
	if len(n.ports) > 0 {
		word := "web server answers"
		if !n.serving() {
			word = "web server is stopped"
		}
		parts = append(parts, word)
	}
	if n.Config.Plan.Role == planner.Server && len(n.Config.Plan.Statics) > 0 && s.Generation > 0 {
		parts = append(parts, "VIP on lo")
	}
	return cmp.Or(strings.Join(parts, ", "), "-")
}

// pools shows each pool by what the directors say of its servers.
func (l *Lab) pools(t *tabwriter.Writer, all map[string]control.Status) {
	var names []string
	rows := map[string][]string{} // by pool and server
	for _, n := range l.nodes {
		s, ok := all[n.Name]
		if !ok {
			continue
		}
		for _, p := range s.Pools {
			for _, r := range p.Servers {
				key := p.Name + "\t" + r.Name + " " + r.Address
				if rows[key] == nil {
					names = append(names, key)
				}
				word := n.Name + ": " + r.State
				switch {
				case r.Shown:
					word += fmt.Sprintf(" weight %d", r.Now)
				case r.State != "down":
					word += " not in IPVS"
				}
				rows[key] = append(rows[key], word)
			}
		}
	}
	if len(names) == 0 {
		return
	}
	fmt.Fprintln(t, "\nPOOL\tSERVER\tVERDICTS")
	for _, key := range names {
		fmt.Fprintf(t, "%s\t%s\n", key, strings.Join(rows[key], "; "))
	}
}

// row is a line of what the client sees.
func (p *probe) row() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.text
	if !p.away.IsZero() {
		now += fmt.Sprintf(" for %s", time.Since(p.away).Round(100*time.Millisecond))
	}
	var answers []string
	for _, name := range slices.Sorted(maps.Keys(p.answers)) {
		answers = append(answers, fmt.Sprintf("%s %d", name, p.answers[name]))
	}
	return fmt.Sprintf("%s\t%s\t%d\t%d\t%s\t%s\t%s", p.String(), now, p.sent, p.lost,
		outageWord(p.outage), outageWord(p.longest), strings.Join(answers, ", "))
}

func outageWord(d time.Duration) string {
	if d == 0 {
		return "none"
	}
	return d.Round(10 * time.Millisecond).String()
}

// transitions are the newest events of all nodes that people look for.
func transitions(all map[string]control.Status) []string {
	type told struct {
		node string
		control.Event
	}
	var list []told
	for name, s := range all {
		for _, e := range s.Events {
			if e.Type == "transition" || e.Type == "check" || e.Type == "correction" {
				list = append(list, told{name, e})
			}
		}
	}
	slices.SortFunc(list, func(a, b told) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.node, b.node)) })
	var lines []string
	for _, e := range list[max(0, len(list)-shownEvents):] {
		lines = append(lines, fmt.Sprintf("%s  %s  %s  %s", e.At.Format("15:04:05.000"), e.node, e.Object, e.Message))
	}
	return lines
}
