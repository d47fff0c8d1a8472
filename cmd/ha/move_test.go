package main

import (
	"net/netip"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// moveText is a VIP that takes routes and rules of both families along: in a table of its own, with the VIP as source, and
// through another interface.
const moveText = `
cluster { name = "move" }
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
node "b" {
  address   = "192.0.2.12"
  interface = "eth0"
}
vip "test" {
  vrid      = 51
  interval  = "200ms"
  addresses = ["192.0.2.1/32", "2001:db8::1/128"]

  route "0.0.0.0/0" {
    gateway = "192.0.2.250"
    source  = "192.0.2.1"
    table   = 100
  }

  route "198.51.100.0/24" {
    gateway  = "192.0.2.250"
    source   = "192.0.2.1"
    initcwnd = 20
    mtu      = 1400
    lock     = ["mtu"]
  }

  route "203.0.113.0/24" {
    device = "eth1"
  }

  route "2001:db8:1::/48" {
    gateway = "2001:db8::250"
    table   = 100
  }

  rule "out" {
    priority = 100
    from     = "192.0.2.1/32"
    table    = 100
  }

  rule "out6" {
    priority = 100
    from     = "2001:db8::1/128"
    iif      = "lo"
    table    = 100
  }

  node "a" {
    priority = 200
  }
}
static "always" {
  rule "refuse" {
    priority = 200
    to       = "198.18.0.0/15"
    action   = "unreachable"
  }
}
`

// moved are the lines that iproute2 shows of what moves with the VIP, by what it is asked.
func moved() map[string]string {
	return map[string]string{
		"route show table 100":                        "default via 192.0.2.250 dev eth0 proto 112 src 192.0.2.1",
		"route show 198.51.100.0/24":                  "via 192.0.2.250 dev eth0 proto 112 src 192.0.2.1",
		"route show 203.0.113.0/24":                   "dev eth1 proto 112 scope link",
		"-6 route show table 100":                     "2001:db8:1::/48 via 2001:db8::250 dev eth0 proto 112",
		"rule show priority 100":                      "from 192.0.2.1 lookup 100 proto 112",
		"-6 rule show priority 100":                   "from 2001:db8::1 iif lo lookup 100 proto 112",
		"route get 8.8.8.8 from 192.0.2.1":            "via 192.0.2.250 dev eth0 table 100",
		"-6 route get 2001:db8:1::9 from 2001:db8::1": "via 2001:db8::250 dev eth0 table 100",
	}
}

// ask is what iproute2 shows; of what it does not find it says nothing, or that it cannot.
func ask(t *testing.T, h *netlab.Host, question string) string {
	t.Helper()
	out, _ := h.Command(t.Context(), "ip", strings.Fields(question)...).CombinedOutput() // a table that is empty is an error
	return string(out)
}

// carries tells whether a host shows all of what moves with the VIP, or nothing of it.
func carries(t *testing.T, h *netlab.Host, all bool) bool {
	t.Helper()
	for question, line := range moved() {
		if strings.Contains(ask(t, h, question), line) != all {
			return false
		}
	}
	return true
}

// TestRoutesAndRulesMoveWithTheVIP: they come after the addresses and leave with them, hands and links cannot keep them
// away, and the plan of what is applied is empty throughout.
func TestRoutesAndRulesMoveWithTheVIP(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	d := newDuel(t, moveText, "ha", "ha")
	a, b := d.a.router.(*director), d.b.router.(*director)
	uplink := netlab.NewTestLAN(t)
	for _, n := range []*director{a, b} {
		if err := uplink.Attach(n.Host, "eth1", netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, n.node[0]}), 24)); err != nil {
			t.Fatal(err)
		}
		n.start()
	}
	atHome := func(what string, active, backup *contender) {
		t.Helper()
		d.settle(what, active, backup)
		netlab.WaitFor(t, patience, what+": routes and rules to be with the addresses", func() bool {
			return carries(t, active.host, true) && carries(t, backup.host, false)
		})
		for _, n := range []*director{a, b} {
			if n.process == nil {
				continue
			}
			if always := ask(t, n.Host, "rule show priority 200"); !strings.Contains(always, "from all to 198.18.0.0/15 unreachable proto 112") {
				t.Errorf("%s: the static rule on %s is %q", what, n.node, always)
			}
			n.settled()
		}
	}
	atHome("the better one is Active", d.a, d.b)

	for _, hand := range []string{
		"rule delete priority 100", "-6 rule delete priority 100", "route flush table 100", "-6 route flush table 100",
		"route delete 198.51.100.0/24", "address delete 192.0.2.1/32 dev eth0", "route replace 203.0.113.0/24 via 10.0.0.9 dev eth1",
	} {
		before := a.status().Corrections
		ip(t, a.Host, strings.Fields(hand)...)
		netlab.WaitFor(t, patience, hand+" to be put right", func() bool {
			return a.status().Corrections > before && carries(t, a.Host, true)
		})
	}
	ip(t, a.Host, "link", "set", "eth1", "down")
	netlab.WaitFor(t, patience, "the route to go with its link", func() bool { return ask(t, a.Host, "route show 203.0.113.0/24") == "" })
	ip(t, a.Host, "link", "set", "eth1", "up")
	atHome("after a link was down", d.a, d.b)

	label := strings.Replace(moveText, `["192.0.2.1/32", "2001:db8::1/128"]`,
		"[\"2001:db8::1/128\"]\n  address \"192.0.2.1/32\" {\n    label = \"eth0:vip\"\n  }", 1)
	a.mustApply(compile(t, loadText(t, label), "a")) // the address is replaced, and would take its routes along
	atHome("the address has a label", d.a, d.b)
	a.mustApply(a.config)
	atHome("the address has none", d.a, d.b)

	a.stop()
	atHome("the better one has left", d.b, d.a)
	a.start()
	atHome("the better one is back", d.a, d.b)
	if err := d.lan.Cut(a.Host); err != nil {
		t.Fatal(err)
	}
	atHome("the better one lost its cable", d.b, d.a)
	if err := d.lan.Heal(a.Host); err != nil {
		t.Fatal(err)
	}
	atHome("the cable is back", d.a, d.b)
	b.stop()
	a.stop()
	for _, c := range []*contender{d.a, d.b} {
		if !carries(t, c.host, false) {
			t.Errorf("%s leaves routes or rules behind", c.name)
		}
	}
}
