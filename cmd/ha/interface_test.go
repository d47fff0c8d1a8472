package main

import (
	"net/netip"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// An interface that is renamed is gone for who was told its name: the VIP moves, nothing of it stays behind, and all is
// as before when the name is back.
//
// conform: L09
func TestARenamedInterfaceMovesTheVIP(t *testing.T) {
	netlab.Need(t, "netns", "ip", "keepalived")
	for _, kind := range []string{"ha", "keepalived"} {
		t.Run("beside "+kind, func(t *testing.T) {
			d := newDuel(t, duelText(3, "200ms", "192.0.2.1/32", "192.0.2.2/24"), "ha", kind)
			a := d.a.router.(*director)
			d.a.start()
			d.b.start()
			d.settle("the better one to be Active", d.a, d.b)
			for range 2 {
				for _, step := range []string{"eth0 down", "eth0 name up0", "up0 up"} {
					ip(t, a.Host, strings.Fields("link set "+step)...)
				}
				a.becomes("Initialize")
				netlab.WaitFor(t, patience, "the reason to be told", func() bool {
					return strings.Contains(a.vip().Why, "interface eth0 does not exist")
				})
				at, err := a.Addresses("up0")
				if err != nil {
					t.Fatal(err)
				}
				netlab.WaitFor(t, patience, "the addresses to leave the interface under its new name", func() bool {
					return holds(t, at, d.vips, false)
				})
				if err := at.Close(); err != nil {
					t.Fatal(err)
				}
				d.answeredBy(d.b)
				for _, step := range []string{"up0 down", "up0 name eth0", "eth0 up"} {
					ip(t, a.Host, strings.Fields("link set "+step)...)
				}
				d.settle("the better one to preempt", d.a, d.b)
				d.answeredBy(d.a)
			}
			a.settled()
		})
	}
}

// Adverts come from an address of the interface as it is now. Without one a node takes no part.
func TestTheSourceFollowsTheInterface(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	d := newDuel(t, duelText(3, "200ms", "192.0.2.1/32"), "ha", "ha")
	a := d.a.router.(*director)
	d.a.start()
	d.b.start()
	d.settle("the better one to be Active", d.a, d.b)
	ip(t, a.Host, "address", "add", "192.0.2.13/24", "dev", "eth0")
	ip(t, a.Host, "address", "delete", "192.0.2.11/24", "dev", "eth0")
	source := func(want string) {
		t.Helper()
		netlab.WaitFor(t, patience, "adverts to come from "+want, func() bool {
			v := a.vip()
			return v.State == "Active" && v.Instances[0].Source == want
		})
	}
	ip(t, a.Host, "address", "replace", "192.0.2.13/24", "dev", "eth0") // it may have gone with the first one
	source("192.0.2.13")
	ip(t, a.Host, "address", "delete", "192.0.2.13/24", "dev", "eth0")
	d.settle("who has no address to give way", d.b, d.a)
	netlab.WaitFor(t, patience, "the reason to be told", func() bool {
		return strings.Contains(a.vip().Why, "no usable source address")
	})
	ip(t, a.Host, "address", "add", "192.0.2.14/24", "dev", "eth0")
	source("192.0.2.14")
	d.settle("the better one to preempt", d.a, d.b)
	d.answeredBy(d.a)
	a.settled()
}

// Somebody flushes the interface and sets it up again, as network daemons do when they start: the VIP is back with it.
func TestAFlushedInterfaceComesBack(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	d := newDuel(t, duelText(3, "200ms", "192.0.2.1/32", "192.0.2.2/24"), "ha", "ha")
	a := d.a.router.(*director)
	d.a.start()
	d.b.start()
	d.settle("the better one to be Active", d.a, d.b)
	for range 3 {
		ip(t, a.Host, "address", "flush", "dev", "eth0")
		ip(t, a.Host, "address", "add", "192.0.2.11/24", "dev", "eth0")
		d.settle("the VIPs to come back", d.a, d.b)
		d.answeredBy(d.a)
	}
	a.settled()
}

// pairsOn are the routers that play on a kind of interface: two of ours, and keepalived where one machine has both it and the
// kind. Few have: keepalived is where the kernel is small, and the virtual machine has no keepalived.
func pairsOn(kind string) [][2]string {
	pairs := [][2]string{{"ha", "ha"}}
	if netlab.Missing("keepalived") == nil && netlab.Missing(kind) == nil {
		pairs = append(pairs, [2]string{"ha", "keepalived"}, [2]string{"keepalived", "ha"})
	}
	return pairs
}

// Elections run on VLANs, bridges and bonds as on any other interface.
func TestKindsOfInterfaces(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	kinds := map[string][]string{
		"vlan":   {"link add link eth0 name up0 type vlan id 100"},
		"bridge": {"link add up0 type bridge forward_delay 0 mcast_snooping 0", "link set eth0 master up0"},
		"bond":   {"link add up0 type bond mode active-backup miimon 10", "link set eth0 down", "link set eth0 master up0"},
	}
	all := map[string]func(*testing.T){}
	for name, steps := range kinds {
		text := strings.ReplaceAll(duelText(3, "200ms", "192.0.2.1/32", "192.0.2.2/32"), `"eth0"`, `"up0"`)
		for _, pair := range pairsOn(name) {
			all[name+", "+pair[0]+" before "+pair[1]] = func(t *testing.T) {
				netlab.Need(t, name) // "vlan", "bridge", "bond"
				d := newDuel(t, text, pair[0], pair[1])
				for i, c := range []*contender{d.a, d.b} {
					own := []string{"192.0.2.11/24", "192.0.2.12/24"}[i]
					ip(t, c.host, "address", "flush", "dev", "eth0")
					overlay(t, c, steps, own)
				}
				overlayWatch(t, d, name)
				d.story()
			}
		}
	}
	together(t, all)
}

// overlay makes up0 above eth0, with the host's address.
func overlay(t *testing.T, c *contender, steps []string, own string) {
	t.Helper()
	for _, step := range append(steps, "link set up0 up", "address add "+own+" dev up0") {
		ip(t, c.host, strings.Fields(step)...)
	}
	at, err := c.host.Addresses("up0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = at.Close() }) // a handle that was read from
	c.addresses = at
}

// overlayWatch lets the watching host speak in the VLAN too.
func overlayWatch(t *testing.T, d *duel, kind string) {
	t.Helper()
	if kind != "vlan" {
		return
	}
	ip(t, d.watch, "address", "flush", "dev", "eth0")
	for _, step := range []string{"link add link eth0 name up0 type vlan id 100", "link set up0 up", "address add 192.0.2.250/24 dev up0"} {
		ip(t, d.watch, strings.Fields(step)...)
	}
	capture, err := d.watch.Capture("up0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = capture.Close() }) // it holds nothing
	d.capture = capture
}

// A bond that loses one of its links costs nothing.
func TestABondOutlivesOneLink(t *testing.T) {
	netlab.Need(t, "netns", "ip", "bond")
	text := strings.ReplaceAll(duelText(3, "200ms", "192.0.2.1/32"), `"eth0"`, `"up0"`)
	d := newDuel(t, text, "ha", "ha")
	second := netlab.NewTestLAN(t)
	for i, c := range []*contender{d.a, d.b} {
		if err := second.Attach(c.host, "eth1"); err != nil {
			t.Fatal(err)
		}
		ip(t, c.host, "address", "flush", "dev", "eth0")
		overlay(t, c, []string{
			"link add up0 type bond mode active-backup miimon 10 num_grat_arp 1", "link set eth0 down", "link set eth0 master up0",
			"link set eth1 down", "link set eth1 master up0",
		}, []string{"192.0.2.11/24", "192.0.2.12/24"}[i])
	}
	a := d.a.router.(*director)
	d.a.start()
	d.b.start()
	d.settle("the better one to be Active", d.a, d.b)
	since := a.vip().Since
	for _, c := range []*contender{d.a, d.b} {
		if err := d.lan.Cut(c.host); err != nil {
			t.Fatal(err)
		}
	}
	sent := a.vip().Instances[0].Sent
	netlab.WaitFor(t, patience, "more adverts to be sent", func() bool { return a.vip().Instances[0].Sent > sent+10 })
	if v := a.vip(); v.State != "Active" || !v.Since.Equal(since) {
		t.Errorf("the VIP moved: %+v", v)
	}
	if !holds(t, d.b.addresses, []netip.Prefix{d.vips[0]}, false) {
		t.Error("both hold the VIP")
	}
}
