package socket

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// What arrives between two programs waits in the socket that was kept, in both families, also while the next program has opened
// its own; afterwards the kept one hears nothing that is not its.
func TestAnHeirloomHearsWhatCameInBetween(t *testing.T) {
	netlab.Need(t, "netns")
	for name, ipv6 := range map[string]bool{"IPv4": false, "IPv6": true} {
		t.Run(name, func(t *testing.T) {
			lan := netlab.NewTestLAN(t)
			a, b := lan.MustAdd(t, "a", "192.0.2.1/24", "2001:db8::1/64"), lan.MustAdd(t, "b", "192.0.2.2/24", "2001:db8::2/64")
			options := Options{Interface: "eth0", IPv6: ipv6}
			old, sender := open(t, b, options), open(t, a, options)
			source := sourceOf(t, a, ipv6)
			say := func(vrid uint8) {
				t.Helper()
				if err := sender.Send(advert(3, vrid, ipv6), source); err != nil {
					t.Fatal(err)
				}
			}
			fd, err := old.Keep()
			if err != nil {
				t.Fatal(err)
			}
			if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC != 0 {
				t.Errorf("it does not outlive an exec: flags %d, %v", flags, err)
			}
			if err := old.Close(); err != nil { // as an exec does
				t.Fatal(err)
			}
			before := time.Now()
			say(51)
			say(52)
			kept, err := Heirloom(fd, options)
			if err != nil {
				t.Fatal(err)
			}
			if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
				t.Errorf("children would get it: flags %d, %v", flags, err)
			}
			var l listener
			netlab.WaitFor(t, 5*time.Second, "both adverts", func() bool {
				if err := kept.Drain(l.handle); err != nil {
					t.Fatal(err)
				}
				return len(l.all()) >= 2
			})
			for i, p := range l.all() {
				if p.At.Before(before) || p.At.After(time.Now()) {
					t.Errorf("packet %d arrived at %v, not after %v", i, p.At, before)
				}
				if p.drop != 0 || p.VRID() != uint8(51+i) || p.Source != source {
					t.Errorf("packet %d: VRID %d from %v, %v", i, p.VRID(), p.Source, p.drop)
				}
			}
			if err := kept.Close(); err != nil {
				t.Error(err)
			}
			if err := kept.Drain(l.handle); err != nil {
				t.Errorf("after Close: %v", err)
			}
		})
	}
	if _, err := Heirloom(1<<20, Options{Interface: "eth0"}); err == nil {
		t.Error("a descriptor that is not open was taken")
	}
}
