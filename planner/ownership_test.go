package planner

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

var (
	webKey    = VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort("192.0.2.20:443")}
	webServer = RealServerKey{webKey, netip.MustParseAddrPort("10.0.0.1:443")}
	vipKey    = AddressKey{"eth0", netip.MustParsePrefix("192.0.2.20/32")}
	arpIgnore = SysctlKey("net.ipv4.conf.all.arp_ignore")
)

// acts lists changes as "action key", conflicts as "conflict key".
func acts(changes []Change, conflicts []Conflict) []string {
	var out []string
	for _, c := range changes {
		out = append(out, string(c.Action)+" "+c.Key.String())
	}
	for _, c := range conflicts {
		out = append(out, "conflict "+c.Key.String())
	}
	return out
}

func TestWhatIsNotOursIsLeftAlone(t *testing.T) {
	one := State{Addresses: map[AddressKey]Address{vipKey: {}}}
	labelled := State{Addresses: map[AddressKey]Address{vipKey: {Label: "eth0:1"}}}
	marked := labelled
	marked.Marked = map[Key]bool{vipKey: true}
	owned, adopted := Claims{Objects: map[Key]Claim{vipKey: Owned}}, Claims{Objects: map[Key]Claim{vipKey: Adopted}}
	configured := NewIndex(&Plan{VIPs: []VIP{{Name: "vip.web", Addresses: []PlacedAddress{{Key: vipKey}}}}})
	tests := []struct {
		name          string
		desired, live State
		claims        Claims
		ix            *Index
		want          string
	}{
		{"a foreign address stays", State{}, one, Claims{}, nil, ""},
		{"an owned one goes", State{}, one, owned, nil, "delete"},
		{"a marked one is owned without a record", State{}, marked, Claims{}, nil, "delete"},
		{"an adopted one is released when no longer configured", State{}, one, adopted, nil, "release"},
		{"an adopted one goes when its VIP is not Active", State{}, one, adopted, configured, "delete"},
		{"what is as wanted is adopted", one, one, Claims{}, nil, "adopt"},
		{"and not adopted twice", one, one, adopted, nil, ""},
		{"what is foreign and differs is a conflict", one, labelled, Claims{}, nil, "conflict"},
		{"what is owned and differs is replaced", one, labelled, owned, nil, "replace"},
		{"what is marked and differs is replaced", one, marked, Claims{}, nil, "replace"},
	}
	for _, test := range tests {
		got := acts(Diff(test.desired, test.live, test.claims, test.ix))
		want := []string{}
		if test.want != "" {
			want = []string{test.want + " " + vipKey.String()}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", test.name, got, want)
		}
	}
}

