package main

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// The MAC addresses of VRID 51 (RFC 9568 section 7.3).
const (
	virtual4 = "\x00\x00\x5e\x00\x01\x33"
	virtual6 = "\x00\x00\x5e\x00\x02\x33"
)

// virtualDuel is a duel with virtual MAC addresses on both sides; words are those of keepalived for its side.
func virtualDuel(t *testing.T, text, kindA, kindB, words string) *duel {
	t.Helper()
	d := newDuel(t, text, kindA, kindB)
	for _, c := range []*contender{d.a, d.b} {
		if k, ok := c.router.(*keepalived); ok {
			k.say(words)
		}
	}
	return d
}

// say adds words to the instance in keepalived's configuration.
func (k *keepalived) say(words string) {
	k.t.Helper()
	conf, err := os.ReadFile(k.path("keepalived.conf"))
	if err != nil {
		k.t.Fatal(err)
	}
	conf = bytes.Replace(conf, []byte("vrrp_instance test {\n"), []byte("vrrp_instance test {\n"+words), 1)
	if err := os.WriteFile(k.path("keepalived.conf"), conf, 0o600); err != nil {
		k.t.Fatal(err)
	}
}

// virtualStory is the life of two routers as a client sees it: which addresses stand where is the other one's business. A
// keepalived that dies leaves the VIP behind: where adverts are physical, no frame tells the switch that the virtual MAC has
// moved for longer than its next answer to ARP, so nobody can say who is reached then.
func (d *duel) virtualStory(words string) {
	d.t.Helper()
	a, b := d.a, d.b
	b.start()
	d.answeredBy(b)
	a.start()
	d.answeredBy(a)
	a.stop()
	d.answeredBy(b)
	a.start()
	d.answeredBy(a)
	if _, stays := a.router.(*keepalived); !stays || !strings.Contains(words, "base") {
		a.crash()
		d.answeredBy(b)
		a.start()
		d.answeredBy(a)
	}
	for _, c := range []*contender{a, b} {
		if h, ok := c.router.(*director); ok {
			h.settled()
			if lines := c.unhappy(); len(lines) > 0 {
				d.t.Errorf("%s complains:\n%s", c.name, strings.Join(lines, "\n"))
			}
		}
	}
	d.virtualFrames(words != "")
}

// virtualFrames: what carries a virtual MAC carries that of its family, in the frame and in what it announces; all nodes
// announce with it, or ours do alone.
func (d *duel) virtualFrames(all bool) {
	d.t.Helper()
	carried := 0
	for _, f := range d.capture.Frames() {
		source := f.Data[6:12]
		advert, _ := advertIn(f)
		ipv6 := f.Data[12] == 0x86
		if (advert != nil || announcedIn(f).IsValid()) && (string(source) == virtual4 && ipv6 || string(source) == virtual6 && !ipv6) {
			d.t.Errorf("a frame has the MAC address of the other family: %x", f.Data)
		}
		if a := announcedIn(f); slices.Contains(addrs(d.vips), a) {
			if string(source[:4]) == virtual4[:4] {
				carried++
			}
			hardware := f.Data[len(f.Data)-6:] // of an NA, the last option
			if !ipv6 {
				hardware = f.Data[ethernetHeader+8 : ethernetHeader+14]
			}
			if !slices.Equal(source, hardware) || all && string(source[:4]) != virtual4[:4] {
				d.t.Errorf("%v is announced from %x with %x: %x", a, source, hardware, f.Data)
			}
		}
	}
	if carried == 0 {
		d.t.Error("nothing was announced with the virtual MAC address")
	}
}

func addrs(list []netip.Prefix) []netip.Addr {
	var out []netip.Addr
	for _, p := range list {
		out = append(out, p.Addr())
	}
	return out
}

// ha and keepalived share the virtual MAC of a VIP: each preempts, leaves, dies and comes back, and a client reaches whoever
// is Active. (L01 in substance: a peer with the same virtual MAC is heard. Our macvlan is in bridge mode, not private, and hears on
// the parent: see planner.Interface.)
//
// conform: L01 N07
func TestPeersWithAVirtualMAC(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	const block, base = "virtual_mac {\n}\n", "virtual_mac {\n transmit = \"base\"\n}\n"
	all := map[string]func(*testing.T){}
	for name, c := range map[string]struct{ text, words string }{
		"version 2":             {with(duelText(2, "1s", "192.0.2.1/32"), block), " use_vmac\n"},
		"version 3 over IPv4":   {with(duelText(3, "200ms", "192.0.2.1/32"), block), " use_vmac\n"},
		"version 3 over IPv6":   {with(duelText(3, "200ms", "fe80::51/128", "2001:db8::1/128"), block), " use_vmac\n"},
		"from the physical MAC": {with(duelText(3, "200ms", "192.0.2.1/32"), base), " use_vmac\n vmac_xmit_base\n"},
		"a peer without":        {with(duelText(3, "200ms", "192.0.2.1/32"), block), ""},
	} {
		for _, kinds := range [][2]string{{"ha", "keepalived"}, {"keepalived", "ha"}, {"ha", "ha"}} {
			all[name+", "+kinds[0]+" before "+kinds[1]] = func(t *testing.T) {
				virtualDuel(t, c.text, kinds[0], kinds[1], c.words).virtualStory(c.words)
			}
		}
	}
	together(t, all)
}

