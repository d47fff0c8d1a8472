package planner

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"
)

// world makes random states, claims and plans from one seed. The universe is small, so that two states share
// keys, and every kind of difference comes up within a few hundred seeds.
type world struct{ *rand.Rand }

func newWorld(seed uint64) world { return world{rand.New(rand.NewPCG(seed, 0x6a))} }

func pick[T any](w world, from ...T) T { return from[w.IntN(len(from))] }

func (w world) chance(percent int) bool { return w.IntN(100) < percent }

func (w world) addressKey() AddressKey {
	device := pick(w, "eth0", "eth1", "lo")
	if w.chance(40) {
		return AddressKey{device, netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(1 + w.IntN(4))}), pick(w, 64, 128))}
	}
	return AddressKey{device, netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(20 + w.IntN(4))}), pick(w, 24, 32))}
}

func (w world) address(k AddressKey) Address {
	if k.Prefix.Addr().Is6() {
		return Address{NoDAD: w.chance(50), Options: AddressOptions{Deprecated: w.chance(40), NoPrefixRoute: w.chance(20), Home: w.chance(10)}}
	}
	a := Address{Scope: pick(w, ScopeGlobal, ScopeLink, ScopeHost), Label: pick(w, "", k.Device, k.Device+":1")}
	if w.chance(20) {
		a.Broadcast = netip.MustParseAddr("192.0.2.255")
	}
	if w.chance(10) {
		a.Peer = netip.MustParsePrefix("198.51.100.1/32")
	}
	return a
}

func (w world) routeKey() RouteKey {
	if w.chance(30) {
		from := pick(w, netip.Prefix{}, netip.MustParsePrefix("2001:db8:9::/48"))
		return RouteKey{Table: 254, Destination: netip.MustParsePrefix(pick(w, "::/0", "2001:db8:1::/48")), Metric: 1024, From: from}
	}
	return RouteKey{
		Table: pick(w, uint32(254), 100), Destination: netip.MustParsePrefix(pick(w, "0.0.0.0/0", "10.0.0.0/8")),
		Metric: pick(w, uint32(0), 5), TOS: pick(w, uint8(0), 0, 16),
	}
}

func (w world) route() Route {
	r := Route{Device: pick(w, "", "eth0", "eth1"), Scope: pick(w, ScopeGlobal, ScopeLink), Type: pick(w, Unicast, Blackhole)}
	if w.chance(50) {
		r.Gateway, r.OnLink = netip.MustParseAddr("192.0.2.1"), w.chance(20)
	}
	if w.chance(20) {
		r.MTU = 1400
	}
	if w.chance(20) {
		r.Metrics = Metrics{InitCWND: 20, Locked: LockMTU, Congestion: pick(w, "", "reno")}
	}
	if w.chance(20) {
		r.Preference = PreferenceHigh
	}
	if w.chance(20) {
		r.Realms = 3<<16 | 4
	}
	if w.chance(20) {
		r.Encap = Encap{Kind: EncapMPLS, Labels: ListOf[uint32](100, 200)}
	}
	if w.chance(20) {
		hop := NextHop{Gateway: netip.MustParseAddr("192.0.2.2"), Device: pick(w, "", "eth0"), Weight: pick(w, uint16(1), 2)}
		r.Gateway, r.Device, r.NextHops = netip.Addr{}, "", ListOf(NextHop{Device: "eth1", Weight: 1}, hop)
	}
	return r
}

func (w world) ruleKey() RuleKey {
	k := RuleKey{Realms: pick(w, Realms(0), 7), IPv6: w.chance(30), Priority: pick(w, uint32(100), 200), Not: w.chance(20), IIF: pick(w, "", "eth0"), Action: RuleLookup, Table: 100}
	if w.chance(30) {
		k.Action, k.Table, k.Goto = RuleGoto, 0, pick(w, uint32(300), 400)
	}
	return k
}

func (w world) filterKey() FilterKey {
	return pick(w, FilterOf(w.addressKey()), FilterKey{Device: "vrrp6.51"}, FilterKey{Device: "eth0", Addr: netip.MustParseAddr("fe80::20")})
}

