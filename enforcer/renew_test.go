package enforcer

import (
	"net/netip"
	"testing"
	"time"

	"ha/planner"
)

// The addresses of an Active VIP have a lifetime in the kernel, which is renewed; a plan that wants them for ever gets
// that; what the kernel took away from a process that hung comes back.
func TestAddressesOfAnActiveVIPHaveALifetime(t *testing.T) {
	r := startFake(t)
	c := testConfig()
	c.Plan.VIPs[0].LifetimeMS = 6000
	r.mustApply(c)
	r.inbox.activity("vip.web", true)
	r.eventually("the address has its lifetime", func(s planner.State) bool {
		return has(s.Addresses, vipKey) && r.fake.Lifetime(vipKey) == 6*time.Second
	})
	r.fake.Expire()
	r.eventually("what expired is back, with its lifetime", func(s planner.State) bool {
		return has(s.Addresses, vipKey) && r.fake.Lifetime(vipKey) == 6*time.Second
	})
	c.Plan.VIPs[0].LifetimeMS = 0
	r.mustApply(c)
	r.eventually("the address stands for ever", func(s planner.State) bool {
		return has(s.Addresses, vipKey) && r.fake.Lifetime(vipKey) == 0
	})
	r.settled()
}

// The options of an IPv6 address change where it stands, with the lifetime that it has: nobody who is connected notices. Renewals
// keep them.
func TestOptionsOfAnActiveVIPAreEdited(t *testing.T) {
	key := planner.AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("2001:db8::20/128")}
	r := startFake(t)
	c := testConfig()
	c.Plan.Pools, c.Checks = nil, nil
	c.Plan.VIPs[0].LifetimeMS = 6000
	c.Plan.VIPs[0].Addresses = append(c.Plan.VIPs[0].Addresses, planner.PlacedAddress{Key: key})
	r.mustApply(c)
	r.inbox.activity("vip.web", true)
	r.eventually("the address stands", func(s planner.State) bool { return has(s.Addresses, key) })
	for _, options := range []planner.AddressOptions{{Deprecated: true}, {}, {Deprecated: true, NoPrefixRoute: true}} {
		c.Plan.VIPs[0].Addresses[1].Value.Options = options
		r.mustApply(c)
		if got := r.live().Addresses[key]; got.Options != options || r.fake.Lifetime(key) != 6*time.Second {
			t.Errorf("applied, it has %+v for %v, want %+v for 6 s", got.Options, r.fake.Lifetime(key), options)
		}
		r.fake.PutByHand(key, planner.Address{})
		r.eventually("what hands changed is put back", func(s planner.State) bool { return s.Addresses[key].Options == options })
	}
	r.settled()
}
