package vrrp

import (
	"net/netip"
	"time"
)

// Event is what may happen to an election: [Startup], [Shutdown], [Timeout], [Received], [Installed],
// [PriorityChanged], [PeerLost] or [Succeeded].
//
//sumtype:decl
type Event interface{ event() }

// Startup is the event of RFC 9568 section 6.4.1: the interface works and has a source address. Also the return
// after a fault. Ignored outside Initialize.
type Startup struct {
	// Delay is for how long adverts are ignored and nothing is taken over, as after a boot while the network still
	// settles; the timer starts when it ends. The owner waits, too.
	Delay time.Duration
}

// Shutdown ends the election from any state, for good or for a fault of the interface.
type Shutdown struct{}

// Timeout says that [Election.Deadline] has come.
type Timeout struct{}

// Received is an advertisement that passed every check of vrrp/packet.
type Received struct {
	Priority uint8         // 0 to 255; 0: the Active router is leaving
	Interval time.Duration // of the sender; version 2 does not learn it
	Source   netip.Addr    // the packet's source, without zone; breaks ties between equal priorities
	// Age is how long ago it arrived, 0 or more: a Backup waits from then on, not from when its host came to look.
	Age time.Duration
}

// Installed says that the addresses asked for by [Acquire] are all in place. Ignored unless Active.
type Installed struct{}

// PriorityChanged sets the effective priority, which starts as [Config.Priority]: 1 to 254, others are cut to that. An
// owner stays one. Valid in every state; it outlives all of them.
type PriorityChanged struct{ Priority uint8 }

// PeerLost says that something quicker than adverts (BFD) lost the router with this source of adverts. A Backup that
// follows it takes over as if it had left: after Skew_Time, unless somebody else speaks. Ignored in other states.
type PeerLost struct{ Source netip.Addr }

// Succeeded says that another router has announced all addresses: see [Config.Linger]. It may come before the advert of that
// router. Ignored by who does not have them.
type Succeeded struct{}

func (Startup) event()   {}
func (Shutdown) event()  {}
func (Timeout) event()   {}
func (Received) event()  {}
func (Installed) event() {}

func (PriorityChanged) event() {}
func (PeerLost) event()        {}
func (Succeeded) event()       {}
