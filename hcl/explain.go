package hcl

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	hcl2 "github.com/hashicorp/hcl/v2"

	"ha/hcl/check"
	"ha/hcl/decode"
	"ha/hcl/diag"
	"ha/hcl/schema"
)

// Explain writes the effective value of every argument with its origin: the place where it is set, the overlay, or
// the default. Values that differ between nodes are shown per node. Address is that of a block (vip.web), a pattern
// with "*" (pool.*), or empty for everything. The error is that of w, or says that nothing has such an address.
func (c *Config) Explain(w io.Writer, address string) error {
	all := c.explanations()
	found := slices.DeleteFunc(slices.Clone(all), func(e explanation) bool { return !matches(address, e.address) })
	if len(found) == 0 {
		return nothingAt(address, all)
	}
	for i, e := range found {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if err := e.write(w); err != nil {
			return err
		}
	}
	return nil
}

func matches(pattern, address string) bool {
	if pattern == "" || pattern == address {
		return true
	}
	ok, err := path.Match(pattern, address)
	return err == nil && ok && strings.Contains(pattern, "*")
}

func nothingAt(address string, all []explanation) error {
	var names []string
	for _, e := range all {
		names = append(names, e.address)
	}
	if near := diag.Suggest(address, names); near != "" {
		return fmt.Errorf("nothing in the configuration is called %s; did you mean %s?", address, near)
	}
	return fmt.Errorf("nothing in the configuration is called %s; without an address everything is shown", address)
}

// explanation is one block with its form on each node.
type explanation struct {
	address string
	at      hcl2.Range
	nodes   []string // where it is in force; empty: it is the same everywhere
	on      func(node string) (*decode.Object, []computed)
	given   []row // instead of a block: the value of a variable
	more    func(io.Writer) error
}

func (c *Config) explanations() []explanation {
	var list []explanation
	same := func(h decode.Head) {
		list = append(list, explanation{address: h.Address, at: h.Def, on: func(string) (*decode.Object, []computed) { return h.Object, nil }})
	}
	same(c.decoded.Cluster.Head)
	for _, n := range c.decoded.Nodes {
		same(n.Head)
	}
	tracking := check.NewTracking(c.decoded)
	for _, p := range c.decoded.VIPs {
		list = append(list, explanation{address: p.Address, at: p.Def, nodes: p.Nodes, on: func(name string) (*decode.Object, []computed) {
			v, n := p.On(name), c.decoded.Node(name)
			return v.Object, append(announceDefaults(c.decoded.Settings.On(name)),
				computed{"interface", v.InterfaceOn(n), n.Interface.At},
				computed{"lifetime", schema.Duration{}.Print(v.Life()), v.Interval.At})
		}, more: func(w io.Writer) error { return writeOutcomes(w, tracking, p) }})
	}
	for _, p := range c.decoded.SyncGroups {
		list = append(list, explanation{address: p.Address, at: p.Def, nodes: p.Nodes, on: func(name string) (*decode.Object, []computed) {
			return p.On(name).Object, nil
		}})
	}
	for _, p := range c.decoded.Pools {
		list = append(list, explanation{address: p.Address, at: p.Def, nodes: p.Nodes, on: func(name string) (*decode.Object, []computed) {
			return p.On(name).Object, nil
		}})
	}
	for _, k := range c.decoded.Checks {
		same(k.Head)
	}
	for _, p := range c.decoded.BFDs {
		list = append(list, explanation{address: p.Address, at: p.Def, nodes: p.Nodes, on: func(name string) (*decode.Object, []computed) {
			b := p.On(name)
			return b.Object, sessionDefaults(b, c.decoded.Node(name), c.decoded, p.Nodes)
		}})
	}
	for _, p := range c.decoded.Notifies {
		list = append(list, explanation{address: p.Address, at: p.Def, nodes: p.Nodes, on: func(name string) (*decode.Object, []computed) {
			return p.On(name).Object, nil
		}})
	}
	for _, p := range c.decoded.Statics {
		list = append(list, explanation{address: p.Address, at: p.Def, nodes: p.Nodes, on: func(name string) (*decode.Object, []computed) {
			return p.On(name).Object, nil
		}})
	}
	for _, v := range c.variables {
		value := v.Value
		if v.Sensitive {
			value = "(sensitive)"
		}
		list = append(list, explanation{address: "var." + v.Name, given: []row{{path: "value", value: value, origin: v.Origin}}})
	}
	s := c.decoded.Settings
	return append(list, explanation{address: "settings", at: s.Def, nodes: s.Nodes, on: func(name string) (*decode.Object, []computed) {
		return s.On(name).Object, computedSettings(c.decoded, s.On(name))
	}})
}

