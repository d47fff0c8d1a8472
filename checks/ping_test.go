package checks

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// pings runs one ping in a host.
func pings(t *testing.T, from *netlab.Host, address string, change func(*Config), patience time.Duration) error {
	t.Helper()
	c := target("ping", "192.0.2.1:1")
	c.Target = netip.AddrPortFrom(netip.MustParseAddr(address), 0)
	change(&c)
	check, err := New(c)
	if err != nil {
		t.Error(err)
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var result error
	if err := from.Do(func() error {
		result = check.Probe(ctx)
		return nil
	}); err != nil {
		t.Error(err)
	}
	return result
}

// admit lets every group, or none, of a host use sockets for pings.
func admitPings(t *testing.T, h *netlab.Host, groups string) {
	t.Helper()
	if err := h.Do(func() error { return os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte(groups), 0o600) }); err != nil {
		t.Fatal(err)
	}
}

func TestPing(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.1/24", "2001:db8::1/64"), lan.MustAdd(t, "b", "192.0.2.2/24", "192.0.2.3/24", "2001:db8::2/64")
	asIs := func(*Config) {}
	for _, kind := range []struct{ name, groups string }{{"raw", "1 0"}, {"for pings", "0 2147483647"}} {
		t.Run(kind.name, func(t *testing.T) {
			admitPings(t, a, kind.groups)
			for _, address := range []string{"192.0.2.2", "2001:db8::2", "127.0.0.1", "::1"} {
				if err := pings(t, a, address, asIs, time.Minute); err != nil {
					t.Errorf("%s: %v", address, err)
				}
			}
			for _, address := range []string{"192.0.2.9", "2001:db8::9"} { // nobody has them
				err := pings(t, a, address, asIs, 200*time.Millisecond)
				if err == nil || !strings.HasPrefix(err.Error(), "ping "+address+": ") {
					t.Errorf("%s: got %v", address, err)
				}
			}
			if err := pings(t, a, "198.51.100.1", asIs, time.Minute); err == nil || !strings.HasSuffix(err.Error(), "network is unreachable") {
				t.Errorf("no route: got %v", err)
			}
			err := pings(t, a, "192.0.2.2", func(c *Config) { c.From.Address = netip.MustParseAddr("192.0.2.200") }, time.Minute)
			if unable := (*Unable)(nil); !errors.As(err, &unable) {
				t.Errorf("from an address that nobody has: got %v", err)
			}
			if err := pings(t, a, "192.0.2.2", func(c *Config) {
				c.From = From{Address: netip.MustParseAddr("192.0.2.1"), Interface: "eth0", Mark: 7}
			}, time.Minute); err != nil {
				t.Errorf("from an address, an interface and with a mark: %v", err)
			}
		})
	}
	_ = b
}

// TestPingsDoNotMix: of many pings at once each gets the answer to itself, and those that have none get no other's.
func TestPingsDoNotMix(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a := lan.MustAdd(t, "a", "192.0.2.1/24")
	lan.MustAdd(t, "b", "192.0.2.2/24", "192.0.2.3/24", "192.0.2.4/24")
	for _, groups := range []string{"1 0", "0 2147483647"} {
		admitPings(t, a, groups)
		var all sync.WaitGroup
		for i := range 24 {
			all.Go(func() {
				if i%4 == 3 {
					if err := pings(t, a, "192.0.2.99", func(*Config) {}, 200*time.Millisecond); err == nil {
						t.Error("an address that nobody has is answered")
					}
					return
				}
				if err := pings(t, a, []string{"192.0.2.2", "192.0.2.3", "192.0.2.4"}[i%4], func(*Config) {}, time.Minute); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
}

func TestPingAnswers(t *testing.T) {
	request := echo(true, bytes.Repeat([]byte{7, 8}, nonceSize/2))
	reply := func(change func([]byte)) []byte {
		m := bytes.Clone(request)
		m[0] = echoReply4
		change(m)
		return m
	}
	header := append([]byte{0x46}, make([]byte, 23)...) // with options
	tests := []struct {
		name      string
		message   []byte
		four, raw bool
		want      bool
	}{
		{"the answer", reply(func([]byte) {}), true, false, true},
		{"with a header in front", append(bytes.Clone(header), reply(func([]byte) {})...), true, true, true},
		{"the identifier is compared where it is ours", append(bytes.Clone(header), reply(func(m []byte) { m[5]++ })...), true, true, false},
		{"elsewhere the kernel's", reply(func(m []byte) { m[5]++ }), true, false, true},
		{"the request itself", request, true, false, false},
		{"another nonce", reply(func(m []byte) { m[39]++ }), true, false, false},
		{"a code", reply(func(m []byte) { m[1] = 1 }), true, false, false},
		{"shorter", reply(func([]byte) {})[:39], true, false, false},
		{"longer", append(reply(func([]byte) {}), 0), true, false, false},
		{"nothing", nil, true, false, false},
		{"half a header", header[:10], true, true, false},
		{"a header longer than the packet", []byte{0x4f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, true, true, false},
		{"a header shorter than it may be", append([]byte{0x41}, make([]byte, 60)...), true, true, false},
		{"of IPv6", reply(func(m []byte) { m[0] = echoReply6 }), false, true, true},
		{"of the other family", reply(func([]byte) {}), false, false, false},
	}
	for _, test := range tests {
		if got := answers(test.message, request, test.four, test.raw); got != test.want {
			t.Errorf("%s: got %v", test.name, got)
		}
	}
	if sum := checksum(request); sum != 0 {
		t.Errorf("the checksum of the request is off by %x", sum)
	}
}
