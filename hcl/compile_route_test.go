package hcl

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Routes go to the kernel as ip-route(8) would make them: the scope and the table follow the type, a lone next hop is the
// route's own way, and IPv6 has its usual metric.
func TestCompileRoutes(t *testing.T) {
	c := mustLoad(t, `
node "lb1" {
  address   = "192.0.2.11"
  interface = "eth0"
}
vip "web" {
  vrid      = 51
  addresses = ["192.0.2.20/32"]
  route "0.0.0.0/0" {
    table = 100
    next_hop {
      gateway = "192.0.2.1"
      weight  = 3
      realms  = "3/4"
    }
    next_hop {
      gateway = "2001:db8::1"
      device  = "eth1"
      onlink  = true
      encap "mpls" {
        labels = [100, 200]
        ttl    = 5
      }
    }
  }
  route "0.0.0.0/0" {
    table  = 200
    next_hop {
      gateway = "192.0.2.2"
    }
    tos     = "EF"
    rto_min = "50ms"
  }
  rule "out" {
    priority = 100
    protocol = "TCP"
    tos      = "AF41"
    table    = "main"
    realms   = "1/2"
  }
}
static "edge" {
  route "10.0.0.0/8" {
    type   = "local"
    device = "lo"
  }
  route "10.0.0.0/8" {
    type   = "local"
    device = "lo"
    table  = "main"
    metric = 7
  }
  route "232.0.0.0/8" {
    type   = "multicast"
    device = "eth1"
  }
  route "2001:db8:1::/48" {
    from   = "2001:db8:9::/48"
    device = "eth1"
    encap "seg6" {
      segments = ["fc00::1", "fc00::2"]
    }
  }
  route "2001:db8:1::/48" {
    from   = "::/0"
    metric = 0
    device = "eth1"
    encap "ip" {
      id          = 7
      source      = "2001:db8::1"
      destination = "2001:db8::2"
      ttl         = 64
      tos         = 4
      flags       = ["key", "csum"]
    }
  }
}
`)
	want := []string{
		`vip.web address|eth0|192.0.2.20/32 {"scope":"global"}`,
		`vip.web route|100|0.0.0.0/0|0 {"scope":"global","type":"unicast","next_hops":[` +
			`{"gateway":"192.0.2.1","weight":3,"realms":196612},` +
			`{"gateway":"2001:db8::1","device":"eth1","weight":1,"onlink":true,"encap":{"kind":"mpls","labels":[100,200],"ttl":5}}]}`,
		`vip.web route|200|0.0.0.0/0|0|tos 184 {"gateway":"192.0.2.2","scope":"global","type":"unicast","metrics":{"rto_min_ms":50,"locked":8192}}`,
		`vip.web rule|4|100|tos 136 ipproto 6 lookup 254 realms 1/2 {}`,
		`static.edge route|255|10.0.0.0/8|0 {"device":"lo","scope":"host","type":"local"}`,
		`static.edge route|254|10.0.0.0/8|7 {"device":"lo","scope":"host","type":"local"}`,
		`static.edge route|254|232.0.0.0/8|0 {"device":"eth1","scope":"link","type":"multicast"}`,
		`static.edge route|254|2001:db8:1::/48|1024|from 2001:db8:9::/48 {"device":"eth1","scope":"global","type":"unicast",` +
			`"encap":{"kind":"seg6","mode":"encap","segments":["fc00::1","fc00::2"]}}`,
		`static.edge route|254|2001:db8:1::/48|1024 {"device":"eth1","scope":"global","type":"unicast",` +
			`"encap":{"kind":"ip6","ttl":64,"id":7,"source":"2001:db8::1","destination":"2001:db8::2","tos":4,"flags":5}}`,
	}
	if d := cmp.Diff(want, kernelSide(compileNode(t, c, "lb1").Plan)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// An overlay means, of several routes to one network, the one in the same table.
func TestOverlayOfOneOfSeveralRoutes(t *testing.T) {
	c := mustLoad(t, twoNodes+`
static "edge" {
  route "0.0.0.0/0" {
    table   = 100
    gateway = "192.0.2.1"
  }
  route "0.0.0.0/0" {
    table   = 200
    gateway = "192.0.2.2"
  }
  node "lb2" {
    route "0.0.0.0/0" {
      table = 200
      mtu   = 1400
    }
    route "0.0.0.0/0" {
      table  = 300
      device = "eth1"
    }
  }
}
`)
	want := []string{
		`static.edge route|100|0.0.0.0/0|0 {"gateway":"192.0.2.1","scope":"global","type":"unicast"}`,
		`static.edge route|200|0.0.0.0/0|0 {"gateway":"192.0.2.2","scope":"global","type":"unicast","mtu":1400}`,
		`static.edge route|300|0.0.0.0/0|0 {"device":"eth1","scope":"link","type":"unicast"}`,
	}
	if d := cmp.Diff(want, kernelSide(compileNode(t, c, "lb2").Plan)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
