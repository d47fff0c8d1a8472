package socket

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// A witness hears what others announce and advertise, and neither its own host nor anything else.
func TestAWitnessHearsOthers(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b", "192.0.2.12/24")
	var w *Witness
	if err := b.Do(func() (err error) { w, err = OpenWitness("eth0"); return err }); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var seen []Sighting
	ended := make(chan error, 1)
	go func() {
		ended <- w.Serve(func(s Sighting) { mu.Lock(); seen = append(seen, s); mu.Unlock() })
	}()
	own, other := netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.1")
	announce(t, b, own)
	for _, vip := range []string{"192.0.2.1", "2001:db8::1"} {
		announce(t, a, netip.MustParseAddr(vip))
	}
	for _, ipv6 := range []bool{false, true} {
		wild{ipv6: ipv6, device: "eth0"}.send(t, a, message(t, a, 51, ipv6))
	}
	want := map[Sighting]bool{
		{Announced: other}: true, {Announced: netip.MustParseAddr("2001:db8::1")}: true,
		{VRID: 51, Priority: 100}: true, {VRID: 51, Priority: 100, IPv6: true}: true,
	}
	netlab.WaitFor(t, 5*time.Second, "four sightings", func() bool { mu.Lock(); defer mu.Unlock(); return len(seen) >= len(want) })
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, s := range seen {
		if !want[s] {
			t.Errorf("%+v was seen", s)
		}
		delete(want, s)
	}
	if len(want) > 0 {
		t.Errorf("%v was not seen", want)
	}
}

// announce announces an address from a host.
func announce(t *testing.T, h *netlab.Host, vip netip.Addr) {
	t.Helper()
	if err := h.Do(func() error {
		a, err := OpenAnnouncer("eth0")
		if err != nil {
			return err
		}
		defer a.Close()
		return a.Announce(vip)
	}); err != nil {
		t.Fatal(err)
	}
}

// Whatever is on the wire, a witness reads no further than it goes.
func FuzzSighting(f *testing.F) {
	for _, seed := range []string{"", "\x00", "\x45", "\x60", "\x00\x01\x08\x00\x06\x04\x00\x01"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, ok := sighting(data); ok && s.Announced.IsValid() == (s.VRID != 0 || s.Priority != 0) && s.Announced.IsValid() {
			t.Errorf("%x is both: %+v", data, s)
		}
	})
}
