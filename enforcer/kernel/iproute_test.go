package kernel_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/kernel"
	"ha/enforcer/netlab"
	"ha/planner"
)

// said is an object and the words by which ip(8) makes the same.
type said struct {
	need  string // of netlab.Need, beyond what all need; empty for nothing
	words string
	key   planner.Key
	value any
}

func to(destination string) planner.RouteKey {
	p := netip.MustParsePrefix(destination)
	k := planner.RouteKey{Table: 254, Destination: p}
	if p.Addr().Is6() {
		k.Metric = 1024
	}
	return k
}

// routesSaid has a row for each option of keepalived's routes, and for what is made of several.
func routesSaid() []said {
	ip, link := netip.MustParseAddr, planner.ScopeLink
	via := planner.Route{Gateway: ip("192.0.2.254"), Device: "eth0", Type: planner.Unicast}
	dev6 := planner.Route{Device: "eth0", Type: planner.Unicast}
	edited := func(v planner.Route, edit func(*planner.Route)) planner.Route { edit(&v); return v }
	metrics := func(m planner.Metrics) planner.Route {
		return edited(via, func(v *planner.Route) { v.Metrics = m })
	}
	keyed := func(k planner.RouteKey, edit func(*planner.RouteKey)) planner.RouteKey { edit(&k); return k }
	hops := func(list ...planner.NextHop) planner.Route {
		return planner.Route{Type: planner.Unicast, NextHops: planner.ListOf(list...)}
	}
	wrapped := func(v planner.Route, e planner.Encap) planner.Route {
		return edited(v, func(v *planner.Route) { v.Encap = e })
	}
	four, six := to("10.0.0.0/8"), to("2001:db8:1::/48")
	a := planner.NextHop{Gateway: ip("192.0.2.254"), Device: "eth0", Weight: 1}
	b := planner.NextHop{Gateway: ip("192.0.2.253"), Device: "eth0", Weight: 256}
	c, d := planner.NextHop{Gateway: ip("2001:db8::fe"), Device: "eth0", Weight: 3}, planner.NextHop{Gateway: ip("fe80::1"), Device: "eth0", Weight: 1}
	far := planner.NextHop{Gateway: ip("203.0.113.1"), Device: "eth0", Weight: 2, OnLink: true, Realms: 3<<16 | 4}
	mpls := planner.Encap{Kind: planner.EncapMPLS, Labels: planner.ListOf[uint32](100, 200)}
	return []said{
		{"", "10.0.0.0/8 via 192.0.2.254", four, via},
		{"", "10.0.0.0/8 dev eth0", four, planner.Route{Device: "eth0", Scope: link, Type: planner.Unicast}},
		{"", "10.0.0.0/8 via inet6 2001:db8::fe dev eth0", four, edited(via, func(v *planner.Route) { v.Gateway = ip("2001:db8::fe") })},
		{"", "default via 192.0.2.254", to("0.0.0.0/0"), via},
		{"", "default via 2001:db8::fe", to("::/0"), edited(dev6, func(v *planner.Route) { v.Gateway = ip("2001:db8::fe") })},
		{"", "blackhole 10.0.0.0/8", four, planner.Route{Type: planner.Blackhole}},
		{"", "unreachable 10.0.0.0/8", four, planner.Route{Type: planner.Unreachable}},
		{"", "prohibit 2001:db8:1::/48", six, planner.Route{Type: planner.Prohibit}},
		{"", "throw 10.0.0.0/8", four, planner.Route{Type: planner.Throw}},
		{"", "local 10.0.0.0/8 dev lo", keyed(four, func(k *planner.RouteKey) { k.Table = 255 }), planner.Route{Device: "lo", Scope: planner.ScopeHost, Type: planner.Local}},
		{"", "local 2001:db8:1::/48 dev lo", keyed(six, func(k *planner.RouteKey) { k.Table = 255 }), planner.Route{Device: "lo", Type: planner.Local}},
		{"", "broadcast 10.0.0.0/8 dev eth0", keyed(four, func(k *planner.RouteKey) { k.Table = 255 }), planner.Route{Device: "eth0", Scope: link, Type: planner.Broadcast}},
		{"", "anycast 10.0.0.0/8 dev eth0", keyed(four, func(k *planner.RouteKey) { k.Table = 255 }), planner.Route{Device: "eth0", Scope: link, Type: planner.Anycast}},
		{"", "multicast 232.0.0.0/8 dev eth0", to("232.0.0.0/8"), planner.Route{Device: "eth0", Scope: link, Type: planner.Multicast}},
		{"", "10.0.0.0/8 via 192.0.2.254 src 192.0.2.1", four, edited(via, func(v *planner.Route) { v.Source = ip("192.0.2.1") })},
		{"", "2001:db8:1::/48 from 2001:db8:9::/48 dev eth0", keyed(six, func(k *planner.RouteKey) { k.From = netip.MustParsePrefix("2001:db8:9::/48") }), dev6},
		{"", "10.0.0.0/8 via 192.0.2.254 table 300", keyed(four, func(k *planner.RouteKey) { k.Table = 300 }), via},
		{"", "10.0.0.0/8 via 192.0.2.254 tos 0x10", keyed(four, func(k *planner.RouteKey) { k.TOS = 16 }), via},
		{"", "10.0.0.0/8 dev eth0 scope global", four, planner.Route{Device: "eth0", Type: planner.Unicast}},
		{"", "10.0.0.0/8 dev eth0 scope site", four, planner.Route{Device: "eth0", Scope: planner.ScopeSite, Type: planner.Unicast}},
		{"", "10.0.0.0/8 via 192.0.2.254 metric 4294967295", keyed(four, func(k *planner.RouteKey) { k.Metric = 4294967295 }), via},
		{"", "2001:db8:1::/48 dev eth0 metric 7", keyed(six, func(k *planner.RouteKey) { k.Metric = 7 }), dev6},
		{"", "10.0.0.0/8 via 203.0.113.1 dev eth0 onlink", four, edited(via, func(v *planner.Route) { v.Gateway, v.OnLink = ip("203.0.113.1"), true })},
		{"", "10.0.0.0/8 via 192.0.2.254 mtu 1400", four, edited(via, func(v *planner.Route) { v.MTU = 1400 })},
		{"", "10.0.0.0/8 via 192.0.2.254 mtu lock 1400", four, edited(via, func(v *planner.Route) { v.MTU, v.Metrics.Locked = 1400, planner.LockMTU })},
		{"", "10.0.0.0/8 via 192.0.2.254 hoplimit 255", four, metrics(planner.Metrics{HopLimit: 255})},
		{"", "10.0.0.0/8 via 192.0.2.254 advmss lock 1360", four, metrics(planner.Metrics{AdvMSS: 1360, Locked: planner.LockAdvMSS})},
		{"", "10.0.0.0/8 via 192.0.2.254 rtt lock 300ms", four, metrics(planner.Metrics{RTTMS: 300, Locked: planner.LockRTT})},
		{"", "10.0.0.0/8 via 192.0.2.254 rttvar lock 75ms", four, metrics(planner.Metrics{RTTVarMS: 75, Locked: planner.LockRTTVar})},
		{"", "10.0.0.0/8 via 192.0.2.254 rto_min 50ms", four, metrics(planner.Metrics{RTOMinMS: 50, Locked: planner.LockRTOMin})},
		{"", "10.0.0.0/8 via 192.0.2.254 reordering lock 5", four, metrics(planner.Metrics{Reordering: 5, Locked: planner.LockReordering})},
		{"", "10.0.0.0/8 via 192.0.2.254 cwnd lock 12", four, metrics(planner.Metrics{CWND: 12, Locked: planner.LockCWND})},
		{"", "10.0.0.0/8 via 192.0.2.254 ssthresh lock 11", four, metrics(planner.Metrics{SSThresh: 11, Locked: planner.LockSSThresh})},
		{"", "10.0.0.0/8 via 192.0.2.254 window 30000", four, metrics(planner.Metrics{Window: 30000})},
		{"", "10.0.0.0/8 via 192.0.2.254 initcwnd 13", four, metrics(planner.Metrics{InitCWND: 13})},
		{"", "10.0.0.0/8 via 192.0.2.254 initrwnd 14", four, metrics(planner.Metrics{InitRWND: 14})},
		{"", "10.0.0.0/8 via 192.0.2.254 realms 7", four, edited(via, func(v *planner.Route) { v.Realms = 7 })},
		{"", "10.0.0.0/8 via 192.0.2.254 realms 3/7", four, edited(via, func(v *planner.Route) { v.Realms = 3<<16 | 7 })},
		{"", "10.0.0.0/8 via 192.0.2.254 features ecn", four, metrics(planner.Metrics{ECN: true})},
		{"", "10.0.0.0/8 via 192.0.2.254 quickack 1", four, metrics(planner.Metrics{QuickAck: true})},
		{"", "10.0.0.0/8 via 192.0.2.254 fastopen_no_cookie 1", four, metrics(planner.Metrics{FastOpenNoCookie: true})},
		{"", "10.0.0.0/8 via 192.0.2.254 congctl lock reno", four, metrics(planner.Metrics{Congestion: "reno", Locked: planner.LockCongestion})},
		{"", "2001:db8:1::/48 dev eth0 pref high", six, edited(dev6, func(v *planner.Route) { v.Preference = planner.PreferenceHigh })},
		{"", "2001:db8:1::/48 dev eth0 pref low", six, edited(dev6, func(v *planner.Route) { v.Preference = planner.PreferenceLow })},
		{"", "10.0.0.0/8 nexthop via 192.0.2.254 nexthop via 192.0.2.253 weight 256", four, hops(a, b)},
		{
			"", "10.0.0.0/8 nexthop via 192.0.2.254 nexthop via 203.0.113.1 dev eth0 weight 2 onlink realms 3/4 nexthop dev eth0", four,
			hops(a, far, planner.NextHop{Device: "eth0", Weight: 1}),
		},
		{"", "10.0.0.0/8 mtu 1400 nexthop via 192.0.2.254 nexthop via inet6 2001:db8::fe dev eth0 weight 3", four, edited(hops(a, c), func(v *planner.Route) { v.MTU = 1400 })},
		{"", "2001:db8:1::/48 nexthop via 2001:db8::fe weight 3 nexthop via fe80::1 dev eth0", six, hops(d, c)},
		{
			"", "10.0.0.0/8 encap ip id 7 src 192.0.2.1 dst 198.51.100.9 ttl 64 tos 8 dev eth0", four,
			wrapped(planner.Route{Device: "eth0", Scope: link, Type: planner.Unicast}, planner.Encap{
				Kind: planner.EncapIP, ID: 7, Source: ip("192.0.2.1"), Destination: ip("198.51.100.9"), TTL: 64, TOS: 8,
			}),
		},
		{
			"", "10.0.0.0/8 encap ip id 7 dst 198.51.100.9 key csum seq via 192.0.2.254", four,
			wrapped(via, planner.Encap{Kind: planner.EncapIP, ID: 7, Destination: ip("198.51.100.9"), Flags: planner.TunnelFlags}),
		},
		{
			"", "2001:db8:1::/48 encap ip6 id 9 src 2001:db8::1 dst 2001:db8::9 hoplimit 3 tc 4 dev eth0", six,
			wrapped(dev6, planner.Encap{Kind: planner.EncapIP6, ID: 9, Source: ip("2001:db8::1"), Destination: ip("2001:db8::9"), TTL: 3, TOS: 4}),
		},
		{
			"", "10.0.0.0/8 nexthop encap ip dst 198.51.100.9 via 192.0.2.254 nexthop via 192.0.2.253 weight 256", four,
			hops(planner.NextHop{Gateway: a.Gateway, Device: "eth0", Weight: 1, Encap: planner.Encap{Kind: planner.EncapIP, Destination: ip("198.51.100.9")}}, b),
		},
		{
			"seg6", "2001:db8:1::/48 encap seg6 mode encap segs fc00::1,fc00::2 dev eth0", six,
			wrapped(dev6, planner.Encap{Kind: planner.EncapSegments, Mode: planner.SegmentsEncap, Segments: planner.ListOf(ip("fc00::1"), ip("fc00::2"))}),
		},
		{
			"seg6", "2001:db8:1::/48 encap seg6 mode inline segs fc00::1,fc00::2 dev eth0", six,
			wrapped(dev6, planner.Encap{Kind: planner.EncapSegments, Mode: planner.SegmentsInline, Segments: planner.ListOf(ip("fc00::1"), ip("fc00::2"))}),
		},
		{
			"seg6", "10.0.0.0/8 encap seg6 mode l2encap segs fc00::1 dev eth0", four,
			wrapped(planner.Route{Device: "eth0", Scope: link, Type: planner.Unicast}, planner.Encap{Kind: planner.EncapSegments, Mode: planner.SegmentsL2, Segments: planner.ListOf(ip("fc00::1"))}),
		},
		{"mpls", "10.0.0.0/8 encap mpls 100/200 via 192.0.2.254", four, wrapped(via, mpls)},
		{"mpls", "10.0.0.0/8 encap mpls 100/200 ttl 5 via 192.0.2.254", four, wrapped(via, planner.Encap{Kind: planner.EncapMPLS, Labels: mpls.Labels, TTL: 5})},
		{"mpls", "2001:db8:1::/48 nexthop encap mpls 16 via 2001:db8::fe weight 3 nexthop via fe80::1 dev eth0", six, hops(
			planner.NextHop{Gateway: c.Gateway, Device: "eth0", Weight: 3, Encap: planner.Encap{Kind: planner.EncapMPLS, Labels: planner.ListOf[uint32](16)}}, d)},
	}
}

