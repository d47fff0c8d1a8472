package main

import (
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// The active director finds a server that answers at its own address and has lost the VIP, which no plain check can see, and
// takes it back when the VIP is there again.
func TestIPVSChecksTheDataPath(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ipvsadm", "ip")
	r := newRig(t, strings.Replace(balancedText, `  check "tcp" {`, "  check \"tcp\" {\n    data_path = true", 1))
	r.realServer("web1", "192.0.2.31")
	web2 := r.realServer("web2", "192.0.2.32")
	d := r.director("a")
	d.start()
	d.becomes("Active")
	both := []string{"192.0.2.31:80 10", "192.0.2.32:80 10"}
	whole := func() bool { return balances(t, d.Host, both...) }
	netlab.WaitFor(t, patience, "both servers to be balanced", whole)

	web2.vip(t, false)
	netlab.WaitFor(t, patience, "the server without the VIP to leave", func() bool { return balances(t, d.Host, both[0]) })
	web2.vip(t, true)
	netlab.WaitFor(t, patience, "the server to come back", whole)
}
