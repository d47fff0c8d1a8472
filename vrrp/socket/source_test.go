package socket

import (
	"errors"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

func TestChooseSource(t *testing.T) {
	at := func(addr string, flags uint32) localAddress { return localAddress{netip.MustParseAddr(addr), flags} }
	const secondary = unix.IFA_F_SECONDARY
	tests := []struct {
		name      string
		addresses []localAddress
		ipv6      bool
		exclude   string
		want      string
	}{
		{"5.1.1.1 the first", []localAddress{at("192.0.2.2", 0), at("192.0.2.3", 0)}, false, "", "192.0.2.2"},
		{"not a VIP", []localAddress{at("192.0.2.1", 0), at("192.0.2.2", 0)}, false, "192.0.2.1", "192.0.2.2"},
		{"a secondary address comes last", []localAddress{at("192.0.2.9", secondary), at("198.51.100.1", 0)}, false, "", "198.51.100.1"},
		{"a secondary address is better than none", []localAddress{at("192.0.2.9", secondary)}, false, "", "192.0.2.9"},
		{"nothing but a VIP", []localAddress{at("192.0.2.1", 0)}, false, "192.0.2.1", ""},
		{"nothing", nil, false, "", ""},
		{"5.1.2.1 link-local", []localAddress{at("2001:db8::2", 0), at("fe80::2", 0)}, true, "", "fe80::2"},
		{"not a link-local VIP", []localAddress{at("fe80::51", 0), at("fe80::2", 0)}, true, "fe80::51", "fe80::2"},
		{"not while it is examined", []localAddress{at("fe80::1", unix.IFA_F_TENTATIVE), at("fe80::2", 0)}, true, "", "fe80::2"},
		{"not when it is taken", []localAddress{at("fe80::1", unix.IFA_F_DADFAILED)}, true, "", ""},
		{"deprecated comes last", []localAddress{at("fe80::1", unix.IFA_F_DEPRECATED), at("fe80::2", 0)}, true, "", "fe80::2"},
		{"no link-local", []localAddress{at("2001:db8::2", 0)}, true, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			exclude := map[netip.Addr]bool{}
			if tt.exclude != "" {
				exclude[netip.MustParseAddr(tt.exclude)] = true
			}
			got, ok := choose(tt.addresses, tt.ipv6, exclude)
			if ok != (tt.want != "") || ok && got.String() != tt.want {
				t.Errorf("got %v, want %q", got, tt.want)
			}
		})
	}
}

// conform: E18
func TestPrimarySourceAsksTheKernel(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a := lan.MustAdd(t, "a", "192.0.2.1/32", "192.0.2.11/24", "192.0.2.12/24", "2001:db8::11/64")
	vip := map[netip.Addr]bool{netip.MustParseAddr("192.0.2.1"): true}
	err := a.Do(func() error {
		if got, err := PrimarySource("eth0", false, vip); err != nil || got != netip.MustParseAddr("192.0.2.11") {
			t.Errorf("IPv4: got %v, %v", got, err)
		}
		if got, err := PrimarySource("eth0", true, vip); err != nil || !got.IsLinkLocalUnicast() {
			t.Errorf("IPv6: got %v, %v", got, err)
		}
		if got, err := PrimarySource("lo", true, nil); !errors.Is(err, ErrNoSource) {
			t.Errorf("lo: got %v, %v; want %v", got, err, ErrNoSource)
		}
		if _, err := PrimarySource("eth7", false, nil); err == nil {
			t.Error("an interface that does not exist has a source")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
