package enforcer

import (
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
