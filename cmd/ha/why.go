package main

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"ha/enforcer/control"
)

func newWhy(m *machine) *cobra.Command {
	var via string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "why [VIP | ADDRESS | POOL | BFD]...",
		Short: "Say why VIPs and servers of this node are as they are, and what would change it",
		Long: `Say why a VIP of this node is in its state: the packet, silence, interface, check or person that was the cause, the
values that decided, what it depends on, and what would have to happen for it to change. A VIP is named as in the
configuration (vip.web, or web) or by one of its addresses; a pool (pool.web) shows what holds for each of its
servers, a BFD session (bfd.core) with whom it speaks. Without a name it is about everything.`,
		Example: "  ha why vip.web\n  ha why 192.0.2.20\n  ha why pool.web",
		RunE: func(cmd *cobra.Command, names []string) error {
			client, err := m.dial(via)
			if err != nil {
				return err
			}
			s, err := client.Status(cmd.Context())
			if err != nil {
				return m.unreachable(err)
			}
			chosen, err := choose(s, names)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(m.stdout, chosen)
			}
			return printWhy(m.stdout, chosen)
		},
	}
	addVia(cmd, &via)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print that part of the status as one JSON document")
	return cmd
}

// choose keeps the VIPs and pools of a status that names are about. A name that nothing has is an error that says what
// there is.
func choose(s control.Status, names []string) (control.Status, error) {
	if len(names) == 0 {
		return s, nil
	}
	var vips []control.VIPStatus
	var pools []control.PoolStatus
	for _, name := range names {
		found := false
		for _, v := range s.VIPs {
			if v.Name == name || v.Name == "vip."+name || hasAddress(v, name) {
				found = true
				if !slices.ContainsFunc(vips, func(o control.VIPStatus) bool { return o.Name == v.Name }) {
					vips = append(vips, v)
				}
			}
		}
		for _, session := range s.BFD {
			found = found || session.Name == name
		}
		for _, p := range s.Pools {
			if p.Name == name {
				found = true
				pools = append(pools, p)
			}
		}
		if !found {
			return s, leave(exitError, "this node has no %q; it has %s", name, strings.Join(thingsOf(s), ", "))
		}
	}
	s.VIPs, s.Pools, s.BFD = vips, pools, sessionsOf(s.BFD, vips, names)
	return s, nil
}

// thingsOf are the names that may be asked for, a handful at most.
func thingsOf(s control.Status) []string {
	var list []string
	for _, v := range s.VIPs {
		list = append(list, v.Name)
	}
	for _, p := range s.Pools {
		list = append(list, p.Name)
	}
	for _, session := range s.BFD {
		list = append(list, session.Name)
	}
	const handful = 12
	switch n := len(list); {
	case n == 0:
		return []string{"nothing yet: no plan is applied"}
	case n > handful:
		return append(list[:handful], fmt.Sprintf("and %d more", n-handful))
	}
	return list
}

// hasAddress tells whether a VIP has an address, which is written with or without its prefix length.
func hasAddress(v control.VIPStatus, name string) bool {
	want, err := netip.ParseAddr(name)
	for _, a := range v.Addresses {
		p, perr := netip.ParsePrefix(a.Address)
		if a.Address == name || err == nil && perr == nil && p.Addr() == want {
			return true
		}
	}
	return false
}

func printWhy(w io.Writer, s control.Status) error {
	var b strings.Builder
	for _, v := range s.VIPs {
		whyVIP(&b, s, v)
	}
	for _, p := range s.Pools {
		fmt.Fprintf(&b, "%s on %s\n", p.Name, nodeName(s))
		poolView{}.print(&b, s.Now, p)
		b.WriteByte('\n')
	}
	for _, session := range s.BFD {
		printBFD(&b, s.Now, session)
	}
	_, err := io.WriteString(w, strings.Trim(b.String(), "\n")+"\n")
	return err
}

func nodeName(s control.Status) string {
	if s.Node == "" {
		return "this node"
	}
	return clean(s.Node)
}

