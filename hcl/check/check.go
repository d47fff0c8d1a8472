// Package check finds what no single block can see: what nodes, VIPs and pools of one cluster say together. One file
// per rule. It looks at the structs of package decode and changes nothing.
package check

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// All applies every rule. Whole tells that nothing before found an error: only then do rules speak that conclude from
// what is absent. Version is that of the running program; empty for a build from source.
func All(cfg *decode.Config, whole bool, version string) hcl.Diagnostics {
	v := newView(cfg)
	rules := []func(*view){
		nodeAddresses, roles, overlays, vrids, owners, priorities, agreement, addressLists, addressTwice, ownAddresses, interfaces, labels, authentications, oldAuthentication, unicasts, multicasts, lifetimes, virtualInterfaces, virtualParents, unaccepted, ownersAccept,
		groups, tracking, trackedThings, preferring, patience, sessions, trackedSessions, watchedSessions, serverSessions, listeners, families, ports, servers, sysctls, routes, policyRules, gotos,
		specialAddresses, notified, loops, delivery, probePorts, preferences, checkSources, connSync, dataPaths, quorums, sorries, tiers, ownInterfaces,
	}
	if whole {
		rules = append(rules, inForce, covered, realServers, halfServers, directorServers, linkLocal, emptyPools, suspended)
	}
	requiredVersion(v, version)
	for _, rule := range rules {
		rule(v)
	}
	return v.diags
}

// view is a configuration with its indexes while rules look at it.
type view struct {
	cfg    *decode.Config
	nodes  map[string]*decode.Node
	vips   map[string]*decode.PerNode[decode.VIP]       // by address
	pools  map[string]*decode.PerNode[decode.Pool]      // by address
	checks map[string]*decode.Check                     // those of the top level, by address
	groups map[string]*decode.PerNode[decode.SyncGroup] // by the address of a member; the first that names it
	diags  hcl.Diagnostics
}

func newView(cfg *decode.Config) *view {
	v := &view{
		cfg: cfg, nodes: map[string]*decode.Node{}, vips: map[string]*decode.PerNode[decode.VIP]{}, pools: map[string]*decode.PerNode[decode.Pool]{},
		checks: map[string]*decode.Check{}, groups: map[string]*decode.PerNode[decode.SyncGroup]{},
	}
	for _, n := range cfg.Nodes {
		v.nodes[n.Name] = n
	}
	for _, p := range cfg.VIPs {
		v.vips[p.Address] = p
	}
	for _, p := range cfg.Pools {
		v.pools[p.Address] = p
	}
	for _, c := range cfg.Checks {
		v.checks[c.Address] = c
	}
	for _, g := range cfg.SyncGroups {
		for _, ref := range g.Base.VIPs {
			if v.groups[string(ref.Val)] == nil {
				v.groups[string(ref.Val)] = g
			}
		}
	}
	return v
}

// groupOf is the sync group that a VIP is in; nil for none.
func (v *view) groupOf(vip string) *decode.PerNode[decode.SyncGroup] { return v.groups[vip] }

func (v *view) fail(code string, at hcl.Range, what, why, help string, opts ...diag.Option) {
	v.diags = append(v.diags, diag.Error(code, &at, what, why, append(opts, diag.Help(help))...))
}

func (v *view) warn(code string, at hcl.Range, what, why, help string, opts ...diag.Option) {
	v.diags = append(v.diags, diag.Warning(code, &at, what, why, append(opts, diag.Help(help))...))
}

// directors are the nodes of a list that run elections; a server in it is reported once, by the rule of roles.
func (v *view) directors(nodes []string) []string {
	for _, name := range nodes {
		if n := v.nodes[name]; n == nil || !n.Director() {
			return slices.DeleteFunc(slices.Clone(nodes), func(name string) bool { return v.nodes[name] == nil || !v.nodes[name].Director() })
		}
	}
	return nodes
}

// about are the options for a finding about a block.
func about(h decode.Head, more ...diag.Option) []diag.Option {
	return append([]diag.Option{diag.About(h.Address), diag.Around(h.Def)}, more...)
}

// place is a range for the middle of a sentence: edge.hcl:12.
func place(r hcl.Range) string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }

func family(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// once reports each pair of things a single time, whatever the number of nodes it shows on.
type once map[[2]string]bool

func (o once) first(a, b string) bool {
	if a > b {
		a, b = b, a
	}
	if o[[2]string{a, b}] {
		return false
	}
	o[[2]string{a, b}] = true
	return true
}
