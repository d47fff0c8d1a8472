package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// sourceFor is the address that a host chooses for packets to another one.
func sourceFor(t *testing.T, h *netlab.Host, to netip.Addr) (from netip.Addr) {
	t.Helper()
	if err := h.Do(func() error {
		conn, err := net.Dial("udp", netip.AddrPortFrom(to, 9).String()) // nothing is sent
		if err != nil {
			return err
		}
		from = conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
		return conn.Close()
	}); err != nil {
		t.Fatal(err)
	}
	return from
}

// An IPv6 address that stands for nothing but itself is never the source of what its node begins, although it is the nearest to the
// other end, however often it is renewed and whatever hands make of it; keepalived does the same. Clients reach it. One word makes
// it a source, without taking it away.
func TestAVIPIsNoSource(t *testing.T) {
	netlab.Need(t, "netns", "ip", "keepalived")
	all := map[string]func(*testing.T){}
	for _, kind := range []string{"ha", "keepalived"} {
		all[kind] = func(t *testing.T) {
			vip, client, own := netip.MustParseAddr("2001:db8::251"), netip.MustParseAddr("2001:db8::250"), netip.MustParseAddr("2001:db8::11")
			text := duelText(3, "200ms", vip.String()+"/128")
			d := newDuel(t, text, kind, "ha")
			news := watchAddresses(t, d.a.host)
			d.a.start()
			d.answeredBy(d.a)
			if got := sourceFor(t, d.a.host, client); got != own {
				t.Errorf("the source for %v is %v, want %v", client, got, own)
			}
			if kind != "ha" {
				return
			}
			for renewed := 0; renewed < 3; {
				if n := <-news; n.Address == vip {
					renewed++
					if !n.Comes || n.Flags&unix.IFA_F_DEPRECATED == 0 {
						t.Errorf("news %d of the VIP is %+v", renewed, n)
					}
				}
			}
			ip(t, d.a.host, "address", "change", vip.String()+"/128", "dev", "eth0", "preferred_lft", "forever", "valid_lft", "forever")
			netlab.WaitFor(t, patience, "what hands did to be put back", func() bool { return sourceFor(t, d.a.host, client) == own })
			h := d.a.router.(*director)
			h.settled()

			block := fmt.Sprintf("  address \"%v/128\" {\n    preferred = true\n  }\n", vip)
			h.mustApply(compile(t, loadText(t, strings.Replace(text, fmt.Sprintf("  addresses = [\"%v/128\"]\n", vip), block, 1)), "a"))
			netlab.WaitFor(t, patience, "the VIP to be a source", func() bool { return sourceFor(t, d.a.host, client) == vip })
			for len(news) > 0 {
				if n := <-news; n.Address == vip && !n.Comes {
					t.Error("the VIP was taken away")
				}
			}
			h.settled()
		}
	}
	together(t, all)
}

// leadsTo tells whether a host has a route to an address.
func leadsTo(h *netlab.Host, to netip.Addr) bool {
	return h.Do(func() error {
		conn, err := net.Dial("udp", netip.AddrPortFrom(to, 9).String()) // nothing is sent
		if err != nil {
			return err
		}
		return conn.Close()
	}) == nil
}

// optionsText is a VIP with addresses that have these options, by the place in the list.
func optionsText(options ...string) string {
	var blocks strings.Builder
	for i, prefix := range []string{"198.51.100.1/24", "2001:db8:1::1/64", "2001:db8:2::1/64"} {
		blocks.WriteString("  address \"" + prefix + "\" {\n    advertise = false\n    " + options[i] + "\n  }\n")
	}
	return strings.Replace(duelText(3, "200ms", "192.0.2.1/32"), "  priority  = 100\n", "  priority  = 100\n"+blocks.String(), 1)
}

// The other options are in the kernel as ip(8) shows them, and go again.
func TestOptionsOfAddresses(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	r := newRig(t, optionsText("prefix_route = false", "prefix_route = false", "home = true\n    mngtmpaddr = true"))
	d := r.director("a")
	d.start()
	d.becomes("Active")
	shows := func(what string, command []string, text string, is bool) {
		t.Helper()
		netlab.WaitFor(t, patience, what, func() bool { return strings.Contains(ip(t, d.Host, command...), text) == is })
	}
	four, six := []string{"-4", "route", "show", "dev", "eth0"}, []string{"-6", "route", "show", "dev", "eth0"}
	at := func(address string) []string { return []string{"address", "show", "dev", "eth0", "to", address} }
	shows("the IPv4 address", at("198.51.100.1"), "noprefixroute", true)
	shows("the first IPv6 address", at("2001:db8:1::1"), "noprefixroute", true)
	shows("the second IPv6 address", at("2001:db8:2::1"), "home", true)
	shows("the second IPv6 address", at("2001:db8:2::1"), "mngtmpaddr", true)
	shows("no route to the IPv4 network", four, "198.51.100.0/24", false)
	shows("no route to the first IPv6 network", six, "2001:db8:1::/64", false)
	shows("the route to the second IPv6 network", six, "2001:db8:2::/64", true)
	d.settled()

	d.mustApply(compile(t, loadText(t, optionsText("", "", "prefix_route = false\n    preferred = false")), "a"))
	shows("the route to the IPv4 network", four, "198.51.100.0/24", true)
	shows("the route to the first IPv6 network", six, "2001:db8:1::/64", true)
	// With a lifetime the route is not taken away: it ends (inet6_addr_modify in net/ipv6/addrconf.c), and is listed for a while longer.
	netlab.WaitFor(t, patience, "the route to the second IPv6 network to end", func() bool { return !leadsTo(d.Host, netip.MustParseAddr("2001:db8:2::99")) })
	shows("the second IPv6 address to be no source", at("2001:db8:2::1"), "deprecated", true)
	shows("the second IPv6 address to be no home", at("2001:db8:2::1"), "home", false)
	d.settled()
	if n := d.status().Corrections; n != 0 {
		t.Errorf("%d corrections of what nobody changed", n)
	}
}

// An address that a manager of networks has made, with its options, is taken as it is.
func TestAManagedAddressIsAdopted(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	text := duelText(3, "200ms", "192.0.2.1/32") + "static \"uplink\" {\n  address \"2001:db8:1::7/64\" {\n    device = \"eth0\"\n  }\n  address \"198.51.100.7/24\" {\n    device = \"eth0\"\n  }\n}\n"
	r := newRig(t, text)
	d := r.director("a")
	ip(t, d.Host, "address", "add", "2001:db8:1::7/64", "dev", "eth0", "noprefixroute", "mngtmpaddr", "preferred_lft", "0")
	ip(t, d.Host, "address", "add", "198.51.100.7/24", "dev", "eth0", "noprefixroute")
	d.start()
	d.becomes("Active")
	d.settled()
	ip(t, d.Host, "address", "change", "2001:db8:1::7/64", "dev", "eth0", "noprefixroute", "mngtmpaddr", "preferred_lft", "1000", "valid_lft", "2000")
	d.settled()
	if n := d.status().Corrections; n != 0 {
		t.Errorf("%d corrections of what others manage", n)
	}
	if got := ip(t, d.Host, "address", "show", "dev", "eth0"); strings.Count(got, "noprefixroute") != 2 {
		t.Errorf("the options are gone:\n%s", got)
	}
}