func (w world) serviceKey() VirtualServerKey {
	if w.chance(20) {
		return VirtualServerKey{FWMark: uint32(1 + w.IntN(2)), IPv6: w.chance(50)}
	}
	return VirtualServerKey{
		Protocol: pick(w, TCP, UDP),
		Addr:     netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(20 + w.IntN(4))}), pick(w, uint16(80), 443)),
	}
}

func (w world) service() VirtualServer {
	v := VirtualServer{Scheduler: pick(w, "rr", "wlc"), Flags: pick(w, uint32(0), 4, 2), Netmask: pick(w, uint8(0), 24, 32)}
	if w.chance(30) {
		v.Persistence = 50 * time.Second
	}
	return v
}

func (w world) backend() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + w.IntN(5))}), 8080)
}

func (w world) realServer() RealServer {
	return RealServer{Weight: uint32(w.IntN(3)), Forwarding: pick(w, NAT, DR, Tunnel)}
}

// state makes a state as a kernel can hold it: real servers have their service, and an IPv6 address stands once
// per interface.
func (w world) state() State {
	s := State{
		Interfaces: map[InterfaceKey]Interface{}, Addresses: map[AddressKey]Address{}, Routes: map[RouteKey]Route{}, Rules: map[RuleKey]Rule{}, Filters: map[FilterKey]Filter{}, Sysctls: map[SysctlKey]Sysctl{},
		VirtualServers: map[VirtualServerKey]VirtualServer{}, RealServers: map[RealServerKey]RealServer{},
	}
	for range w.IntN(3) {
		s.Interfaces[pick(w, InterfaceKey("vrrp.51"), "vrrp6.51")] = pick(w,
			Interface{Parent: "eth0", MAC: "00:00:5e:00:01:33", Up: true}, Interface{Parent: "eth0", MAC: "00:00:5e:00:01:34", Up: true},
			Interface{Parent: "eth0", MAC: "00:00:5e:00:01:35"}) // down with another MAC: else it is half made
	}
	for range w.IntN(8) {
		if k := w.addressKey(); s.room(k, Create) == nil {
			s.Addresses[k] = w.address(k)
		}
	}
	for range w.IntN(4) {
		s.Routes[w.routeKey()] = w.route()
	}
	for range w.IntN(4) {
		s.Rules[w.ruleKey()] = Rule{}
	}
	for range w.IntN(4) {
		s.Filters[w.filterKey()] = Filter{}
	}
	for range w.IntN(4) {
		s.Sysctls[pick(w, SysctlKey("net.ipv4.ip_forward"), "net.ipv4.conf.all.arp_ignore")] = pick(w, Sysctl("0"), "1", "2")
	}
	for range w.IntN(5) {
		k := w.serviceKey()
		s.VirtualServers[k] = w.service()
		for range w.IntN(4) {
			s.RealServers[RealServerKey{k, w.backend()}] = w.realServer()
		}
	}
	return s
}

// claims claims some of the objects of a live state, and marks some of them.
func (w world) claims(live *State) Claims {
	c := Claims{Objects: map[Key]Claim{}, Before: map[SysctlKey]Sysctl{}}
	for _, k := range keysOf(*live) {
		if w.chance(50) {
			c.Objects[k] = pick(w, Owned, Owned, Adopted)
		}
		switch k := k.(type) {
		case AddressKey, RouteKey, RuleKey, FilterKey:
			if w.chance(20) {
				live.marks()[k] = true
			}
		case SysctlKey:
			if c.Objects[k] == Owned && w.chance(70) {
				c.Before[k] = "7"
			}
		case InterfaceKey, VirtualServerKey, RealServerKey, SyncDaemonKey: // carry no mark, and leave nothing to go back to
		}
	}
	return c
}

