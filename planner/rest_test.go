package planner

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"
)

// TestChecksRestWhereTheVIPIsElsewhere: of pools that want it, and of those only when no other pool asks the same.
func TestChecksRestWhereTheVIPIsElsewhere(t *testing.T) {
	listener := func(address string) Listener {
		return Listener{Key: VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort(address)}}
	}
	vip := func(name, address string) VIP {
		return VIP{Name: name, Addresses: []PlacedAddress{{Key: AddressKey{"eth0", netip.MustParsePrefix(address)}}}}
	}
	plan := func(change func(web, db *Pool)) *Plan {
		web := Pool{Name: "pool.web", Suspend: true, Servers: servers(2), Listeners: []Listener{listener("192.0.2.20:80"), listener("192.0.2.21:80")}}
		db := Pool{Name: "pool.db", Servers: servers(3)[2:], Listeners: []Listener{listener("192.0.2.20:3306")}}
		change(&web, &db)
		return &Plan{VIPs: []VIP{vip("vip.a", "192.0.2.20/32"), vip("vip.b", "192.0.2.21/32")}, Pools: []Pool{web, db}}
	}
	for _, test := range []struct {
		name   string
		change func(web, db *Pool)
		active string
		want   []string
	}{
		{"nobody is here", func(_, _ *Pool) {}, "", []string{"a", "b"}},
		{"one of two VIPs is", func(_, _ *Pool) {}, "vip.b", nil},
		{"the pool does not want it", func(web, _ *Pool) { web.Suspend = false }, "", nil},
		{"both want it", func(_, db *Pool) { db.Suspend = true }, "", []string{"a", "b", "c"}},
		{"one of them is elsewhere", func(_, db *Pool) { db.Suspend = true }, "vip.b", []string{"c"}},
		{"another pool asks the same", func(web, db *Pool) { db.Servers = web.Servers[:1] }, "", []string{"b"}},
		{"an address that no VIP holds is always here", func(web, _ *Pool) { web.Listeners[1] = listener("192.0.2.99:80") }, "", nil},
		{"so is a firewall mark", func(web, _ *Pool) { web.Listeners[1].Key = VirtualServerKey{FWMark: 7} }, "", nil},
	} {
		ix := NewIndex(plan(test.change))
		if got := slices.Sorted(maps.Keys(ix.Resting(Facts{Active: map[string]bool{test.active: true}}))); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s: %v rest, want %v", test.name, got, test.want)
		}
	}
	if got := (*Index)(nil).Resting(Facts{}); got != nil {
		t.Errorf("without a plan %v rest", got)
	}
}
