package socket

import (
	"errors"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// A link is what package net says of it, however many there are; one that is not there is told apart from all other errors.
func TestFindLink(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a := lan.MustAdd(t, "a", "192.0.2.11/24")
	err := a.Do(func() error {
		want, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		got, err := FindLink("eth0")
		if err != nil || got.Index != want.Index || got.Flags&unix.IFF_UP == 0 || (got.Flags&unix.IFF_RUNNING != 0) != (want.Flags&net.FlagRunning != 0) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		for _, absent := range []string{"", "eth9", "a-name-that-is-too-long"} {
			if got, err := FindLink(absent); !errors.Is(err, ErrNoLink) {
				t.Errorf("%q: got %+v, %v, want %v", absent, got, err, ErrNoLink)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