// rulesSaid has a row for each option of keepalived's rules.
func rulesSaid() []said {
	net := netip.MustParsePrefix
	span := func(first, last uint32) planner.Span { return planner.Span{First: first, Last: last, Set: true} }
	number := func(n uint32) planner.Number { return planner.Number{Value: n, Set: true} }
	var list []said
	add := func(words string, k planner.RuleKey) {
		k.Priority = 100
		if k.Action == 0 {
			k.Action, k.Table = planner.RuleLookup, 300
		}
		list = append(list, said{"", words, k.Normal(), planner.Rule{}})
	}
	add("priority 100 from 192.0.2.0/24 table 300", planner.RuleKey{From: net("192.0.2.0/24")})
	add("priority 100 to 198.51.100.7 table 300", planner.RuleKey{To: net("198.51.100.7/32")})
	add("priority 100 not from 192.0.2.0/24 table 300", planner.RuleKey{Not: true, From: net("192.0.2.0/24")})
	add("priority 100 iif eth0 table 300", planner.RuleKey{IIF: "eth0"})
	add("priority 100 oif eth0 table 300", planner.RuleKey{OIF: "eth0"})
	add("priority 100 fwmark 7 table 300", planner.RuleKey{Mark: 7})
	add("priority 100 fwmark 7/0xff table 300", planner.RuleKey{Mark: 7, Mask: 255})
	add("priority 100 tos 0x10 table 300", planner.RuleKey{TOS: 16})
	add("priority 100 tun_id 42 table 300", planner.RuleKey{TunnelID: 42})
	add("priority 100 uidrange 1000-1999 table 300", planner.RuleKey{UIDs: span(1000, 1999)})
	add("priority 100 ipproto tcp sport 1024-65534 dport 443 table 300", planner.RuleKey{Protocol: 6, SPort: span(1024, 65534), DPort: span(443, 443)})
	add("priority 100 table main suppress_prefixlength 0", planner.RuleKey{Action: planner.RuleLookup, Table: 254, SuppressLength: number(0)})
	add("priority 100 table 4294967295 suppress_ifgroup 7", planner.RuleKey{Action: planner.RuleLookup, Table: 4294967295, SuppressGroup: number(7)})
	add("priority 100 from all table 300 realms 7", planner.RuleKey{Realms: 7})
	add("priority 100 from all table 300 realms 3/7", planner.RuleKey{Realms: 3<<16 | 7})
	add("priority 100 from all goto 200", planner.RuleKey{Action: planner.RuleGoto, Goto: 200})
	add("priority 100 from 192.0.2.0/24 nop", planner.RuleKey{From: net("192.0.2.0/24"), Action: planner.RuleNop})
	add("priority 100 from 192.0.2.0/24 blackhole", planner.RuleKey{From: net("192.0.2.0/24"), Action: planner.RuleBlackhole})
	add("priority 100 from 192.0.2.0/24 unreachable", planner.RuleKey{From: net("192.0.2.0/24"), Action: planner.RuleUnreachable})
	add("priority 100 from 192.0.2.0/24 prohibit", planner.RuleKey{From: net("192.0.2.0/24"), Action: planner.RuleProhibit})
	add("priority 100 l3mdev", planner.RuleKey{Action: planner.RuleL3MDev})
	add("priority 100 from 2001:db8::/32 to 2001:db8:1::1 table 300", planner.RuleKey{IPv6: true, From: net("2001:db8::/32"), To: net("2001:db8:1::1/128")})
	add("priority 100 fwmark 1/1 tos 0xfc ipproto 58 suppress_prefixlength 128 table 300", planner.RuleKey{
		IPv6: true, Mark: 1, Mask: 1, TOS: 252, Protocol: 58, SuppressLength: number(128), Action: planner.RuleLookup, Table: 300,
	})
	return list
}