// A Backup with a virtual MAC says nothing with it.
//
// conform: L03
func TestAVirtualMACIsSilentInBackup(t *testing.T) {
	netlab.Need(t, "netns")
	text := onB(duelText(3, "100ms", "192.0.2.1/32", "2001:db8::1/128"), "virtual_mac {\n}\n")
	d := newDuel(t, text, "ha", "ha")
	d.a.start()
	d.answeredBy(d.a)
	d.b.start()
	heard := 0
	if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool {
		if sent(f, d.a) {
			heard++
		}
		return heard > 200
	}); !ok {
		t.Fatal("the Active router falls silent")
	}
	for _, f := range d.capture.Frames() {
		if string(f.Data[6:12]) == virtual4 || string(f.Data[6:12]) == virtual6 {
			t.Errorf("the Backup said %x", f.Data)
		}
	}
	d.a.crash()
	d.answeredBy(d.b) // so it did listen
}

// Each address is answered for once, with its own MAC address, whatever rp_filter the machine has for all interfaces, and a
// deleted interface comes back with all that it carries.
//
// conform: L02 L04
func TestAVirtualMACOnItsNode(t *testing.T) {
	netlab.Need(t, "netns")
	for _, filter := range []string{"1", "2"} {
		t.Run("rp_filter "+filter, func(t *testing.T) {
			// Nobody misses the Active router for three intervals: time enough to make an interface on a busy machine.
			d := newDuel(t, with(duelText(3, "1s", "192.0.2.1/32"), "virtual_mac {\n}\n"), "ha", "ha")
			const all = "net.ipv4.conf.all.rp_filter"
			for _, c := range []*contender{d.a, d.b} {
				sysctl(t, c.host, all, filter)
			}
			d.b.start()
			d.answeredBy(d.b)
			d.a.start()
			d.answeredBy(d.a)
			ip(t, d.a.host, "link", "delete", "vrrp.51")
			netlab.WaitFor(t, patience, "the interface to come back with its address", func() bool {
				out, err := d.a.host.Command(t.Context(), "ip", "address", "show", "dev", "vrrp.51").CombinedOutput()
				return err == nil && strings.Contains(string(out), "192.0.2.1/32")
			})
			d.answeredBy(d.a)
			since := time.Now()
			if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool {
				pdu, source := advertIn(f)
				return pdu != nil && f.At.After(since) && string(f.Data[6:12]) == virtual4 && source.String() == "192.0.2.11"
			}); !ok {
				t.Error("no advert leaves through the new interface")
			}
			if h, ok := d.a.router.(*director); !ok || h.happened("transition", "Active -> ") {
				t.Error("the Active router lets go of a VIP whose interface comes back at once")
			}
			vip, own := repliesFor(t, d, netip.MustParseAddr("192.0.2.1")), repliesFor(t, d, netip.MustParseAddr("192.0.2.11"))
			if len(vip) != 1 || string(vip[0]) != virtual4 || len(own) != 1 || !slices.Equal(own[0], d.a.mac) {
				t.Errorf("answers for the VIP came from %x, want %x once; for the node from %x, want %x once", vip, virtual4, own, d.a.mac)
			}
			if got := sysctl(t, d.a.host, all, ""); got != filter {
				t.Errorf("%s is %s, want %s as before", all, got, filter)
			}
		})
	}
}

