package main

import (
	"net/netip"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// A killed enforcer leaves what has no lifetime: rules, and routes that no address of the VIP carries. They do harm only to the
// node itself, since the addresses are gone, and the next enforcer takes them away, also when it starts as Backup.
//
// conform: L12
func TestWhatAKilledEnforcerLeavesIsTakenAway(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	d := newDuel(t, moveText, "ha", "ha")
	a, b := d.a.router.(*director), d.b.router.(*director)
	uplink := netlab.NewTestLAN(t)
	for _, n := range []*director{a, b} {
		if err := uplink.Attach(n.Host, "eth1", netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, n.node[0]}), 24)); err != nil {
			t.Fatal(err)
		}
	}
	b.start()
	netlab.WaitFor(t, patience, "b to have all", func() bool { return carries(t, b.Host, true) })
	b.crash()
	a.start()
	d.settle("the addresses of the killed one to leave", d.a, d.b)
	left := map[string]string{
		"rule show priority 100":    "from 192.0.2.1 lookup 100 proto 112",
		"route show 203.0.113.0/24": "dev eth1 proto 112 scope link",
		"-6 route show table 100":   "2001:db8:1::/48 via 2001:db8::250 dev eth0 proto 112",
	}
	for question, line := range left {
		if got := ask(t, b.Host, question); !strings.Contains(got, line) {
			t.Errorf("ip %s says %q; the documentation says that this stays until the enforcer is started again: %q", question, got, line)
		}
	}
	b.spawn()
	netlab.WaitFor(t, patience, "the next enforcer to clean up", func() bool { return carries(t, b.Host, false) })
	if v := b.answers().VIPs[0]; v.State == "Active" {
		t.Errorf("it became %s", v.State)
	}
	netlab.WaitFor(t, patience, "the better one to have all", func() bool { return carries(t, a.Host, true) })
	b.settled()
}
