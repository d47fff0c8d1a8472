package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"ha/enforcer"
	"ha/enforcer/netlab"
)

const syncText = `
cluster { name = "duel" }
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
node "b" {
  address   = "192.0.2.12"
  interface = "eth0"
}
vip "inside" {
  vrid      = 51
  interval  = "200ms"
  addresses = ["192.0.2.1/32"]
  priority  = 100
  node "a" {
    priority = 200
  }
}
vip "outside" {
  vrid      = 52
  interface = "eth1"
  interval  = "200ms"
  addresses = ["198.51.100.1/32"]
  priority  = 100
  node "a" {
    priority = 200
  }
}
sync_group "edge" {
  vips = [vip.inside, vip.outside]
}
`

// syncDuel is two routers on two LANs, each with one VIP of a sync group.
type syncDuel struct {
	*duel
	outside map[*contender]*netlab.Addresses // of eth1
}

// settle waits until one contender has both VIPs and the other none.
func (d *syncDuel) settle(what string, active, backup *contender) {
	d.t.Helper()
	netlab.WaitFor(d.t, patience, what, func() bool {
		in, out := d.vips[:1], d.vips[1:]
		return holds(d.t, active.addresses, in, true) && holds(d.t, d.outside[active], out, true) &&
			holds(d.t, backup.addresses, in, false) && holds(d.t, d.outside[backup], out, false)
	})
}

func newSyncDuel(t *testing.T, kindA, kindB string) *syncDuel {
	t.Helper()
	d := &syncDuel{newDuel(t, syncText, kindA, kindB), map[*contender]*netlab.Addresses{}}
	d.vips = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("198.51.100.1/32")}
	outside := netlab.NewTestLAN(t)
	for i, c := range []*contender{d.a, d.b} {
		if err := outside.Attach(c.host, "eth1", netip.MustParsePrefix(fmt.Sprintf("198.51.100.%d/24", 11+i))); err != nil {
			t.Fatal(err)
		}
		addresses, err := c.host.Addresses("eth1")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = addresses.Close() }) // nothing of it is left to lose
		d.outside[c] = addresses
		k, is := c.router.(*keepalived)
		if !is {
			continue
		}
		var config enforcer.Config
		if err := json.Unmarshal(compile(t, d.config, []string{"a", "b"}[i]), &config); err != nil {
			t.Fatal(err)
		}
		var conf strings.Builder
		conf.WriteString("vrrp_sync_group edge {\n group {\n  one\n  two\n }\n}\n")
		for n, instance := range config.Instances {
			one := keepalivedConf(t, instance, d.vips[n:n+1])
			conf.WriteString(strings.Replace(one, "vrrp_instance test", "vrrp_instance "+[]string{"one", "two"}[n], 1))
		}
		if err := os.WriteFile(k.path("keepalived.conf"), []byte(conf.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// moves begins to count: what it returns checks that since then each VIP has left a once and has come to b once, as ha tells.
func (d *syncDuel) moves() (once func(when string)) {
	d.t.Helper()
	count := func(c *contender, text string) (n int) {
		if h, is := c.router.(*director); is {
			for _, e := range eventsOf(d.t, h, "transition") {
				if strings.Contains(e, text) {
					n++
				}
			}
		}
		return n
	}
	const leaves, comes = "Active -> ", " -> Active"
	left, came := count(d.a, leaves), count(d.b, comes)
	return func(when string) {
		d.t.Helper()
		for _, x := range []struct {
			c        *contender
			text     string
			n, added int
		}{{d.a, leaves, left, len(d.vips)}, {d.b, comes, came, len(d.vips)}} {
			if _, is := x.c.router.(*director); !is {
				continue
			}
			netlab.WaitFor(d.t, patience, "the transitions to be in the log", func() bool { return count(x.c, x.text) >= x.n+x.added })
			if n := count(x.c, x.text) - x.n; n != x.added {
				d.t.Errorf("%s: %d transitions %q of %s, want one of each of %d VIPs", when, n, x.text, x.c.name, x.added)
			}
		}
	}
}

// The VIPs of a sync group move together between ha and keepalived: when one of two interfaces fails, when the router leaves or
// dies, and when it comes back.
//
// conform: I07
func TestASyncGroupMovesBetweenHaAndKeepalived(t *testing.T) {
	netlab.Need(t, "netns", "ip", "keepalived")
	stories := map[string]func(t *testing.T){}
	for _, kinds := range [][2]string{{"ha", "keepalived"}, {"keepalived", "ha"}, {"ha", "ha"}} {
		stories[fmt.Sprintf("a=%s b=%s", kinds[0], kinds[1])] = func(t *testing.T) {
			d := newSyncDuel(t, kinds[0], kinds[1])
			d.a.start()
			d.b.start()
			d.settle("the better one to have both VIPs", d.a, d.b)
			for _, device := range []string{"eth1", "eth0"} {
				moved := d.moves()
				ip(t, d.a.host, "link", "set", device, "down")
				d.settle("both to leave with the one whose interface "+device+" failed", d.b, d.a)
				ip(t, d.a.host, "link", "set", device, "up")
				d.settle("both to come back with "+device, d.a, d.b)
				moved("while " + device + " failed")
			}
			d.a.stop()
			d.settle("both to be taken over from one that left", d.b, d.a)
			d.a.start()
			d.settle("both to go to the better one that came back", d.a, d.b)
			d.b.stop()
			d.settle("nothing to change when the other one leaves", d.a, d.b)
		}
	}
	together(t, stories)
}
