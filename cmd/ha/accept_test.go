package main

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// knocker sends echo requests and connects from the watching host.
type knocker struct {
	*duel
	conns map[netip.Addr]net.Conn
}

func newKnocker(d *duel) *knocker {
	k := &knocker{duel: d, conns: map[netip.Addr]net.Conn{}}
	d.t.Cleanup(func() {
		for _, c := range k.conns {
			_ = c.Close() // nothing is lost
		}
	})
	return k
}

// knock sends an echo request to an address, and the first packet of a connection.
func (k *knocker) knock(to netip.Addr) {
	k.t.Helper()
	message := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: 7}}
	network, kind := "ip4:icmp", to
	if to.Is6() {
		network, message.Type = "ip6:ipv6-icmp", ipv6.ICMPTypeEchoRequest
		if to.IsLinkLocalUnicast() {
			kind = to.WithZone("eth0")
		}
	}
	request, err := message.Marshal(nil) // the kernel makes the checksum of ICMPv6
	if err != nil {
		k.t.Fatal(err)
	}
	err = k.watch.Do(func() (err error) {
		if k.conns[to] == nil {
			k.conns[to], err = net.Dial(network, kind.String())
		}
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	_, _ = k.conns[to].Write(request) // a neighbour that did not answer is told here; frames are what counts
	_ = k.watch.Do(func() error {
		conn, err := net.DialTimeout("tcp", netip.AddrPortFrom(kind, 7777).String(), 20*time.Millisecond)
		if err == nil {
			err = conn.Close()
		}
		return err
	})
}

// packetIn is the packet in a frame: its addresses, and its protocol with the type of ICMPv6.
func packetIn(f netlab.Frame) (source, destination netip.Addr, protocol, kind byte) {
	if len(f.Data) < ethernetHeader+41 {
		return source, destination, 0, 0
	}
	data := f.Data[ethernetHeader:]
	switch binary.BigEndian.Uint16(f.Data[12:]) {
	case unix.ETH_P_IP:
		return netip.AddrFrom4([4]byte(data[12:16])), netip.AddrFrom4([4]byte(data[16:20])), data[9], data[20]
	case unix.ETH_P_IPV6:
		return netip.AddrFrom16([16]byte(data[8:24])), netip.AddrFrom16([16]byte(data[24:40])), data[6], data[40]
	}
	return source, destination, 0, 0
}

// reached counts the packets that went to an address since a moment, but for neighbour discovery.
func (k *knocker) reached(a netip.Addr, since time.Time) (n int) {
	for _, f := range k.capture.Frames() {
		if _, to, protocol, kind := packetIn(f); to == a && f.At.After(since) && !isDiscovery(protocol, kind) {
			n++
		}
	}
	return n
}

// answers counts those that came from it.
func (k *knocker) answers(a netip.Addr, since time.Time) (n int) {
	for _, f := range k.capture.Frames() {
		if from, _, protocol, kind := packetIn(f); from == a && f.At.After(since) && !isDiscovery(protocol, kind) {
			n++
		}
	}
	return n
}

func isDiscovery(protocol, kind byte) bool {
	return protocol == unix.IPPROTO_ICMPV6 && (kind == 135 || kind == 136)
}

// inVain knocks at every VIP: a router is found to be its neighbour, packets go there, and none comes back, although the router's own address,
// which is asked last, answers.
func (k *knocker) inVain(what string, c *contender) {
	k.t.Helper()
	since, own := time.Now(), nodeAddress(k.t, k.config, strings.Fields(c.name)[0])
	for _, vip := range k.vips {
		netlab.WaitFor(k.t, patience, what+": packets to reach "+vip.Addr().String(), func() bool {
			k.knock(vip.Addr())
			return k.reached(vip.Addr(), since) >= 4 && entry(k.t, k.watch, vip.Addr()) == k.hardware(c, vip.Addr())
		})
	}
	netlab.WaitFor(k.t, patience, what+": the router's own address to answer", func() bool { k.knock(own); return k.answers(own, since) > 0 })
	for _, vip := range k.vips {
		if n := k.answers(vip.Addr(), since); n > 0 {
			k.t.Errorf("%s: %d packets came from %v, want none", what, n, vip)
		}
	}
}

// hardware is the MAC address by which a VIP is known.
func (k *knocker) hardware(c *contender, vip netip.Addr) string {
	if !bytes.Contains(k.text(c), []byte(`"virtual_mac"`)) {
		return c.mac.String()
	}
	if vip.Is6() {
		return net.HardwareAddr(virtual6).String()
	}
	return net.HardwareAddr(virtual4).String()
}

// text is what a router is told.
func (k *knocker) text(c *contender) []byte {
	if d, ok := c.router.(*director); ok {
		return d.config
	}
	return nil
}

// nft runs nft in a host.
func nft(t *testing.T, h *netlab.Host, words ...string) string {
	t.Helper()
	out, err := h.Command(t.Context(), "nft", words...).CombinedOutput()
	if err != nil {
		t.Fatalf("nft %s: %v: %s", strings.Join(words, " "), err, out)
	}
	return string(out)
}

// closed are VIPs that accept nothing.
func closed() map[string]string {
	const accept, mac = "accept = false\n", "virtual_mac {\n}\n"
	return map[string]string{
		"IPv4":                    with(duelText(3, "200ms", "192.0.2.1/24"), accept),
		"IPv6":                    with(duelText(3, "200ms", "fe80::51/64", "2001:db8::1/128"), accept),
		"IPv4 with a virtual MAC": with(duelText(3, "200ms", "192.0.2.1/32"), accept+mac),
		"IPv6 with a virtual MAC": with(duelText(3, "200ms", "fe80::51/128", "2001:db8::1/64"), accept+mac),
	}
}

// An address that accepts nothing is found by its neighbours and answers nobody, before a takeover, in it and after it: the filter
// stands before the address does. keepalived with no_accept does the same.
//
// conform: L05
func TestAVIPThatAcceptsNothing(t *testing.T) {
	netlab.Need(t, "netns", "nft", "ip", "keepalived")
	all := map[string]func(*testing.T){}
	for name, text := range closed() {
		all[name] = func(t *testing.T) {
			k := newKnocker(newDuel(t, text, "ha", "ha"))
			k.a.start()
			k.b.start()
			k.a.router.(*director).becomes("Active")
			k.inVain("at first", k.a)
			begin := time.Now()
			k.a.crash()
			netlab.WaitFor(t, patience, "the other one to take over", func() bool {
				for _, vip := range k.vips {
					k.knock(vip.Addr())
				}
				return k.b.router.(*director).vip().State == "Active"
			})
			k.inVain("after a takeover", k.b)
			for _, vip := range k.vips {
				if n := k.answers(vip.Addr(), begin); n > 0 {
					t.Errorf("%d packets came from %v in the takeover", n, vip)
				}
			}
		}
		if strings.Contains(name, "MAC") {
			continue
		}
		all[name+" beside keepalived"] = func(t *testing.T) {
			d := newDuel(t, text, "keepalived", "ha")
			words := d.a.router.(*keepalived)
			conf, err := os.ReadFile(words.path("keepalived.conf"))
			if err != nil {
				t.Fatal(err)
			}
			conf = bytes.Replace(conf, []byte("vrrp_instance test {\n"), []byte("vrrp_instance test {\n no_accept\n"), 1)
			if err := os.WriteFile(words.path("keepalived.conf"), conf, 0o600); err != nil {
				t.Fatal(err)
			}
			k := newKnocker(d)
			k.b.start()
			netlab.WaitFor(t, patience, "ha to be Active", func() bool { return holds(t, k.b.addresses, k.vips, true) })
			k.inVain("of ha", k.b)
			k.a.start()
			k.settle("keepalived to preempt", k.a, k.b)
			k.inVain("of keepalived", k.a)
		}
	}
	together(t, all)
}

// The argument comes and goes while the VIP is Active; what a firewall's restart flushes is put back; other tables are not
// touched, and nothing is left in the end.
func TestAcceptIsSwitched(t *testing.T) {
	netlab.Need(t, "netns", "nft", "ip")
	text := closed()["IPv6"]
	k := newKnocker(newDuel(t, text, "ha", "ha"))
	a := k.a.router.(*director)
	nft(t, a.Host, "add", "table", "inet", "other")
	before := nft(t, a.Host, "list", "ruleset")
	k.a.start()
	a.becomes("Active")
	k.inVain("at first", k.a)

	nft(t, a.Host, "flush", "ruleset")
	netlab.WaitFor(t, patience, "the filters to be put back", func() bool {
		return strings.Contains(nft(t, a.Host, "list", "ruleset"), "2001:db8::1")
	})
	nft(t, a.Host, "add", "table", "inet", "other")
	k.inVain("after a flush", k.a)
	a.settled()

	open := compile(t, loadText(t, strings.Replace(text, "accept = false\n", "", 1)), "a")
	a.mustApply(open)
	k.answeredBy(k.a)
	if got := nft(t, a.Host, "list", "ruleset"); got != before {
		t.Errorf("it accepts, and nftables holds:\n%s", got)
	}
	a.mustApply(a.config)
	k.inVain("again", k.a)

	empty := compile(t, loadText(t, text[:strings.Index(text, "vip \"test\"")]), "a")
	a.mustApply(empty)
	if got := nft(t, a.Host, "list", "ruleset"); got != before || holds(t, k.a.addresses, k.vips[:1], true) {
		t.Errorf("without the VIP nftables holds:\n%s", got)
	}
}
