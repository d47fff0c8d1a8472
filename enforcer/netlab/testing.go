package netlab

import (
	"net/netip"
	"time"
)

// NewTestLAN makes an anonymous LAN that ends with the test, after Need(t, "netns").
func NewTestLAN(t TB) *LAN {
	t.Helper()
	Need(t, "netns")
	l, err := NewLAN("")
	if err != nil {
		t.Fatalf("make a LAN: %v", err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close the LAN: %v", err)
		}
	})
	return l
}

// MustAdd is Add for tests: addresses are text with host bits (192.0.2.1/24), and a failure ends the test.
func (l *LAN) MustAdd(t TB, name string, addresses ...string) *Host {
	t.Helper()
	var prefixes []netip.Prefix
	for _, a := range addresses {
		p, err := netip.ParsePrefix(a)
		if err != nil {
			t.Fatalf("add host %s: %v", name, err)
		}
		prefixes = append(prefixes, p)
	}
	host, err := l.Add(name, prefixes...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return host
}

// MustAddresses opens the addresses of a host's eth0 until the test ends.
func (h *Host) MustAddresses(t TB) *Addresses {
	t.Helper()
	a, err := h.Addresses(deviceName)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("close addresses: %v", err)
		}
	})
	return a
}

// MustCapture records the frames of a host's eth0 until the test ends.
func (h *Host) MustCapture(t TB) *Capture {
	t.Helper()
	c, err := h.Capture(deviceName)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close a capture: %v", err)
		}
	})
	return c
}

// WaitFor returns when holds does, asking every few milliseconds, and ends the test when that takes longer than
// within. what completes the sentence "waited 5s for ...".
func WaitFor(t TB, within time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", within, what)
		}
		<-tick.C
	}
}
