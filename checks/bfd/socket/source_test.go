package socket

import (
	"net/netip"
	"testing"

	"ha/enforcer/netlab"
)

// The source is the address next to the peer, whatever the kernel would choose, and never one that moves.
func TestSource(t *testing.T) {
	lan, other := netlab.NewTestLAN(t), netlab.NewTestLAN(t)
	a := lan.MustAdd(t, "a", "192.0.2.11/24", "192.0.2.5/24", "192.0.2.20/32", "2001:db8::11/64", "2001:db8::20/128", "fe80::11/64", "fe80::51/64")
	if err := other.Attach(a, "eth1", netip.MustParsePrefix("198.51.100.11/24")); err != nil {
		t.Fatal(err)
	}
	var vips []netip.Addr
	for _, text := range []string{"192.0.2.20", "192.0.2.11", "2001:db8::20", "fe80::51"} {
		vips = append(vips, netip.MustParseAddr(text))
	}
	for _, test := range []struct {
		peer, device, want string
		exclude            []netip.Addr
	}{
		{"192.0.2.1", "", "192.0.2.11", nil},
		{"192.0.2.1", "eth0", "192.0.2.5", vips},
		{"192.0.2.1", "eth1", "invalid IP", nil},
		{"198.51.100.1", "", "198.51.100.11", vips},
		{"2001:db8::1", "", "2001:db8::11", vips},
		{"2001:db8::1", "eth0", "2001:db8::11", nil}, // the kernel would say 2001:db8::20
		{"2001:db8:9::1", "", "invalid IP", nil},
		{"203.0.113.1", "", "invalid IP", nil},
	} {
		var got netip.Addr
		err := a.Do(func() (err error) {
			got, err = Source(netip.MustParseAddr(test.peer), test.device, test.exclude)
			return err
		})
		if err != nil || got.String() != test.want {
			t.Errorf("to %s by %q: got %v, %v, want %s", test.peer, test.device, got, err, test.want)
		}
	}
	if err := a.Do(func() error { _, err := Source(netip.MustParseAddr("192.0.2.1"), "eth9", nil); return err }); err == nil {
		t.Error("an interface that does not exist has an address")
	}
}
