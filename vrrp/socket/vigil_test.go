package socket

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// A vigil hears who announces the addresses that matter, with the hardware address, and neither its own host nor others.
func TestAVigilHearsClaims(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b", "192.0.2.12/24")
	watched, other, six := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::1")
	var v *Vigil
	if err := b.Do(func() (err error) { v, err = OpenVigil("eth0"); return err }); err != nil {
		t.Fatal(err)
	}
	if err := v.Watch([]netip.Addr{six, watched}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	heard := map[Claim]bool{}
	ended := make(chan error, 1)
	go func() { ended <- v.Serve(func(c Claim) { mu.Lock(); heard[c] = true; mu.Unlock() }) }()
	announce(t, b, watched)
	announce(t, a, other)
	announce(t, a, watched)
	announce(t, a, six)
	var mac [6]byte
	if err := a.Do(func() error {
		eth0, err := net.InterfaceByName("eth0")
		if err == nil {
			copy(mac[:], eth0.HardwareAddr)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := []Claim{{watched, mac, true}, {six, mac, true}}
	netlab.WaitFor(t, 30*time.Second, "two claims", func() bool { mu.Lock(); defer mu.Unlock(); return heard[want[0]] && heard[want[1]] })
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if len(heard) != len(want) {
		t.Errorf("heard %+v, want %+v", heard, want)
	}
}

// An ordinary question of a host that has one of the addresses is a claim, too, and no announcement.
func TestAnARPQuestionIsAClaim(t *testing.T) {
	question := []byte{0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 7, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 9}
	want := Claim{Address: netip.MustParseAddr("192.0.2.1"), By: [6]byte{2, 0, 0, 0, 0, 7}}
	if got, ok := claim(question); !ok || got != want {
		t.Errorf("got %+v, %v; want %+v", got, ok, want)
	}
}

// Whatever is on the wire, a vigil reads no further than it goes.
func FuzzClaim(f *testing.F) {
	for _, seed := range []string{"", "\x00", "\x60", "\x00\x01\x08\x00\x06\x04\x00\x01"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, ok := claim(data); ok != c.Address.IsValid() {
			t.Errorf("%x: %+v, %v", data, c, ok)
		}
	})
}
