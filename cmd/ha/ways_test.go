package main

import (
	"net/netip"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// waysText is a VIP with routes of several next hops, over two links and in both families, one that is reached through another, and
// such as are for some packets only.
const waysText = `
cluster { name = "ways" }
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
vip "test" {
  vrid      = 51
  interval  = "100ms"
  addresses = ["192.0.2.1/32", "2001:db8::1/128"]

  route "198.51.100.0/24" {
    next_hop {
      gateway = "192.0.2.250"
      weight  = 3
    }
    next_hop {
      gateway = "10.0.0.9"
      realms  = "3/4"
    }
  }

  route "2001:db8:1::/48" {
    next_hop {
      gateway = "2001:db8::250"
      weight  = 3
    }
    next_hop {
      gateway = "2001:db8::251"
    }
  }

  route "10.8.0.0/16" {
    gateway = "10.9.0.1"
    onlink  = true
    device  = "eth1"
  }

  # The table is sorted: the way to the gateway comes behind what needs it, by its name.
  route "10.20.0.0/16" {
    gateway = "10.99.0.1"
  }
  route "10.99.0.0/16" {
    device = "eth1"
  }

  route "203.0.113.0/24" {
    device = "eth1"
    tos    = "AF11"
  }
  route "203.0.113.0/24" {
    type = "blackhole"
  }
  route "0.0.0.0/0" {
    type   = "local"
    device = "lo"
    table  = 300
  }
}
`

// waysShown are the lines that iproute2 shows of them, white space aside, with numbers instead of names: type 6 is blackhole,
// 2 is local.
func waysShown() map[string]string {
	return map[string]string{
		"route show 198.51.100.0/24":    "198.51.100.0/24 proto 112 nexthop via 192.0.2.250 dev eth0 weight 3 nexthop via 10.0.0.9 realms 3/4 dev eth1 weight 1",
		"-6 route show 2001:db8:1::/48": "2001:db8:1::/48 proto 112 metric 1024 pref medium nexthop via 2001:db8::250 dev eth0 weight 3 nexthop via 2001:db8::251 dev eth0 weight 1",
		"route show 10.20.0.0/16":       "10.20.0.0/16 via 10.99.0.1 dev eth1 proto 112",
		"route show 203.0.113.0/24":     "203.0.113.0/24 tos 0x28 dev eth1 proto 112 scope 253 6 203.0.113.0/24 proto 112",
		"route show table 300":          "2 default dev lo proto 112 scope 254",
	}
}

// waysStand tells whether all of them are there, or none.
func waysStand(t *testing.T, h *netlab.Host, all bool) bool {
	t.Helper()
	for question, want := range waysShown() {
		words := strings.Fields(strings.ReplaceAll(ask(t, h, "-N "+question), "realm ", "realms "))
		if got := strings.Join(words, " "); all && got != want || !all && strings.Contains(got, "proto 112") {
			return false
		}
	}
	return true
}

// TestNextHopsAreHealed: hands and links cannot change the ways of a route for long, and the plan of what is applied is empty throughout.
func TestNextHopsAreHealed(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	r := newRig(t, waysText)
	a := r.director("a")
	uplink := netlab.NewTestLAN(t)
	if err := uplink.Attach(a.Host, "eth1", netip.MustParsePrefix("10.0.0.11/24")); err != nil {
		t.Fatal(err)
	}
	a.start()
	stand := func(what string) {
		t.Helper()
		defer func() {
			if t.Failed() {
				for question := range waysShown() {
					t.Logf("ip %s: %s", question, ask(t, a.Host, "-N "+question))
				}
			}
		}()
		netlab.WaitFor(t, patience, what+": all routes to stand", func() bool { return waysStand(t, a.Host, true) })
		a.settled()
	}
	a.becomes("Active")
	stand("Active")
	for _, hand := range []string{
		"route delete 198.51.100.0/24",
		"route replace 198.51.100.0/24 via 192.0.2.250 proto 112",
		"route replace 198.51.100.0/24 proto 112 nexthop via 192.0.2.250 weight 3 nexthop via 10.0.0.8",
		"-6 route delete 2001:db8:1::/48 via 2001:db8::251 dev eth0",
		"-6 route append 2001:db8:1::/48 proto 112 via 2001:db8::252 dev eth0",
		"-6 route replace 2001:db8:1::/48 proto 112 dev eth0",
		"route delete 203.0.113.0/24 tos 0x28",
		"route delete 10.99.0.0/16",
		"route flush table 300",
	} {
		before := a.status().Corrections
		ip(t, a.Host, strings.Fields(hand)...)
		netlab.WaitFor(t, patience, hand+" to be put right", func() bool { return a.status().Corrections > before })
		stand(hand)
	}
	ip(t, a.Host, "link", "set", "eth1", "down")
	netlab.WaitFor(t, patience, "the routes to go with their link", func() bool { return ask(t, a.Host, "route show 10.99.0.0/16") == "" })
	ip(t, a.Host, "link", "set", "eth1", "up")
	stand("after a link was down")
	a.stop()
	if !waysStand(t, a.Host, false) {
		t.Error("it leaves routes behind")
	}
}
