package enforcer

import (
	"testing"

	"ha/enforcer/control"
	"ha/enforcer/kernel/kerneltest"
	"ha/planner"
)

const forwarding = planner.SysctlKey("net.ipv4.ip_forward")

// The kernel has no events for sysctls: reading back finds what hands set, with IPVS and without.
func TestASysctlSetByHandIsPutRight(t *testing.T) {
	without := newFake()
	without.SetNoIPVS("IPVS is not in this kernel")
	for name, fake := range map[string]*kerneltest.Fake{"with IPVS": newFake(), "without IPVS": without} {
		t.Run(name, func(t *testing.T) {
			r := start(t, fake, fake, t.TempDir())
			r.mustApply(testConfig())
			for range 2 {
				before := r.Status(t.Context()).Corrections
				fake.SetSysctl(forwarding, "0")
				r.eventually("the sysctl is back", func(s planner.State) bool { return s.Sysctls[forwarding] == "1" })
				r.settled()
				if after := r.Status(t.Context()).Corrections; after != before+1 {
					t.Errorf("%d corrections were told, want one", after-before)
				}
			}
		})
	}
}

// Whoever looks at a plan in the moment of a difference sees it, and does not make the enforcer take it for known.
func TestALookHidesNoDifferenceFromReadingBack(t *testing.T) {
	r := startFake(t)
	c := testConfig()
	c.Plan.Settings.ReadBackMS = 600_000 // never, in this test
	r.mustApply(c)
	r.fake.SetSysctl(forwarding, "0")
	r.fake.DeleteByHand(webKey)
	s, err := r.Snapshot(t.Context(), control.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Live.Sysctls[forwarding] != "0" || has(s.Live.VirtualServers, webKey) {
		t.Errorf("the snapshot shows %+v, want the kernel as it is", s.Live)
	}
	r.eventually("all is back", func(s planner.State) bool {
		return s.Sysctls[forwarding] == "1" && has(s.VirtualServers, webKey)
	})
}
