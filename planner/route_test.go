package planner

import (
	"encoding/json"
	"net/netip"
	"slices"
	"testing"
)

func TestList(t *testing.T) {
	a, b := ListOf(1, 2, 3), ListOf(1, 2, 3)
	if a != b || a == ListOf(1, 2) || a == ListOf(3, 2, 1) || ListOf[int]() != (List[int]{}) {
		t.Error("lists are not equal when their elements are")
	}
	if got := a.Slice(); !slices.Equal(got, []int{1, 2, 3}) || a.Len() != 3 || a.String() != "1, 2, 3" || a.IsZero() {
		t.Errorf("got %v of %d, %s", got, a.Len(), a)
	}
	for first := range a.All() {
		if first != 1 {
			t.Errorf("begins with %d", first)
		}
		break
	}
	for _, l := range []List[int]{a, {}} {
		data, err := json.Marshal(l)
		var again List[int]
		if err != nil || json.Unmarshal(data, &again) != nil || again != l {
			t.Errorf("%v is written as %s, %v", l, data, err)
		}
	}
	if json.Unmarshal([]byte(`["a"]`), &a) == nil {
		t.Error("a text is a number")
	}
}

// full is a route with all that a next hop and an encapsulation can say.
func full() Route {
	ip := netip.MustParseAddr
	return Route{Type: Unicast, NextHops: ListOf(
		NextHop{Gateway: ip("192.0.2.2"), Device: "eth0", Weight: 3, OnLink: true, Realms: 3<<16 | 4},
		NextHop{Device: "eth1", Weight: 1, Encap: Encap{Kind: EncapMPLS, Labels: ListOf[uint32](100, 200), TTL: 5}},
		NextHop{Device: "eth1", Weight: 1, Encap: Encap{
			Kind: EncapIP, ID: 7, Source: ip("192.0.2.1"), Destination: ip("192.0.2.9"), TTL: 64, TOS: 8, Flags: TunnelKey | TunnelSequence,
		}},
		NextHop{Gateway: ip("2001:db8::1"), Weight: 256, Encap: Encap{
			Kind: EncapSegments, Mode: SegmentsEncap, Segments: ListOf(ip("fc00::1"), ip("fc00::2")),
		}},
	)}
}

func TestRouteInDocuments(t *testing.T) {
	want := full()
	data, err := json.Marshal(want)
	var got Route
	if err != nil || json.Unmarshal(data, &got) != nil || got != want {
		t.Errorf("%s, %v reads as %+v", data, err, got)
	}
	const words = "via 192.0.2.2 dev eth0 weight 3 onlink realms 3/4, " +
		"encap mpls 100/200 ttl 5 dev eth1 weight 1, " +
		"encap ip id 7 src 192.0.2.1 dst 192.0.2.9 ttl 64 tos 8 key seq dev eth1 weight 1, " +
		"encap seg6 mode encap segs fc00::1,fc00::2 via 2001:db8::1 weight 256"
	if got := want.NextHops.String(); got != words {
		t.Errorf("got  %s\nwant %s", got, words)
	}
	data, err = json.Marshal(Route{Type: Blackhole})
	if want := `{"scope":"global","type":"blackhole"}`; string(data) != want || err != nil {
		t.Errorf("got %s, want %s: what is not set is left out", data, want)
	}
}

func TestNextHopsThatAreNoDifference(t *testing.T) {
	ip := netip.MustParseAddr
	four := RouteKey{Table: tableMain, Destination: netip.MustParsePrefix("10.0.0.0/8")}
	six := RouteKey{Table: tableMain, Destination: netip.MustParsePrefix("2001:db8::/32")}
	a, b := NextHop{Gateway: ip("192.0.2.2"), Weight: 1}, NextHop{Gateway: ip("192.0.2.3"), Device: "eth0", Weight: 2}
	c, d := NextHop{Gateway: ip("fe80::2"), Device: "eth0", Weight: 1}, NextHop{Gateway: ip("2001:db8::3"), Weight: 2}
	on := func(h NextHop, device string) NextHop { h.Device = device; return h }
	of := func(hops ...NextHop) Route { return Route{Type: Unicast, NextHops: ListOf(hops...)} }
	for _, tt := range []struct {
		name       string
		key        RouteKey
		want, have Route
		same       bool
	}{
		{"the gateway decides the device", four, of(a, b), of(on(a, "eth7"), b), true},
		{"the device that is wanted", four, of(a, b), of(a, on(b, "eth1")), false},
		{"IPv4 keeps the order", four, of(a, b), of(b, a), false},
		{"IPv6 has an order of its own", six, of(c, d), of(on(d, "eth1"), c), true},
		{"a weight", six, of(c, d), of(c, NextHop{Gateway: d.Gateway, Weight: 3}), false},
		{"one hop fewer", four, of(a, b), of(a), false},
		{"one way instead of several", four, of(a, b), Route{Type: Unicast, Gateway: a.Gateway}, false},
	} {
		if got := sameRoute(tt.key, tt.want, tt.have); got != tt.same {
			t.Errorf("%s: same is %v", tt.name, got)
		}
		if got := len(fieldsOf(tt.key, tt.have, tt.want)) == 0; got != tt.same {
			t.Errorf("%s: the plan shows %v", tt.name, fieldsOf(tt.key, tt.have, tt.want))
		}
	}
}

func TestRoutesInOrderOfDependency(t *testing.T) {
	key := func(to string) RouteKey { return RouteKey{Table: tableMain, Destination: netip.MustParsePrefix(to)} }
	via := func(gateway string) Route { return Route{Type: Unicast, Gateway: netip.MustParseAddr(gateway)} }
	far, middle, near := key("10.0.0.0/8"), key("172.16.0.0/12"), key("192.168.1.0/24")
	alone, hops := key("198.51.100.0/24"), key("9.0.0.0/8")
	elsewhere := RouteKey{Table: 100, Destination: near.Destination}
	routes := map[RouteKey]Route{
		far: via("172.16.0.1"), middle: via("192.168.1.1"), near: {Type: Unicast, Device: "eth0"}, alone: via("203.0.113.1"),
		hops:      {Type: Unicast, NextHops: ListOf(NextHop{Device: "eth0"}, NextHop{Gateway: netip.MustParseAddr("10.1.1.1")})},
		elsewhere: {Type: Unicast, Device: "eth1"},
	}
	got := byDependency([]RouteKey{elsewhere, hops, far, middle, near, alone}, routes)
	if want := []RouteKey{elsewhere, near, middle, far, hops, alone}; !slices.Equal(got, want) {
		t.Errorf("coming: got %v\nwant %v", got, want)
	}
	got = byDependents([]RouteKey{near, alone, middle, far}, routes)
	if want := []RouteKey{alone, far, middle, near}; !slices.Equal(got, want) {
		t.Errorf("going: got %v\nwant %v", got, want)
	}
	routes[near] = via("10.0.0.1") // a circle, which no kernel takes
	if got := byDependency([]RouteKey{far, middle, near}, routes); len(got) != 3 {
		t.Errorf("a circle leaves %v", got)
	}
}
