package planner

import (
	"fmt"
	"net/netip"
	"time"
)

// edge is a cluster of two directors with one VIP and one pool, as tests change it.
type edge struct {
	node     string
	priority int
	vips     []string // addresses of vip.web
	servers  []string // addresses of pool.web, weight 10
	forward  string   // net.ipv4.ip_forward
	vip      string   // name of the VIP
}

func (e edge) plan() *Plan {
	if e.vip == "" {
		e.vip = "vip.web"
	}
	at := func(line int) Source { return Source{"edge.hcl", line} }
	p := &Plan{Cluster: "edge", Node: e.node, Role: Director, Settings: Settings{ReadBackMS: 1000}}
	vip := VIP{Name: e.vip, Source: at(10)}
	list := ""
	for i, a := range e.vips {
		vip.Addresses = append(vip.Addresses, PlacedAddress{AddressKey{"eth0", netip.MustParsePrefix(a)}, Address{}, at(14)})
		if i > 0 {
			list += ", "
		}
		list += `"` + a + `"`
	}
	p.VIPs = []VIP{vip}
	pool := Pool{Name: "pool.web", Source: at(30), Listeners: []Listener{{
		Key: VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort("192.0.2.20:443")}, Value: VirtualServer{Scheduler: "wlc", Netmask: 32},
	}}}
	args := []Arg{{Path: "scheduler", Value: "wlc", Source: at(31)}}
	for i, s := range e.servers {
		pool.Servers = append(pool.Servers, PoolServer{
			Name: fmt.Sprintf("web%d", i+1), Address: netip.MustParseAddrPort(s), Weight: 10, Forwarding: DR,
			Checks: []string{"tcp " + s}, Source: at(38 + i),
		})
	}
	p.Pools = []Pool{pool}
	if e.forward != "" {
		p.Statics = []Static{{Name: "static.base", Source: at(2), Sysctls: []PlacedSysctl{{"net.ipv4.ip_forward", Sysctl(e.forward), Source{"settings.hcl", 3}}}}}
	}
	p.Intents = []Intent{
		{Name: "pool.web", Args: args, Source: at(30)},
		{Name: e.vip, Source: at(10), Args: []Arg{
			{Path: "addresses", Value: "[" + list + "]", Source: at(14)},
			{Path: "interface", Value: "eth0", Source: at(12), Impact: ImpactFailover},
			{Path: "preempt", Value: "true", Source: at(10)},
			{Path: "priority", Value: fmt.Sprint(e.priority), Source: at(16)},
			{Path: "vrid", Value: "51", Source: at(11), Impact: ImpactFailover},
		}},
	}
	return p
}

// facts of a node on which all servers are up.
func (e edge) facts(active bool) Facts {
	f := Facts{Active: map[string]bool{"vip.web": active}, Verdicts: map[string]Verdict{}}
	for _, s := range e.servers {
		f.Verdicts["tcp "+s] = Up
	}
	return f
}

// settled is a node that runs the plan of e, with its claims.
func (e edge) settled(f Facts) (State, Claims) {
	ix := NewIndex(e.plan())
	live := State{Links: map[string]Link{"eth0": {Index: 2, Up: true, Running: true}, "lo": {Index: 1, Up: true}}}
	changes, _ := Diff(ix.Resolve(f), live, Claims{}, ix)
	claims := ClaimsAfter(changes, live, Claims{})
	for _, c := range changes {
		if err := Apply(&live, c); err != nil {
			panic(err) // a test's own world
		}
	}
	return live, claims
}

var noon = time.Date(2026, 8, 14, 12, 0, 0, 0, time.UTC)

// edgeDocument is a plan with every kind of change: more servers and a further address, drift, on both directors.
func edgeDocument() *Document {
	before := edge{node: "lb1", priority: 100, vips: []string{"192.0.2.20/32"}, servers: []string{"192.0.2.32:443", "192.0.2.33:443"}, forward: "1"}
	after := before
	after.priority = 120
	after.vips = []string{"192.0.2.20/32", "192.0.2.21/32"}
	after.servers = []string{"192.0.2.32:443", "192.0.2.34:443"}

	var nodes []NodePlan
	for _, name := range []string{"lb2", "lb1"} {
		before.node, after.node = name, name
		f := before.facts(name == "lb1")
		live, claims := before.settled(f)
		if name == "lb2" {
			live.Sysctls["net.ipv4.ip_forward"] = "0"
		}
		c := Compare(after.plan(), before.plan(), f, live, claims)
		base := Base{Generation: 41, ObservedAt: noon.Add(-2 * time.Second), Via: "ssh", Roles: RolesOf(before.plan(), f)}
		nodes = append(nodes, NewNodePlan(name, "", c, base, []byte(`{"plan": {"b": 1, "a": [true, null]}}`)))
	}
	config := Config{Cluster: "edge", Commit: &Commit{VCS: "git", Commit: "4f1c2ab"}}
	return NewDocument(Meta{CreatedAt: noon, CreatedBy: "ci", Tool: "ha 0.1.0"}, config, nodes...)
}