// TestRoutesAsIPRouteMakesThem: for every option, what ha writes and what ip(8) writes for the same words looks the same to
// ip(8), reads the same to ha, and is found by ha's delete.
func TestRoutesAsIPRouteMakesThem(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	beside := newBeside(t, "route", "table", "all")
	for _, row := range routesSaid() {
		t.Run(row.words, func(t *testing.T) {
			if row.need != "" {
				netlab.Need(t, row.need)
			}
			beside.same(t, row)
		})
	}
}

// TestRulesAsIPRuleMakesThem does the same with rules.
func TestRulesAsIPRuleMakesThem(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	beside := newBeside(t, "rule")
	for _, row := range rulesSaid() {
		t.Run(row.words, func(t *testing.T) { beside.same(t, row) })
	}
}

// TestDeleteTakesNoOtherRoute: routes to the same network that somebody else made stay, however much they are like ours.
func TestDeleteTakesNoOtherRoute(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	hop := func(gateway string, weight uint16) planner.NextHop {
		return planner.NextHop{Gateway: netip.MustParseAddr(gateway), Device: "eth0", Weight: weight}
	}
	for _, tt := range []struct {
		row    said
		others []string // "add" puts them behind ours where the kernel has an order, "prepend" before it
	}{
		{
			said{key: to("10.0.0.0/8"), value: planner.Route{Type: planner.Unicast, NextHops: planner.ListOf(hop("192.0.2.254", 1), hop("192.0.2.253", 3))}},
			[]string{
				"prepend 10.0.0.0/8 via 192.0.2.254", "append 10.0.0.0/8 nexthop via 192.0.2.254 nexthop via 192.0.2.253 weight 2",
				"add 10.0.0.0/8 metric 5 nexthop via 192.0.2.254 nexthop via 192.0.2.253 weight 3", "add 10.0.0.0/8 tos 0x10 via 192.0.2.254",
				"add 10.0.0.0/8 table 300 nexthop via 192.0.2.254 nexthop via 192.0.2.253 weight 3",
			},
		},
		{
			said{key: to("10.0.0.0/8"), value: planner.Route{Type: planner.Unicast, Gateway: netip.MustParseAddr("192.0.2.254"), Device: "eth0", Realms: 7}},
			[]string{"prepend 10.0.0.0/8 via 192.0.2.254", "prepend 10.0.0.0/8 via 192.0.2.254 realms 8", "append 10.0.0.0/8 dev eth0"},
		},
		{
			said{key: to("2001:db8:1::/48"), value: planner.Route{Type: planner.Unicast, NextHops: planner.ListOf(hop("2001:db8::fd", 1), hop("2001:db8::fe", 3))}},
			[]string{
				"append 2001:db8:1::/48 dev eth0 metric 1024", "add 2001:db8:1::/48 via 2001:db8::fe metric 9",
				"add 2001:db8:1::/48 from 2001:db8:9::/48 nexthop via 2001:db8::fd nexthop via 2001:db8::fe weight 3",
			},
		},
	} {
		family := familyOf(tt.row)
		with, without := newBeside(t, "route", "table", "all"), newBeside(t, "route", "table", "all")
		apply(t, with.kernel, create(tt.row.key, tt.row.value))
		for _, b := range []*beside{with, without} {
			for _, words := range tt.others {
				b.ip(t, append([]string{family, "route"}, strings.Fields(words)...)...)
			}
		}
		apply(t, with.kernel, planner.Change{Action: planner.Delete, Key: tt.row.key, Before: tt.row.value})
		if got, want := with.made(t, family), without.made(t, family); len(want) < len(tt.others) || !slices.Equal(got, want) {
			t.Errorf("after the delete of %v: -want +got:\n%s", tt.row.key, cmp.Diff(want, got))
		}
	}
}

