package main

import (
	"net/netip"
	"strings"
	"testing"

	"ha/enforcer/netlab"
	"ha/vrrp"
)

// silentText is a VIP with more addresses than its adverts name, also of the other family.
func silentText() string {
	return strings.Replace(duelText(3, "200ms", "192.0.2.1/32"), "  priority  = 100\n",
		"  priority  = 100\n  address \"192.0.2.2/32\" {\n    advertise = false\n  }\n  address \"2001:db8::1/128\" {\n    advertise = false\n  }\n", 1)
}

// Addresses that are not advertised move and are announced as the others, beside keepalived with its
// virtual_ipaddress_excluded, and nobody complains of a list that differs.
func TestSilentAddressesMove(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	all := map[string]func(*testing.T){}
	for _, kinds := range [][2]string{{"ha", "keepalived"}, {"keepalived", "ha"}, {"ha", "ha"}} {
		all[kinds[0]+" before "+kinds[1]] = func(t *testing.T) {
			d := newDuel(t, silentText(), kinds[0], kinds[1])
			d.story()
			for _, f := range d.capture.Frames() {
				if pdu, _ := advertIn(f); pdu != nil && pdu[3] != 1 {
					t.Fatalf("an advert names %d addresses, want one", pdu[3])
				}
			}
		}
	}
	together(t, all)
}

// split are the addresses that keepalived advertises for an instance, and those that it does not.
func split(i vrrp.Instance, vips []netip.Prefix) (told, silent []netip.Prefix) {
	for _, p := range vips {
		advertised := false
		for _, a := range i.Addresses {
			advertised = advertised || a == p.Addr()
		}
		if advertised {
			told = append(told, p)
		} else {
			silent = append(silent, p)
		}
	}
	return told, silent
}
