package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// dualCrowd is many VIPs of both families on one link, of one node.
func dualCrowd(n int) string {
	var b strings.Builder
	b.WriteString("cluster { name = \"crowd\" }\nnode \"a\" {\n  address   = \"192.0.2.11\"\n  interface = \"eth0\"\n}\n")
	for i := range n {
		fmt.Fprintf(&b, "vip \"v%03d\" {\n  vrid      = %d\n  interval  = \"100ms\"\n  addresses = [\"10.9.0.%d/32\", \"fe80::9:%d/128\", \"2001:db8:9::%d/128\"]\n}\n", i, i+1, i+1, i+1, i+1)
	}
	return b.String()
}

// A link with hundreds of VIPs goes down and comes back. What the kernel and the enforcer remove then is nobody else's doing, and
// nothing is put on the dead link. The log has a line for each cause, the events have every object.
func TestALinkOfACrowdGoesDown(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	const vips = 200
	r := newRig(t, dualCrowd(vips))
	d := r.director("a")
	d.start()
	are := func(state string, here bool) func() bool {
		return func() bool {
			return !slices.ContainsFunc(d.status().VIPs, func(v control.VIPStatus) bool {
				return v.State != state || slices.ContainsFunc(v.Addresses, func(a control.AddressStatus) bool { return a.Installed != here })
			})
		}
	}
	netlab.WaitFor(t, patience, "all VIPs to stand", are("Active", true))
	ip(t, d.Host, "link", "set", "eth0", "down")
	netlab.WaitFor(t, patience, "all VIPs to have left", are("Initialize", false))
	if n := len(eventsOf(t, d, "transition")); n < 3*2*vips {
		t.Errorf("%d transitions among the events, want all of them", n)
	}
	ip(t, d.Host, "link", "set", "eth0", "up")
	netlab.WaitFor(t, patience, "all VIPs to stand again", are("Active", true))

	if n := d.status().Corrections; n > 0 || d.happened("correction", "") {
		t.Errorf("%d corrections, and nobody else changed anything: %q", n, eventsOf(t, d, "correction"))
	}
	if d.happened("problem", "announce") {
		t.Error("addresses were announced on a link that was down")
	}
	d.stop() // the log is complete
	lines := 0
	for line := range strings.Lines(d.log()) {
		if strings.Contains(line, "interface eth0 is down") {
			lines++
		}
	}
	if lines == 0 || lines > vips/4 {
		t.Errorf("%d lines of the log tell that eth0 is down, want one for each kind of event, or a few:\n%.4000s", lines, d.log())
	}
}