// row is one argument on one node.
type row struct{ path, node, value, origin string }

func (e explanation) write(w io.Writer) error {
	title := e.address
	if len(e.nodes) > 0 {
		title += "  on " + strings.Join(e.nodes, ", ")
	}
	if e.at.Filename != "" {
		title += "  " + place(e.at)
	}
	if _, err := fmt.Fprintln(w, title); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range e.rows() {
		value := r.value
		if r.node != "" {
			value = r.node + ": " + value
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\n", r.path, value, r.origin)
	}
	if err := t.Flush(); err != nil || e.more == nil {
		return err
	}
	return e.more(w)
}

// writeOutcomes says who answers for a VIP when what it depends on has failed; nothing where it depends on nothing.
func writeOutcomes(w io.Writer, tracking check.Tracking, p *decode.PerNode[decode.VIP]) error {
	outcomes, all := tracking.Outcomes(p)
	if len(outcomes) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, o := range outcomes {
		failed, winner := o.Failed+" has failed", o.Winner
		switch {
		case i == 0:
			failed = "nothing has failed"
		case strings.Contains(o.Failed, ", ") || strings.Contains(o.Failed, " and "):
			failed = o.Failed + " have failed"
		}
		if winner == "" {
			winner = "nobody"
		}
		fmt.Fprintf(t, "  when %s:\t%s\t%s\n", failed, winner, o.Why)
	}
	if err := t.Flush(); err != nil || all {
		return err
	}
	_, err := fmt.Fprintln(w, "  More things are tracked than can be tried in all combinations.")
	return err
}

// rows lists the arguments: one row where all nodes agree, one per node where they do not.
func (e explanation) rows() []row {
	if e.given != nil {
		return e.given
	}
	nodes := e.nodes
	if len(nodes) == 0 {
		nodes = []string{""}
	}
	byPath := map[string][]row{}
	var order []string
	for _, node := range nodes {
		o, more := e.on(node)
		flatten(o, "", more, func(a effective) {
			if byPath[a.path] == nil {
				order = append(order, a.path)
			}
			byPath[a.path] = append(byPath[a.path], row{path: a.path, node: node, value: a.value, origin: origin(a)})
		})
	}
	var rows []row
	for _, p := range order {
		list := byPath[p]
		agree := len(list) == len(nodes) && !slices.ContainsFunc(list, func(r row) bool { return r.value != list[0].value || r.origin != list[0].origin })
		if agree {
			list = list[:1]
			list[0].node = ""
		}
		for i := 1; i < len(list); i++ {
			list[i].path = ""
		}
		rows = append(rows, list...)
	}
	return rows
}

// origin says where a value comes from.
func origin(a effective) string {
	switch {
	case a.cell == nil:
		return place(a.at)
	case a.cell.State == decode.Unset:
		return "default"
	case a.cell.State == decode.Null:
		return "default (null at " + place(a.at) + ")"
	case a.cell.Node != "":
		return fmt.Sprintf("%s, node %q", place(a.at), a.cell.Node)
	}
	return place(a.at)
}

// place is a range as documents name it: edge.hcl:12.
func place(r hcl2.Range) string {
	return fmt.Sprintf("%s:%d", cmp.Or(r.Filename, "-"), r.Start.Line)
}
