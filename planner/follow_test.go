package planner

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// followPlan is a director that is also a real server: the service follows its VIP, whose address stands on lo as well.
func followPlan() *Plan {
	vip := netip.MustParsePrefix("192.0.2.20/32")
	service := VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort("192.0.2.20:80")}
	always := VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort("192.0.2.21:80")}
	return &Plan{
		VIPs: []VIP{{Name: "vip.web", Addresses: []PlacedAddress{{Key: AddressKey{"eth0", vip}}}}},
		Statics: []Static{{Name: "pool.web", Addresses: []PlacedAddress{
			{Key: AddressKey{"lo", vip}, Value: Address{Scope: ScopeHost}},
		}}},
		Pools: []Pool{{
			Name:      "pool.web",
			Listeners: []Listener{{Key: service, Value: VirtualServer{Scheduler: "rr"}, When: "vip.web"}, {Key: always, Value: VirtualServer{Scheduler: "rr"}}},
			Servers:   []PoolServer{{Name: "lb2", Address: netip.MustParseAddrPort("192.0.2.12:80"), Weight: 1, Forwarding: DR}},
		}},
	}
}

// TestAServiceFollowsItsVIP: it is there before the VIP's address and leaves after it; the plan of a Backup tells of it as of what waits.
func TestAServiceFollowsItsVIP(t *testing.T) {
	const of = "ipvs_service|tcp|192.0.2.20:80"
	ix := NewIndex(followPlan())
	if got := ix.Followers("vip.other", "vip.web"); !slices.Equal(got, []string{"pool.web"}) || ix.Followers("vip.other") != nil {
		t.Errorf("followers: %v", got)
	}
	active, backup := Facts{Active: map[string]bool{"vip.web": true}}, Facts{}
	changes, _ := Diff(ix.Resolve(active), State{}, Claims{}, ix)
	got := orderOf(changes)
	if s, a := strings.Index(got, "create "+of), strings.Index(got, "create address|eth0|"); s < 0 || a < s {
		t.Errorf("becoming Active:\n%s", got)
	}
	live, claims := ix.Resolve(active), ClaimsAfter(changes, State{}, Claims{})
	changes, _ = Diff(ix.Resolve(backup), live, claims, ix)
	got = orderOf(changes)
	if s, a := strings.Index(got, "delete "+of), strings.Index(got, "delete address|eth0|"); a < 0 || s < a || strings.Contains(got, "192.0.2.21") || strings.Contains(got, "|lo|") {
		t.Errorf("becoming Backup:\n%s", got)
	}

	compared := Compare(followPlan(), nil, backup, State{}, Claims{})
	latent := ""
	for _, c := range compared.Latent {
		latent += c.Name + " when " + c.When + " " + strings.Join(c.Effects, ", ") + "\n"
	}
	if want := "vip.web address 192.0.2.20/32 dev eth0 when vip.web=active announce it\npool.web service 192.0.2.20:80/tcp when vip.web=active with its servers\n"; latent != want {
		t.Errorf("waiting:\n%swant\n%s", latent, want)
	}
	if compared.Effect != Compare(followPlan(), nil, active, State{}, Claims{}).Effect {
		t.Error("whether the VIP is Active at the moment changes what the plan does")
	}
}

// TestAServerBehindIsNotServing: an address that stands for a pool as a real server's does brings no clients to a service here.
func TestAServerBehindIsNotServing(t *testing.T) {
	ix := NewIndex(followPlan())
	live := ix.Resolve(Facts{Active: map[string]bool{"vip.web": true}})
	for k := range live.Addresses {
		if k.Device == "eth0" {
			delete(live.Addresses, k)
		}
	}
	d := &differ{live: live, ix: ix}
	if d.serving(followPlan().Pools[0].Listeners[0].Key) {
		t.Error("it is taken for served")
	}
}
