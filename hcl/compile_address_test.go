package hcl

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A peer goes to the kernel as it is written. IPv4 addresses with one peer are one subnet to the kernel, so that promotion is asked
// for although each is a /32.
func TestCompilePeers(t *testing.T) {
	c := mustLoad(t, `
node "lb1" {
  address   = "192.0.2.11"
  interface = "eth0"
}
vip "web" {
  vrid      = 51
  addresses = ["2001:db8::2/128"]
  address "192.0.2.20/32" {
    peer = "198.51.100.1/32"
  }
  address "2001:db8::20/128" {
    device = "eth1"
    peer   = "2001:db8:1::1/128"
  }
}
static "uplink" {
  address "192.0.2.30/32" {
    device = "eth1"
    peer   = "198.51.100.2/32"
  }
}
`)
	want := []string{
		`vip.web address|eth0|2001:db8::2/128 {"scope":"global","nodad":true,"options":{"deprecated":true}}`,
		`vip.web address|eth0|192.0.2.20/32 {"scope":"global","peer":"198.51.100.1/32"}`,
		`vip.web address|eth1|2001:db8::20/128 {"scope":"global","peer":"2001:db8:1::1/128","nodad":true}`,
		`static.uplink address|eth1|192.0.2.30/32 {"scope":"global","peer":"198.51.100.2/32"}`,
		`vip.web sysctl|net.ipv4.conf.eth0.promote_secondaries "1"`,
	}
	if d := cmp.Diff(want, kernelSide(compileNode(t, c, "lb1").Plan)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
