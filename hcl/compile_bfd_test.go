package hcl

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/checks/bfd"
)

// What a session is on each node: derived ends, ends that are written, hops.
func TestCompileBFD(t *testing.T) {
	c := mustLoad(t, `
node "lb1" {
  address   = "192.0.2.11"
  interface = "eth0"
}

node "lb2" {
  address   = "192.0.2.12"
  interface = "eth0"
}

vip "web" {
  vrid      = 51
  addresses = ["192.0.2.20/32", "2001:db8::20/128", "fe80::51/64"]
  watch     = [bfd.pair]
  track "uplink" {
    bfd    = bfd.uplink
    weight = 60
  }
  node "lb1" {
    priority = 150
  }
}

pool "web" {
  listen = ["192.0.2.20:80"]
  server "web1" {
    address = "192.0.2.31:80"
    bfd     = bfd.uplink
  }
}

bfd "pair" {
}

bfd "uplink" {
  peer       = "198.51.100.1"
  interface  = "eth1"
  min_tx     = "50ms"
  min_rx     = "20ms"
  idle_tx    = "2s"
  multiplier = 5
  passive    = true
  min_ttl    = 64

  node "lb2" {
    peer             = "198.51.100.2"
    admin_down_fails = true
  }
}

bfd "far" {
  nodes    = [node.lb1]
  peer     = "203.0.113.1"
  multihop = true
  hops     = 3
}
`)
	addr := netip.MustParseAddr
	base := bfd.Config{MinTTL: 255, MinTX: 300 * time.Millisecond, MinRX: 300 * time.Millisecond, IdleTX: time.Second, Multiplier: 3}
	pair1, pair2 := base, base
	pair1.Name, pair1.Peer, pair1.Source = "bfd.pair", addr("192.0.2.12"), addr("192.0.2.11")
	pair2.Name, pair2.Peer, pair2.Source = "bfd.pair", addr("192.0.2.11"), addr("192.0.2.12")
	uplink1 := bfd.Config{
		Name: "bfd.uplink", Peer: addr("198.51.100.1"), Interface: "eth1", MinTTL: 64, MinTX: 50 * time.Millisecond, MinRX: 20 * time.Millisecond,
		IdleTX: 2 * time.Second, Multiplier: 5, Passive: true,
	}
	uplink2 := uplink1
	uplink2.Peer, uplink2.AdminDownFails = addr("198.51.100.2"), true
	far := base
	far.Name, far.Peer, far.Source, far.Multihop, far.MinTTL = "bfd.far", addr("203.0.113.1"), addr("192.0.2.11"), true, 252
	for node, want := range map[string][]bfd.Config{"lb1": {pair1, uplink1, far}, "lb2": {pair2, uplink2}} {
		compiled, err := c.Compile(node)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(compiled.BFD, want, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Errorf("%s: - got, + want\n%s", node, diff)
		}
		if got := compiled.Instances[0].Tracks; len(got) != 1 || got[0].Check != "bfd.uplink" || got[0].Weight != 60 {
			t.Errorf("%s tracks %+v", node, got)
		}
		if got := compiled.Plan.Pools[0].Servers[0].Checks; !slices.Equal(got, []string{"bfd.uplink"}) {
			t.Errorf("%s judges the server by %v", node, got)
		}
		for _, i := range compiled.Instances {
			if !slices.Equal(i.Watch, []string{"bfd.pair"}) {
				t.Errorf("%s watches %v", i.Name, i.Watch)
			}
		}
		for _, s := range compiled.BFD {
			if err := s.Validate(); err != nil {
				t.Error(err)
			}
		}
	}
}