// whyVIP tells the story of one VIP: of one election, or of both where it has two families.
func whyVIP(b *strings.Builder, s control.Status, v control.VIPStatus) {
	for _, i := range v.Instances {
		name := v.Name
		if len(v.Instances) > 1 {
			name = i.Name
		}
		fmt.Fprintf(b, "%s on %s: %s for %s\n", name, nodeName(s), i.State, span(s.Now.Sub(i.Since)))
		t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "  because\t%s\n", clean(i.Why))
		if n := len(i.History); n > 1 && i.History[n-1].With == "" {
			fmt.Fprintf(t, "  before\t%s for %s\n", i.History[n-2].To, span(i.History[n-1].At.Sub(i.History[n-2].At)))
		}
		fmt.Fprintf(t, "  priority\t%s\n", priorityOf(i))
		for _, d := range i.Tracked {
			fmt.Fprintf(t, "  depends on\t%s\n", dependsOn(s.Now, d))
		}
		if len(i.Watches) > 0 {
			fmt.Fprintf(t, "  watches\t%s\n", clean(strings.Join(i.Watches, ", ")))
		}
		fmt.Fprintf(t, "  heard\t%s\n", heardOf(s.Now, i))
		if i.Follows != "" {
			fmt.Fprintf(t, "  it\t%s\n", followsText(s.Now, i))
		}
		for _, d := range i.Duplicates {
			fmt.Fprintf(t, "  but\t%s\n", duplicateText(s.Now, d))
		}
		for _, q := range i.Quarrels {
			fmt.Fprintf(t, "  but\t%s\n", quarrelText(s.Now, q))
		}
		if i.Contested > 0 {
			fmt.Fprintf(t, "  was\t%s\n", contestText(s.Now, i))
		}
		for _, line := range outlook(i) {
			fmt.Fprintf(t, "  %s\t%s\n", line[0], line[1])
		}
		_ = t.Flush() // into memory
		whyBefore(b, i.History)
		b.WriteByte('\n')
	}
	if len(v.Instances) == 0 {
		fmt.Fprintf(b, "%s on %s: %s\n\n", v.Name, nodeName(s), clean(v.Why))
	}
}

func priorityOf(i control.InstanceStatus) string {
	if i.Priority == i.Configured {
		return fmt.Sprint(i.Priority)
	}
	return fmt.Sprintf("%d, configured %d", i.Priority, i.Configured)
}

func dependsOn(now time.Time, d control.TrackStatus) string {
	text := fmt.Sprintf("%s: %s", clean(d.Name), clean(d.Why))
	if !d.Since.IsZero() {
		text += ", for " + span(now.Sub(d.Since))
	}
	switch {
	case d.Fault:
		return text + "; it keeps the node out"
	case d.Change != 0:
		return text + fmt.Sprintf("; priority %+d", d.Change)
	}
	return text
}

func heardOf(now time.Time, i control.InstanceStatus) string {
	if i.Peer == "" {
		return "no other router"
	}
	text := fmt.Sprintf("%s with priority %d, %s", i.Peer, i.PeerPrio, ago(now, i.HeardAt))
	if i.ContestedNow {
		text += "; it is Active as well"
	}
	return text
}

// outlook is what would change the state of an election by the rules of the protocol (RFC 9568 section 6.4).
func outlook(i control.InstanceStatus) [][2]string {
	above := fmt.Sprintf("an advert with a priority above %d, or of %d from an address above %s", i.Priority, i.Priority, i.Source)
	switch i.State {
	case "Active":
		list := [][2]string{{"until", "it hears " + above}}
		if i.Configured == 255 {
			list[0][1] = fmt.Sprintf("it hears another owner (priority 255) with an address above %s", i.Source)
		}
		return append(list, [2]string{"or", fmt.Sprintf("%s goes down or loses its addresses, or the enforcer stops", i.Interface)})
	case "Backup":
		list := [][2]string{{"until", fmt.Sprintf("it hears nothing that is as good for %v (three intervals and the skew of its priority, unless configured otherwise)", i.Down.Round(time.Millisecond))}}
		switch {
		case i.Peer == "":
		case !i.Preempt:
			list = append(list, [2]string{"", "it does not preempt: a worse Active router stays"})
		case i.PeerPrio >= i.Priority:
			list = append(list, [2]string{"or", fmt.Sprintf("%s says less than %d, or 0 because it leaves", i.Peer, i.Priority)})
		default:
			list = append(list, [2]string{"", fmt.Sprintf("its priority %d is above the %d of %s, so it takes over when that time ends", i.Priority, i.PeerPrio, i.Peer)})
		}
		return list
	}
	return [][2]string{{"until", "that is over; it then waits as a Backup"}}
}

// whyBefore lists the transitions that are remembered, the newest first.
func whyBefore(b *strings.Builder, history []control.Transition) {
	if len(history) == 0 {
		return
	}
	b.WriteString("  history\n")
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, h := range slices.Backward(history) {
		fmt.Fprintf(t, "    %s\t%s -> %s\t%s\t%s\n", h.At.Format("2006-01-02 15:04:05.000"), h.From, h.To, h.Cause, clean(h.Why))
	}
	_ = t.Flush() // into memory
}