// What two VIPs need of their common parent stays for the second when the first goes, and goes back with it.
//
// conform: L06
func TestVirtualMACsShareAParent(t *testing.T) {
	netlab.Need(t, "netns")
	one := with(duelText(3, "200ms", "192.0.2.1/32"), "virtual_mac {\n}\n")
	two := one + strings.NewReplacer(`"test"`, `"second"`, "51", "52", "192.0.2.1/", "192.0.2.2/").Replace(one[strings.Index(one, "vip \"test\""):])
	none := one[:strings.Index(one, "vip \"test\"")]
	r := newRig(t, two)
	d := r.director("a")
	const ignore = "net.ipv4.conf.eth0.arp_ignore"
	before := sysctl(t, d.Host, ignore, "")
	d.start()
	for _, step := range []struct{ text, ignore, links string }{{two, "1", "vrrp.51 vrrp.52"}, {one, "1", "vrrp.51"}, {none, before, ""}} {
		d.mustApply(compile(t, loadText(t, step.text), "a"))
		var links []string
		for _, name := range []string{"vrrp.51", "vrrp.52"} {
			if d.Command(t.Context(), "ip", "link", "show", name).Run() == nil {
				links = append(links, name)
			}
		}
		if got := sysctl(t, d.Host, ignore, ""); got != step.ignore || strings.Join(links, " ") != step.links {
			t.Errorf("%s is %s, want %s; interfaces are %q, want %q", ignore, got, step.ignore, links, step.links)
		}
		d.settled()
	}
}

// Adverts come from the MAC address that is asked for, announcements from the virtual one always.
//
// conform: L07
func TestAVirtualMACTransmits(t *testing.T) {
	netlab.Need(t, "netns")
	for _, transmit := range []string{"virtual", "base"} {
		d := newDuel(t, with(duelText(3, "200ms", "192.0.2.1/32", "2001:db8::1/128"), "virtual_mac {\n transmit = \""+transmit+"\"\n}\n"), "ha", "ha")
		d.a.start()
		adverts, announced := map[string]bool{}, map[netip.Addr]bool{}
		if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool {
			if pdu, _ := advertIn(f); pdu != nil {
				adverts[net.HardwareAddr(f.Data[6:12]).String()] = true
			}
			if a := announcedIn(f); slices.Contains(addrs(d.vips), a) {
				announced[a] = true
			}
			return len(announced) == 2 && len(adverts) >= 1 && (transmit == "base" || len(adverts) == 2)
		}); !ok {
			t.Errorf("%s: adverts from %v, announcements of %v", transmit, adverts, announced)
		}
		if got := adverts[d.a.mac.String()]; got != (transmit == "base") || transmit == "base" && len(adverts) > 1 {
			t.Errorf("%s: adverts come from %v; the interface has %v", transmit, adverts, d.a.mac)
		}
		d.virtualFrames(true)
	}
}

// repliesFor are the MAC addresses that answer to a question, each once: who hears no answer for a second asks again.
func repliesFor(t *testing.T, d *duel, a netip.Addr) (from [][]byte) {
	t.Helper()
	ip(t, d.watch, "neighbour", "flush", "dev", "eth0")
	since := time.Now()
	if err := d.watch.Do(func() error {
		conn, err := net.Dial("tcp", netip.AddrPortFrom(a, 7777).String())
		if err == nil {
			err = conn.Close()
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	answer := func(f netlab.Frame) bool {
		data := f.Data[ethernetHeader:]
		return f.Data[12] == 8 && f.Data[13] == unix.ETH_P_ARP&0xff && data[7] == 2 && netip.AddrFrom4([4]byte(data[14:18])) == a
	}
	d.capture.Wait(patience, func(f netlab.Frame) bool { return f.At.After(since) && answer(f) }) // it counts below
	for _, f := range d.capture.Frames() {
		if f.At.After(since) && answer(f) {
			from = append(from, f.Data[6:12])
		}
	}
	slices.SortFunc(from, bytes.Compare)
	return slices.CompactFunc(from, bytes.Equal)
}

// The virtual interface goes with its parent and comes back with it, and the election with both.
//
// conform: L09
func TestAVirtualMACFollowsItsParent(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	text := strings.Replace(with(duelText(3, "200ms", "192.0.2.1/32"), "virtual_mac {\n}\n"), `vrid      = 51`, "vrid      = 51\n  interface = \"eth1\"", 1)
	r := newRig(t, text)
	d := r.director("a")
	for round := range 2 {
		lan := netlab.NewTestLAN(t)
		capture := lan.MustAdd(t, "watch").MustCapture(t)
		if err := lan.Attach(d.Host, "eth1", netip.MustParsePrefix("192.0.2.11/24")); err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			d.start()
		}
		d.becomes("Active")
		for what, is := range map[string]func(netlab.Frame) bool{
			"an advert": func(f netlab.Frame) bool {
				pdu, _ := advertIn(f)
				return pdu != nil && string(f.Data[6:12]) == virtual4
			},
			"an announcement": func(f netlab.Frame) bool { return announcedIn(f) == netip.MustParseAddr("192.0.2.1") },
		} {
			if _, ok := capture.Wait(patience, is); !ok {
				t.Errorf("round %d: %s was not seen on the link", round, what)
			}
		}
		ip(t, d.Host, "link", "delete", "eth1")
		d.becomes("Initialize")
	}
	d.stop()
}
