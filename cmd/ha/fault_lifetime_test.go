package main

import (
	"syscall"
	"testing"

	"ha/enforcer/netlab"
)

// What a killed enforcer leaves behind leaves by itself: nobody renews it. Nobody but the successor answers then.
func TestAddressesOfAKilledEnforcerLeave(t *testing.T) {
	netlab.Need(t, "netns")
	d := newDuel(t, duelText(3, "100ms", "192.0.2.1/32", "2001:db8::1/128"), "ha", "ha")
	a, b := d.a.router.(*director), d.b.router.(*director)
	a.start()
	b.start()
	d.settle("the better one to be Active", d.a, d.b)
	a.crash()
	d.answeredBy(d.b)
	d.settle("the addresses of the killed one to leave", d.b, d.a)
}

// An enforcer that hangs loses its addresses like one that died. When it goes on, it sees that another router has
// taken over, and preempts by the rules, with all its addresses.
func TestAddressesOfAHungEnforcerLeave(t *testing.T) {
	netlab.Need(t, "netns")
	d := newDuel(t, duelText(3, "100ms", "192.0.2.1/32", "2001:db8::1/128"), "ha", "ha")
	a, b := d.a.router.(*director), d.b.router.(*director)
	a.start()
	b.start()
	d.settle("the better one to be Active", d.a, d.b)
	if err := a.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	d.settle("the addresses of the hung one to leave", d.b, d.a)
	if err := a.process.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	d.settle("the better one to come back", d.a, d.b)
	d.answeredBy(d.a)
	a.settled()
	b.settled()
}