// keysOf lists the keys of a state in a fixed order.
func keysOf(s State) []Key {
	var keys []Key
	keys = appendKeys(keys, s.Interfaces)
	keys = appendKeys(keys, s.Addresses)
	keys = appendKeys(keys, s.Routes)
	keys = appendKeys(keys, s.Rules)
	keys = appendKeys(keys, s.Filters)
	keys = appendKeys(keys, s.Sysctls)
	keys = appendKeys(keys, s.VirtualServers)
	keys = appendKeys(keys, s.RealServers)
	return keys
}

func appendKeys[K interface {
	comparable
	Key
	Compare(K) int
}, V any](to []Key, from map[K]V) []Key {
	for _, k := range sortedKeys(from) {
		to = append(to, k)
	}
	return to
}

// plan makes a plan of a few units.
func (w world) plan() *Plan {
	p := &Plan{Cluster: "edge", Node: "lb1", Role: Director, Settings: Settings{ReadBackMS: 1000}}
	for i := range w.IntN(3) {
		v := VIP{Name: fmt.Sprintf("vip.v%d", i), Source: Source{"edge.hcl", 10 + i}}
		for range 1 + w.IntN(2) {
			k := w.addressKey()
			v.Addresses = append(v.Addresses, PlacedAddress{k, w.address(k), v.Source})
		}
		for range w.IntN(2) {
			v.Routes = append(v.Routes, PlacedRoute{w.routeKey(), w.route(), v.Source})
			v.Rules = append(v.Rules, PlacedRule{w.ruleKey(), Rule{}, v.Source})
		}
		p.VIPs = append(p.VIPs, v)
		p.Intents = append(p.Intents, Intent{Name: v.Name, Source: v.Source, Args: []Arg{
			{Path: "priority", Value: fmt.Sprint(100 + w.IntN(3)), Impact: ImpactFailover},
		}})
	}
	for i := range w.IntN(3) {
		pool := Pool{Name: fmt.Sprintf("pool.p%d", i), Source: Source{"edge.hcl", 30 + i}}
		for range 1 + w.IntN(2) {
			pool.Listeners = append(pool.Listeners, Listener{Key: w.serviceKey(), Value: w.service()})
		}
		for j := range w.IntN(4) {
			pool.Servers = append(pool.Servers, PoolServer{
				Name: fmt.Sprintf("s%d", j), Address: w.backend(), Weight: uint16(w.IntN(3)), Forwarding: DR,
				Checks: []string{pick(w, "a", "b", "c")}, Source: pool.Source,
				Inhibit: w.chance(30), Tier: pick(w, uint8(0), 1, 2, MaxTier),
			})
		}
		if w.chance(40) {
			pool.Sorry = &PoolServer{Name: "sorry", Address: w.backend(), Weight: 1, Forwarding: pick(w, NAT, DR), Inhibit: w.chance(50), Source: pool.Source}
		}
		pool.Quorum = Quorum{Weight: uint32(w.IntN(4)), Hysteresis: uint32(w.IntN(3))}
		pool.TierAtLeast, pool.Suspend = uint16(w.IntN(3)), w.chance(30)
		p.Pools = append(p.Pools, pool)
	}
	if w.chance(50) {
		s := Static{Name: "static.uplink", Source: Source{"edge.hcl", 50}}
		s.Sysctls = append(s.Sysctls, PlacedSysctl{"net.ipv4.ip_forward", "1", s.Source})
		s.Routes = append(s.Routes, PlacedRoute{w.routeKey(), w.route(), s.Source})
		s.Filters = append(s.Filters, PlacedFilter{w.filterKey(), Filter{}, s.Source})
		p.Statics = append(p.Statics, s)
	}
	return p
}

func (w world) facts() Facts {
	f := Facts{Active: map[string]bool{}, Verdicts: map[string]Verdict{}}
	for i := range 3 {
		f.Active[fmt.Sprintf("vip.v%d", i)] = w.chance(50)
	}
	for _, check := range []string{"a", "b", "c"} {
		f.Verdicts[check] = pick(w, Unknown, Up, Down)
	}
	f.Quorum = map[string]Verdict{}
	for i := range 3 {
		f.Quorum[fmt.Sprintf("pool.p%d", i)] = pick(w, Unknown, Up, Down)
	}
	return f
}
