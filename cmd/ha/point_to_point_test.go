package main

import (
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// pointToPointText is a VIP whose addresses have the options that are given.
func pointToPointText(options ...string) string {
	var blocks strings.Builder
	for i, prefix := range []string{"192.0.2.2/32", "192.0.2.3/32", "2001:db8::2/128"} {
		if options[i] != "" {
			blocks.WriteString("  address \"" + prefix + "\" {\n    advertise = false\n    " + options[i] + "\n  }\n")
		}
	}
	return strings.Replace(duelText(3, "200ms", "192.0.2.1/32"), "  priority  = 100\n", "  priority  = 100\n"+blocks.String(), 1)
}

// A peer is in the kernel as ip(8) shows it, with its route. Two addresses with one peer are one subnet to the kernel, and the second
// survives that the first is taken away. What promotion was before comes back.
func TestAddressesWithAPeer(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	const peer, peer6 = `peer = "198.51.100.1/32"`, `peer = "2001:db8:1::1/128"`
	const promotion = "net.ipv4.conf.eth0.promote_secondaries"
	r := newRig(t, pointToPointText(peer, peer, peer6))
	d := r.director("a")
	sysctl(t, d.Host, promotion, "0")
	d.start()
	d.becomes("Active")
	shows := func(what string, command []string, text string, is bool) {
		t.Helper()
		netlab.WaitFor(t, patience, what, func() bool { return strings.Contains(ip(t, d.Host, command...), text) == is })
	}
	address, route := []string{"-d", "address", "show", "dev", "eth0"}, []string{"-6", "route", "show", "dev", "eth0"}
	shows("the first address", address, "inet 192.0.2.2 peer 198.51.100.1/32", true)
	shows("the second address", address, "inet 192.0.2.3 peer 198.51.100.1/32", true)
	shows("the IPv6 address", address, "inet6 2001:db8::2 peer 2001:db8:1::1/128", true)
	shows("the route to the peer", route, "2001:db8:1::1 ", true)
	if now := sysctl(t, d.Host, promotion, ""); now != "1" {
		t.Errorf("%s is %s, want 1", promotion, now)
	}
	d.settled()

	corrections := d.status().Corrections
	d.mustApply(compile(t, loadText(t, pointToPointText("", peer, peer6)), "a"))
	shows("the first address to leave", address, "192.0.2.2 ", false)
	shows("the second address to stay", address, "inet 192.0.2.3 peer 198.51.100.1/32", true)
	d.settled()
	if n := d.status().Corrections - corrections; n != 0 {
		t.Errorf("%d corrections: the second address left with the first", n)
	}

	d.mustApply(compile(t, loadText(t, pointToPointText("", `peer = "198.51.100.9/32"`, "")), "a"))
	shows("another peer", address, "inet 192.0.2.3 peer 198.51.100.9/32", true)
	d.mustApply(compile(t, loadText(t, pointToPointText("", "", "")), "a"))
	shows("the peers to leave", address, "peer", false)
	shows("the route to the IPv6 peer to leave", route, "2001:db8:1::", false)
	netlab.WaitFor(t, patience, "what promotion was before", func() bool { return sysctl(t, d.Host, promotion, "") == "0" })
	d.settled()
}