// made are the routes that the kernel did not make, each in one line.
func (b *beside) made(t *testing.T, family string) []string {
	t.Helper()
	var list []string
	for line := range strings.Lines(strings.ReplaceAll(b.show(t, family), "\n\tnexthop", " nexthop")) {
		if words := strings.Fields(line); !slices.Contains(words, "proto") || words[slices.Index(words, "proto")+1] != "2" {
			list = append(list, strings.Join(words, " "))
		}
	}
	slices.Sort(list)
	return list
}

// beside is a host on which ha and ip(8) make the same objects in turn.
type beside struct {
	host   *netlab.Host
	kernel *kernel.Kernel
	object string            // route, rule
	of     []string          // what show is asked for
	empty  map[string]string // what it says before, by the flag of the family
}

func newBeside(t *testing.T, object string, of ...string) *beside {
	t.Helper()
	b := &beside{host: netlab.NewTestLAN(t).MustAdd(t, "lb1", "192.0.2.1/24", "2001:db8::1/64"), object: object, of: of, empty: map[string]string{}}
	b.kernel = open(t, b.host.Namespace)
	netlab.WaitFor(t, 30*time.Second, "the kernel's own routes to the host's IPv6 addresses", func() bool {
		return strings.Count(b.ip(t, "-6", "route", "show", "table", "255", "type", "local"), "\n") == 3
	})
	for _, family := range []string{"-4", "-6"} {
		b.empty[family] = b.show(t, family)
	}
	return b
}

