package hcl

import (
	"slices"
	"testing"
)

// Filters are of the addresses of a VIP that accepts nothing, except on the owner, and of the virtual interface of IPv6.
func TestCompileFilters(t *testing.T) {
	c := mustLoad(t, `
node "lb1" {
  address   = "192.0.2.11"
  interface = "eth0"
}
node "lb2" {
  address   = "192.0.2.12"
  interface = "eth1"
}
vip "gateway" {
  vrid      = 51
  addresses = ["192.0.2.11/24", "fe80::51/64"]
  accept    = false
  address "2001:db8::51/64" {
    advertise = false
    device    = "eth2"
  }
  node "lb1" {
    priority = 255
  }
}
vip "six" {
  vrid      = 52
  addresses = ["2001:db8::52/128", "fe80::52/64"]
  virtual_mac {
  }
  node "lb1" {
    priority = 150
  }
  node "lb2" {
    accept = false
  }
}
vip "four" {
  vrid      = 53
  addresses = ["192.0.2.53/32"]
  virtual_mac {
  }
  address "2001:db8::53/128" {
    advertise = false
  }
  node "lb1" {
    priority = 150
  }
}
`)
	for node, want := range map[string][]string{
		"lb1": {"vip.six filter|vrrp6.52|"},
		"lb2": {
			"vip.gateway filter||192.0.2.11", "vip.gateway filter|eth1|fe80::51", "vip.gateway filter||2001:db8::51",
			"vip.six filter|vrrp6.52|", "vip.six filter||2001:db8::52", "vip.six filter|vrrp6.52|fe80::52",
		},
	} {
		var got []string
		for _, s := range compileNode(t, c, node).Plan.Statics {
			for _, f := range s.Filters {
				got = append(got, s.Name+" "+f.Key.String())
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", node, got, want)
		}
	}
}
