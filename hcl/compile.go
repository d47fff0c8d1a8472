package hcl

import (
	"fmt"
	"slices"
	"strings"

	hcl2 "github.com/hashicorp/hcl/v2"

	"ha/checks"
	"ha/checks/bfd"
	"ha/hcl/check"
	"ha/hcl/decode"
	"ha/hcl/diag"
	"ha/planner"
	"ha/vrrp"
)

// Compiled is what one node must do. It is pure data: nothing in it refers to HCL.
type Compiled struct {
	Plan      planner.Plan     `json:"plan"`
	Instances []vrrp.Instance  `json:"instances,omitempty"` // in order of the plan's VIPs, IPv4 before IPv6
	Paces     []vrrp.PaceGroup `json:"paces,omitempty"`     // interfaces that are announced on at one pace
	Checks    []checks.Config  `json:"checks,omitempty"`    // each key once, in order of first use
	BFD       []bfd.Config     `json:"bfd,omitempty"`       // sessions, in order of the configuration
}

// Compile returns what a node must do. Equal configurations give equal results. The only error is a name that is no
// node.
func (c *Config) Compile(node string) (Compiled, error) {
	n := c.decoded.Node(node)
	if n == nil {
		return Compiled{}, c.noNode(node)
	}
	k := compiler{
		cfg: c.decoded, node: n, groups: map[string]string{}, shared: map[string]*decode.Check{}, keys: map[string]bool{},
		suffixes: map[*decode.Check]string{}, tracking: check.NewTracking(c.decoded),
	}
	settings := c.decoded.Settings.On(node)
	k.out.Plan = planner.Plan{
		Cluster: c.Cluster(), Node: node, Role: roleOf(n),
		Settings: planner.Settings{ReadBackMS: settings.ReadBack.Val.Milliseconds(), ExclusiveIPVS: settings.IPVS != nil && settings.IPVS.Exclusive.Val},
	}
	k.intent(k.settings().Object, "settings", computedSettings(k.cfg, k.settings())...)
	k.paces()
	k.statics()
	if n.Director() {
		for _, c := range c.decoded.Checks {
			k.shared[c.Address] = c
		}
		k.vips()
		k.pools()
		k.ipvs()
		k.channels()
		k.sessions()
		k.watches()
		for _, address := range k.used {
			k.intent(k.shared[address].Object, address)
		}
	}
	k.serverSide()
	k.impliedSysctls()
	slices.SortStableFunc(k.out.Plan.Intents, func(a, b planner.Intent) int { return strings.Compare(a.Name, b.Name) })
	return k.out, nil
}

func (c *Config) noNode(name string) error {
	var names []string
	for _, n := range c.decoded.Nodes {
		names = append(names, n.Name)
	}
	switch near := diag.Suggest(name, names); {
	case near != "":
		return fmt.Errorf("there is no node %q in the configuration; did you mean %q?", name, near)
	case len(names) == 0:
		return fmt.Errorf("there is no node %q: the configuration holds no node blocks", name)
	}
	return fmt.Errorf("there is no node %q in the configuration; nodes are %s", name, strings.Join(names, ", "))
}

// compiler collects what one node must do.
type compiler struct {
	cfg      *decode.Config
	node     *decode.Node
	out      Compiled
	groups   map[string]string        // sync group by VIP
	shared   map[string]*decode.Check // checks of the top level by address
	keys     map[string]bool          // of checks that are in out
	tracking check.Tracking
	suffixes map[*decode.Check]string // what a check adds to its target to make a key
	used     []string                 // checks of the top level that VIPs and pools of this node use, in order of first use
}

// here tells whether a block is in force on the node.
func (k *compiler) here(nodes []string) bool { return slices.Contains(nodes, k.node.Name) }

// impliedSysctls places the sysctls that settings name and VIPs and pools need, each once, beside those that static blocks ask for.
func (k *compiler) impliedSysctls() {
	taken := map[string]bool{}
	owners := map[string]int{}
	for _, w := range check.Sysctls(k.cfg, k.node) {
		if taken[w.Name] {
			continue
		}
		taken[w.Name] = true
		if w.Static {
			continue
		}
		i, known := owners[w.Owner]
		if !known {
			i = k.static(w.Owner, sourceOf(w.At))
			owners[w.Owner] = i
		}
		s := &k.out.Plan.Statics[i]
		s.Sysctls = append(s.Sysctls, planner.PlacedSysctl{
			Key: planner.SysctlKey(w.Name), Value: planner.Sysctl(w.Value), Source: sourceOf(w.At),
		})
	}
}

// static returns the index of the static entry of that name, which is made when there is none.
func (k *compiler) static(name string, at planner.Source) int {
	for i, s := range k.out.Plan.Statics {
		if s.Name == name {
			return i
		}
	}
	k.out.Plan.Statics = append(k.out.Plan.Statics, planner.Static{Name: name, Source: at})
	return len(k.out.Plan.Statics) - 1
}

// sourceOf is where a range begins.
func sourceOf(r hcl2.Range) planner.Source {
	return planner.Source{File: r.Filename, Line: r.Start.Line}
}