func (b *beside) ip(t *testing.T, words ...string) string {
	t.Helper()
	out, err := b.host.Command(t.Context(), program(t, "ip"), words...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v\n%s", strings.Join(words, " "), err, out)
	}
	return string(out)
}

// show is all that there is of the object in a family, with numbers instead of names.
func (b *beside) show(t *testing.T, family string) string {
	t.Helper()
	return b.ip(t, append([]string{"-N", "-d", family, b.object, "show"}, b.of...)...)
}

// remove deletes a row's object as ha does, and wants nothing else to go.
func (b *beside) remove(t *testing.T, row said, whose string) {
	t.Helper()
	apply(t, b.kernel, planner.Change{Action: planner.Delete, Key: row.key, Before: row.value})
	family := familyOf(row)
	if got := b.show(t, family); got != b.empty[family] {
		t.Fatalf("after the delete of %s: -want +got:\n%s", whose, cmp.Diff(b.empty[family], got))
	}
}

func (b *beside) same(t *testing.T, row said) {
	t.Helper()
	apply(t, b.kernel, create(row.key, row.value))
	ours := b.show(t, familyOf(row))
	b.remove(t, row, "what ha made")

	words := byIP(b.object, row)
	b.ip(t, words...)
	if theirs := b.show(t, familyOf(row)); ours != theirs {
		t.Errorf("ip %s\n-ip +ha:\n%s", strings.Join(words, " "), cmp.Diff(theirs, ours))
	}
	s, err := b.kernel.Read(t.Context(), kernel.Query{Tables: []uint32{255, 300}})
	if err != nil {
		t.Fatal(err)
	}
	if _, want := kernel.Normal(row.key, row.value); s.Value(row.key) != want || !s.Marked[row.key] {
		t.Errorf("reads as %+v\nwant %+v, with ha's mark", s.Value(row.key), want)
	}
	b.remove(t, row, "what ip made")
}

// familyOf is the flag by which ip(8) is told the family of a row.
func familyOf(row said) string {
	if k, ok := row.key.(planner.RouteKey); ok && k.Destination.Addr().Is4() {
		return "-4"
	}
	if k, ok := row.key.(planner.RuleKey); ok && !k.IPv6 {
		return "-4"
	}
	return "-6"
}

// byIP is the command that makes an object with ha's mark. Next hops have to stand at its end.
func byIP(object string, row said) []string {
	args := []string{familyOf(row), object, "add"}
	first, hops, several := strings.Cut(row.words, " nexthop ")
	args = append(append(args, strings.Fields(first)...), "proto", "112")
	if several {
		args = append(append(args, "nexthop"), strings.Fields(hops)...)
	}
	return args
}

func program(t *testing.T, name string) string {
	t.Helper()
	path, err := netlab.Program(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