func TestServersOfForeignServicesAreForeign(t *testing.T) {
	desired := State{
		VirtualServers: map[VirtualServerKey]VirtualServer{webKey: {Scheduler: "wlc"}},
		RealServers:    map[RealServerKey]RealServer{webServer: {Weight: 10, Forwarding: DR}},
	}
	live := desired.Clone()
	extra := RealServerKey{webKey, netip.MustParseAddrPort("10.0.0.9:443")}
	live.RealServers[extra] = RealServer{Weight: 1, Forwarding: NAT}
	rr := live.Clone()
	rr.VirtualServers[webKey] = VirtualServer{Scheduler: "rr"}
	heavy := live.Clone()
	heavy.RealServers[webServer] = RealServer{Weight: 99, Forwarding: DR}
	claim := func(c Claim) Claims { return Claims{Objects: map[Key]Claim{webKey: c}} }
	tests := []struct {
		name   string
		live   State
		claims Claims
		want   []string
	}{
		{"an equal service is adopted with its equal servers, others stay", live, Claims{}, []string{"adopt " + webKey.String(), "adopt " + webServer.String()}},
		{"a different service is one conflict, and nothing behind it is touched", rr, Claims{}, []string{"conflict " + webKey.String()}},
		{"a different server behind an adopted service is a conflict", heavy, claim(Adopted), []string{"conflict " + webServer.String()}},
		{"what others add behind an owned service goes", live, claim(Owned), []string{"delete " + extra.String()}},
		{"and what they change is put back", heavy, claim(Owned), []string{"update " + webServer.String(), "delete " + extra.String()}},
	}
	for _, test := range tests {
		if got := acts(Diff(desired, test.live, test.claims, nil)); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// TestSysctlsGoBack: a sysctl has no owner. It is set, its former value is noted once, and comes back.
func TestSysctlsGoBack(t *testing.T) {
	set := func(v Sysctl) State { return State{Sysctls: map[SysctlKey]Sysctl{arpIgnore: v}} }
	live, claims := set("0"), Claims{}
	for _, step := range []struct {
		name    string
		desired State
		outside Sysctl // what somebody else writes before
		want    []string
		value   Sysctl
	}{
		{"it is set", set("1"), "", []string{"update " + arpIgnore.String()}, "1"},
		{"it is as wanted", set("1"), "", nil, "1"},
		{"another value is wanted", set("2"), "", []string{"update " + arpIgnore.String()}, "2"},
		{"somebody changes it: that is not what it was before ha", set("2"), "5", []string{"update " + arpIgnore.String()}, "2"},
		{"it is no longer wanted and goes back", State{}, "", []string{"update " + arpIgnore.String()}, "0"},
		{"then it is forgotten", State{}, "9", nil, "9"},
		{"what is as wanted is adopted", set("9"), "", []string{"adopt " + arpIgnore.String()}, "9"},
		{"and released", State{}, "", []string{"release " + arpIgnore.String()}, "9"},
	} {
		if step.outside != "" {
			live.Sysctls[arpIgnore] = step.outside
		}
		changes, conflicts := Diff(step.desired, live, claims, nil)
		if got := acts(changes, conflicts); !slices.Equal(got, step.want) {
			t.Errorf("%s: got %v, want %v", step.name, got, step.want)
		}
		claims = ClaimsAfter(changes, live, claims)
		for _, c := range changes {
			if err := Apply(&live, c); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
		}
		if got := live.Sysctls[arpIgnore]; got != step.value {
			t.Errorf("%s: it is %s, want %s", step.name, got, step.value)
		}
	}
	if len(claims.Objects)+len(claims.Before) > 0 {
		t.Errorf("%v is still on record", claims)
	}
}

func TestConflictsSayWhatIsThereWhatIsWantedAndWhatToDo(t *testing.T) {
	six := func(bits int) AddressKey {
		return AddressKey{"eth0", netip.PrefixFrom(netip.MustParseAddr("2001:db8::20"), bits)}
	}
	tests := []struct {
		name          string
		desired, live State
		words         []string
	}{
		{
			"a service",
			State{VirtualServers: map[VirtualServerKey]VirtualServer{webKey: {Scheduler: "wlc"}}},
			State{VirtualServers: map[VirtualServerKey]VirtualServer{webKey: {Scheduler: "rr"}}},
			[]string{"it exists with scheduler rr", "wanted is scheduler wlc", "Remove it by hand", "ha adopts it"},
		},
		{
			"an IPv6 address with another length",
			State{Addresses: map[AddressKey]Address{six(128): {}}},
			State{Addresses: map[AddressKey]Address{six(64): {}}},
			[]string{"eth0 has 2001:db8::20/64 already", "wanted is /128", "Remove it by hand"},
		},
	}
	for _, test := range tests {
		changes, conflicts := Diff(test.desired, test.live, Claims{}, nil)
		if len(changes) != 0 || len(conflicts) != 1 {
			t.Errorf("%s: got %v, %v, want one conflict", test.name, changes, conflicts)
			continue
		}
		for _, w := range test.words {
			if !strings.Contains(conflicts[0].Message, w) {
				t.Errorf("%s: %q does not say %q", test.name, conflicts[0].Message, w)
			}
		}
	}
	owned := Claims{Objects: map[Key]Claim{six(64): Adopted}}
	want := []string{"delete " + six(64).String(), "create " + six(128).String()}
	if got := acts(Diff(tests[1].desired, tests[1].live, owned, nil)); !slices.Equal(got, want) {
		t.Errorf("a length of ours: got %v, want %v", got, want)
	}
}

func TestPruneForgetsWhatIsGone(t *testing.T) {
	claims := Claims{Objects: map[Key]Claim{vipKey: Owned, webKey: Owned, webServer: Owned, arpIgnore: Owned}}
	blind := ClaimsAfter(nil, State{}, claims)
	blind.Prune(State{NoIPVS: "no module"})
	if len(blind.Objects) != 3 || blind.Objects[vipKey] != Foreign {
		t.Errorf("without IPVS %v is left, want all but the address", blind.Objects)
	}
	claims.Prune(State{VirtualServers: map[VirtualServerKey]VirtualServer{webKey: {}}})
	if len(claims.Objects) != 2 || claims.Objects[webKey] != Owned || claims.Objects[arpIgnore] != Owned {
		t.Errorf("%v is left, want the service and the sysctl", claims.Objects)
	}
}

// TestOrder spells the order out for a world in which everything changes at once.
func TestOrder(t *testing.T) {
	sysctl := SysctlKey("net.ipv4.conf.lo.arp_announce")
	old := VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort("192.0.2.21:80")}
	server := func(n byte) RealServerKey {
		return RealServerKey{webKey, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, n}), 443)}
	}
	route := func(s string) RouteKey { return RouteKey{Table: 254, Destination: netip.MustParsePrefix(s), Metric: 0} }
	static := AddressKey{"eth1", netip.MustParsePrefix("198.51.100.1/24")}
	gone := AddressKey{"eth0", netip.MustParsePrefix("192.0.2.21/32")}
	labelled := AddressKey{"eth0", netip.MustParsePrefix("192.0.2.22/32")}
	live := State{
		Addresses:      map[AddressKey]Address{gone: {}, labelled: {}},
		Routes:         map[RouteKey]Route{route("10.0.0.0/8"): {Device: "eth0"}, route("10.1.0.0/16"): {Device: "eth0"}},
		Sysctls:        map[SysctlKey]Sysctl{sysctl: "0", arpIgnore: "1"},
		VirtualServers: map[VirtualServerKey]VirtualServer{webKey: {Scheduler: "rr"}, old: {Scheduler: "rr"}},
		RealServers:    map[RealServerKey]RealServer{server(1): {Weight: 1, Forwarding: DR}, server(2): {Weight: 5, Forwarding: DR}, server(3): {Weight: 1, Forwarding: DR}, {old, server(1).Server}: {Weight: 1, Forwarding: DR}},
	}
	claims := Claims{Objects: map[Key]Claim{}, Before: map[SysctlKey]Sysctl{arpIgnore: "0"}}
	for _, k := range keysOf(live) {
		claims.Objects[k] = Owned
	}
	second := VirtualServerKey{FWMark: 1}
	desired := State{
		Addresses:      map[AddressKey]Address{vipKey: {}, static: {}, labelled: {Label: "eth0:v"}},
		Routes:         map[RouteKey]Route{route("10.0.0.0/8"): {Device: "eth1"}, route("10.2.0.0/16"): {Device: "eth0"}},
		Sysctls:        map[SysctlKey]Sysctl{sysctl: "2"},
		VirtualServers: map[VirtualServerKey]VirtualServer{webKey: {Scheduler: "wlc"}, second: {Scheduler: "rr"}},
		RealServers:    map[RealServerKey]RealServer{server(1): {Weight: 9, Forwarding: DR}, server(2): {Weight: 0, Forwarding: DR}, {second, server(1).Server}: {Weight: 1, Forwarding: DR}},
	}
	ix := NewIndex(&Plan{VIPs: []VIP{{Name: "vip.web", Addresses: []PlacedAddress{{Key: vipKey}}}}})
	want := []string{
		"update sysctl|net.ipv4.conf.lo.arp_announce none",
		"create ipvs_service|fwmark|4|1 none",
		"create ipvs_server|fwmark|4|1|10.0.0.1:443 none",
		"create address|eth1|198.51.100.1/24 none",
		"create route|254|10.2.0.0/16|0 none",
		"create address|eth0|192.0.2.20/32 none",
		"update ipvs_service|tcp|192.0.2.20:443 none", // its VIP is not here yet
		"update ipvs_server|tcp|192.0.2.20:443|10.0.0.1:443 none",
		"update ipvs_server|tcp|192.0.2.20:443|10.0.0.2:443 none",
		"update route|254|10.0.0.0/8|0 new-connections",
		"delete route|254|10.1.0.0/16|0 existing-connections",
		"replace address|eth0|192.0.2.22/32 new-connections",
		"delete address|eth0|192.0.2.21/32 existing-connections",
		"delete ipvs_server|tcp|192.0.2.20:443|10.0.0.3:443 none",
		"delete ipvs_server|tcp|192.0.2.21:80|10.0.0.1:443 existing-connections",
		"delete ipvs_service|tcp|192.0.2.21:80 outage",
		"update sysctl|net.ipv4.conf.all.arp_ignore none",
	}
	changes, _ := Diff(desired, live, claims, ix)
	var got []string
	for _, c := range changes {
		got = append(got, string(c.Action)+" "+c.Key.String()+" "+c.Impact.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestImpacts(t *testing.T) {
	vip := NewIndex(&Plan{VIPs: []VIP{{Name: "vip.web", Addresses: []PlacedAddress{{Key: vipKey}}}}})
	here, elsewhere := map[AddressKey]Address{vipKey: {}}, map[AddressKey]Address{}
	service := map[VirtualServerKey]VirtualServer{webKey: {Scheduler: "rr"}}
	serves := func(addresses map[AddressKey]Address, servers map[RealServerKey]RealServer) State {
		return State{Addresses: addresses, VirtualServers: service, RealServers: servers}
	}
	one := func(weight uint32, f Forwarding) map[RealServerKey]RealServer {
		return map[RealServerKey]RealServer{webServer: {Weight: weight, Forwarding: f}}
	}
	through := func(t TunnelType, port uint16) map[RealServerKey]RealServer {
		return map[RealServerKey]RealServer{webServer: {Weight: 1, Forwarding: Tunnel, Tunnel: TunnelOptions{Type: t, Port: port}}}
	}
	tests := []struct {
		name          string
		desired, live State
		ix            *Index
		want          Impact
	}{
		{"a server comes", serves(here, one(1, DR)), serves(here, nil), vip, ImpactNone},
		{"a weight rises", serves(here, one(9, DR)), serves(here, one(1, DR)), vip, ImpactNone},
		{"a weight falls to 0", serves(here, one(0, DR)), serves(here, one(1, DR)), vip, ImpactNewConnections},
		{"a weight falls to 0 while the VIP is elsewhere", serves(elsewhere, one(0, DR)), serves(elsewhere, one(1, DR)), vip, ImpactNone},
		{"a weight falls to 0 on an address of no VIP", serves(nil, one(0, DR)), serves(nil, one(1, DR)), nil, ImpactNewConnections},
		{"the forwarding changes", serves(here, one(1, NAT)), serves(here, one(1, DR)), vip, ImpactNewConnections},
		{"the tunnel changes", serves(here, through(GUE, 6080)), serves(here, through(GRE, 0)), vip, ImpactExistingConnections},
		{"the tunnel changes while the VIP is elsewhere", serves(elsewhere, through(GUE, 6080)), serves(elsewhere, through(GRE, 0)), vip, ImpactNone},
		{"tunnels begin", serves(here, through(GUE, 6080)), serves(here, one(1, DR)), vip, ImpactNewConnections},
		{"a server with weight goes", serves(here, nil), serves(here, one(1, DR)), vip, ImpactExistingConnections},
		{"a drained server goes", serves(here, nil), serves(here, one(0, DR)), vip, ImpactNone},
		{"a service goes", State{Addresses: here}, serves(here, nil), vip, ImpactOutage},
		{"a service goes while the VIP is elsewhere", State{Addresses: elsewhere}, serves(elsewhere, nil), vip, ImpactNone},
		{"the address of a VIP goes that is not Active", State{}, State{Addresses: here}, vip, ImpactNone},
		{"the address of a former VIP goes", State{}, State{Addresses: here}, (*Index)(nil).After(vip), ImpactOutage},
		{"an address of no VIP goes", State{}, State{Addresses: here}, nil, ImpactExistingConnections},
		{"an address gets another label", State{Addresses: map[AddressKey]Address{vipKey: {Label: "eth0:1"}}}, State{Addresses: here}, vip, ImpactNewConnections},
	}
	for _, test := range tests {
		claims := Claims{Objects: map[Key]Claim{webKey: Owned, vipKey: Owned}}
		changes, conflicts := Diff(test.desired, test.live, claims, test.ix)
		if len(changes) != 1 || len(conflicts) > 0 || changes[0].Impact != test.want {
			t.Errorf("%s: got %v, %v, want one change with %s", test.name, told(changes), conflicts, test.want)
		}
	}
}

// TestWhatTheKernelFillsInIsNoDifference: comparing it would keep every plan from settling.
func TestWhatTheKernelFillsInIsNoDifference(t *testing.T) {
	six := AddressKey{"eth0", netip.MustParsePrefix("2001:db8::20/128")}
	route := RouteKey{Table: 254, Destination: netip.MustParsePrefix("10.0.0.0/8"), Metric: 0}
	gateway := netip.MustParseAddr("192.0.2.1")
	gre := RealServer{Forwarding: Tunnel, Tunnel: TunnelOptions{Type: GRE}}
	tests := []struct {
		name       string
		key        Key
		want, have any
		same       bool
	}{
		{"the label that an address has by default", vipKey, Address{}, Address{Label: "eth0"}, true},
		{"another label", vipKey, Address{}, Address{Label: "eth0:1"}, false},
		{"NODAD counts while the address is added", six, Address{NoDAD: true}, Address{}, true},
		{"the scope of an IPv6 address", six, Address{}, Address{Scope: ScopeLink}, true},
		{"the scope of an IPv4 address", vipKey, Address{}, Address{Scope: ScopeLink}, false},
		{"the device that a gateway decides", route, Route{Gateway: gateway}, Route{Gateway: gateway, Device: "eth0", Type: Unicast}, true},
		{"the device that is wanted", route, Route{Gateway: gateway, Device: "eth1"}, Route{Gateway: gateway, Device: "eth0"}, false},
		{"IP_VS_SVC_F_HASHED and _PERSISTENT", webKey, VirtualServer{}, VirtualServer{Flags: 3}, true},
		{"IP_VS_SVC_F_ONEPACKET", webKey, VirtualServer{}, VirtualServer{Flags: 4}, false},
		{"the mask without persistence", webKey, VirtualServer{Netmask: 24}, VirtualServer{Netmask: 32}, true},
		{"the whole mask", webKey, VirtualServer{Persistence: 50e9}, VirtualServer{Persistence: 50e9, Netmask: 32}, true},
		{"the persistence engine", webKey, VirtualServer{}, VirtualServer{Engine: "sip"}, false},
		{"a flag of the scheduler", webKey, VirtualServer{Scheduler: "sh", Flags: FlagPort}, VirtualServer{Scheduler: "sh", Flags: FlagFallback}, false},
		{"a weight that no configuration can ask for", webServer, RealServer{Weight: 65535}, RealServer{Weight: 65536 + 65535}, false},
		{"the thresholds", webServer, RealServer{Upper: 10, Lower: 5}, RealServer{Upper: 10}, false},
		{"the tunnel without tunnelling", webServer, RealServer{}, RealServer{Tunnel: TunnelOptions{GUE, 6080, ChecksumFull}}, true},
		{"the port and checksum of ipip", webServer, RealServer{Forwarding: Tunnel}, RealServer{Forwarding: Tunnel, Tunnel: TunnelOptions{IPIP, 6080, ChecksumFull}}, true},
		{"the port of gre", webServer, gre, RealServer{Forwarding: Tunnel, Tunnel: TunnelOptions{GRE, 6080, ChecksumNone}}, true},
		{"the checksum of gre", webServer, gre, RealServer{Forwarding: Tunnel, Tunnel: TunnelOptions{GRE, 0, ChecksumFull}}, false},
		{"the type of the tunnel", webServer, gre, RealServer{Forwarding: Tunnel}, false},
		{"a tunnel of no known type", webServer, gre, RealServer{Forwarding: Tunnel, Tunnel: TunnelOptions{7, 0, ChecksumNone}}, false},
		{"the mask with persistence", webKey, VirtualServer{Persistence: 50e9, Netmask: 24}, VirtualServer{Persistence: 50e9, Netmask: 32}, false},
	}
	for _, test := range tests {
		var desired, live State
		if server, ok := test.key.(RealServerKey); ok {
			desired.VirtualServers = map[VirtualServerKey]VirtualServer{server.Service: {}}
			live.VirtualServers = map[VirtualServerKey]VirtualServer{server.Service: {}}
		}
		for _, side := range []struct {
			s *State
			v any
		}{{&desired, test.want}, {&live, test.have}} {
			if err := Apply(side.s, Change{Action: Create, Key: test.key, After: side.v}); err != nil {
				t.Fatal(err)
			}
		}
		changes, _ := Diff(desired, live, Claims{Objects: map[Key]Claim{webKey: Owned, test.key: Owned}}, nil)
		if same := len(changes) == 0; same != test.same {
			t.Errorf("%s: got %v, want the same: %v", test.name, told(changes), test.same)
		}
		if fields := fieldsOf(test.key, test.have, test.want); (len(fields) == 0) != test.same {
			t.Errorf("%s: the fields that differ are %v", test.name, fields)
		}
	}
}

func TestRecord(t *testing.T) {
	route := RouteKey{Table: 254, Destination: netip.MustParsePrefix("10.0.0.0/8"), Metric: 0}
	update := func(k Key, before, after any) Change {
		return Change{Action: Update, Key: k, Before: before, After: after}
	}
	c := Claims{Objects: map[Key]Claim{route: Adopted, webKey: Adopted, arpIgnore: Owned}}
	c.Record(update(route, Route{}, Route{MTU: 1400}), State{})
	c.Record(update(webKey, VirtualServer{}, VirtualServer{Scheduler: "rr"}), State{})
	c.Record(update(arpIgnore, Sysctl("5"), Sysctl("1")), State{})
	c.Record(Change{Layer: Behaviour, Action: Create, Name: "vip.web"}, State{})
	if c.Objects[route] != Owned {
		t.Error("a rewritten route carries ha's mark and is not owned")
	}
	if c.Objects[webKey] != Adopted {
		t.Error("an adopted service that is edited is deleted when it is no longer wanted")
	}
	if v, noted := c.Before[arpIgnore]; noted {
		t.Errorf("%s, which came after ha's own value, is noted as the value before ha", v)
	}
}

// TestMarkedAddressesOfAVIP: the part of live that belongs to a VIP brings its marks along.
func TestMarkedAddressesOfAVIP(t *testing.T) {
	ix := NewIndex(&Plan{VIPs: []VIP{{Name: "vip.web", Addresses: []PlacedAddress{{Key: vipKey}}}}})
	live := State{Addresses: map[AddressKey]Address{vipKey: {}}, Marked: map[Key]bool{vipKey: true}}
	changes, _ := Diff(ix.ResolveVIP("vip.web", Facts{}), ix.LiveVIP("vip.web", live), Claims{}, ix)
	if got := acts(changes, nil); !slices.Equal(got, []string{"delete " + vipKey.String()}) {
		t.Errorf("got %v, want the marked address deleted", got)
	}
}

// TestAnAddressInTheWayOfAVIP: the part of live that belongs to a VIP holds what keeps its addresses out.
func TestAnAddressInTheWayOfAVIP(t *testing.T) {
	wanted := AddressKey{"eth0", netip.MustParsePrefix("2001:db8::20/128")}
	there := AddressKey{"eth0", netip.MustParsePrefix("2001:db8::20/64")}
	ix := NewIndex(&Plan{VIPs: []VIP{{Name: "vip.web", Addresses: []PlacedAddress{{Key: wanted}}}}})
	live := State{
		Addresses: map[AddressKey]Address{there: {}},
		Links:     map[string]Link{"eth0": {Addresses: []netip.Prefix{there.Prefix}}},
	}
	desired := ix.ResolveVIP("vip.web", Facts{Active: map[string]bool{"vip.web": true}})
	if got, want := acts(Diff(desired, ix.LiveVIP("vip.web", live), Claims{}, ix)), []string{"conflict " + wanted.String()}; !slices.Equal(got, want) {
		t.Errorf("a foreign one: got %v, want %v", got, want)
	}
	live.Marked = map[Key]bool{there: true}
	want := []string{"delete " + there.String(), "create " + wanted.String()}
	if got := acts(Diff(desired, ix.LiveVIP("vip.web", live), Claims{}, ix)); !slices.Equal(got, want) {
		t.Errorf("one of ours: got %v, want %v", got, want)
	}
}
